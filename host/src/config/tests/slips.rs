//! What is said about the slips that people make in the notation.

use insta::assert_snapshot;

use super::errors;

#[test]
fn usual_slips_are_explained() {
    let slips = [
        "rest:\n\ttoken: a\n",
        "rest:\n  token: a\n\tb: c\n",
        "rest:\n  a: 1\n  token:hunter2\n",
        "rest:\n  token:hunter2\n  a: 1\n",
        "rest:\n  greeting: hello: hunter2\n",
        "rest:\n  name: @hunter2\n",
        "rest:\n  name: {hunter2\n",
        "rest:\n  name: \"hunter2\nslack:\n",
        "rest:\n  name: 'it's hunter2'\n",
        "rest:\n  name: \"\\dhunter2\"\n",
        "rest:\n  name: *hunter2\n",
        "rest: {token: ${TOKEN}}\n",
        "rest:\n   a: 1\n  b: hunter2\n",
        "rest\nslack:\n",
        "rest:\n---\nslack:\n",
        "rest: !env hunter2\n",
        "rest: {token, hunter2}\n",
        "rest: {&token: hunter2}\n",
        "rest:\n  ? [a]\n  : b\n",
        "rest:\n  : hunter2\n",
        "rest:\n  <<: hunter2\n",
        "%TAG hunter2\nrest:\n",
    ];
    let said: Vec<_> = slips.iter().map(|slip| errors(slip)).collect();
    assert_snapshot!(said.join("\n\n"), @r"
    error: a tab where only spaces may be
      --> credentials.yml:2:2
       |
     2 | →token: …
       |  ^
       = hint: indent with spaces

    error: a tab where only spaces may be
      --> credentials.yml:3:1
       |
     3 | →b: …
       | ^
       = hint: indent with spaces

    error: a key without `: ` after it
      --> credentials.yml:3:3
       |
     3 |   token: …
       |   ^
       = hint: write `name: value`, with a space after the colon

    error: a `:` where no key can be
      --> credentials.yml:3:4
       |
     3 |   a: …
       |    ^
       = hint: check the lines above: write `name: value`, with a space after the colon, and keys of one mapping begin in the same column; indent with spaces

    error: a `:` where no key can be
      --> credentials.yml:2:18
       |
     2 |   greeting: …
       |             ^
       = hint: put quotes around a value that contains `: `

    error: an unquoted value cannot begin with `@`
      --> credentials.yml:2:9
       |
     2 |   name: …
       |         ^
       = hint: put quotes around the value

    error: a `{` is opened and not closed
      --> credentials.yml:2:9
       |
     2 |   name: …
       |         ^
       = hint: close it, or put quotes around the value if it is text

    error: a quote is opened and not closed
      --> credentials.yml:3:1
       |
     3 | slack:
       | ^
       = hint: close the quote that is opened here or on a line above

    error: text after a closing quote
      --> credentials.yml:2:13
       |
     2 |   name: …
       |         ^
       = hint: write a `'` inside single quotes twice, or use double quotes

    error: a `\` in double quotes begins an escape, and this is none
      --> credentials.yml:2:9
       |
     2 |   name: …
       |         ^
       = hint: write `\\` for a backslash, or use single quotes

    error: `*` refers to an anchor, and there is none of this name before
      --> credentials.yml:2:9
       |
     2 |   name: …
       |         ^
       = hint: for a text that begins with `*`, put quotes around it

    error: a `,` or the closing bracket is missing here
      --> credentials.yml:1:16
       |
     1 | rest: …
       |       ^
       = hint: inside `{ }` and `[ ]`, put quotes around `${…}`

    error: the indentation does not fit the lines above
      --> credentials.yml:3:3
       |
     3 |   b: …
       |   ^
       = hint: keys of one mapping begin in the same column; indent with spaces

    error: a `:` where no key can be
      --> credentials.yml:2:6
       |
     2 | slack:
       |      ^
       = hint: check the lines above: write `name: value`, with a space after the colon, and keys of one mapping begin in the same column; indent with spaces

    error: a second document begins here
      --> credentials.yml:2:1
       |
     2 | …
       | ^
       = hint: remove this `---`

    error: a tag (`!…`) that means nothing here
      --> credentials.yml:1:12
       |
     1 | rest: …
       |       ^
       = hint: remove the tag; put quotes around a text that begins with `!`

    error: a name without `:` after it
      --> credentials.yml:1:8
       |
     1 | rest: …
       |       ^
       = hint: write `name: value`, with a space after the colon

    error: a name without `:` after it
      --> credentials.yml:1:15
       |
     1 | rest: …
       |       ^
       = hint: write `name: value`, with a space after the colon

    error: a `&` before a key
      --> credentials.yml:1:16
       |
     1 | rest: …
       |       ^
       = hint: put quotes around a key or value that begins with `&`

    error: a key must be text: found a list or mapping
      --> credentials.yml:2:5
       |
     2 |   ? …
       |     ^
       = hint: put quotes around a text that begins with `{` or `[`

    error: a `:` without a key before it
      --> credentials.yml:2:3
       |
     2 |   …
       |   ^
       = hint: write `name: value`; put quotes around a value that begins with `: `

    error: `<<` takes in another mapping: found text
      --> credentials.yml:2:7
       |
     2 |   … …
       |     ^
       = hint: write `<<: *name`, with `&name` at the other

    error: while scanning a tag, did not find expected '!'
      --> credentials.yml:1:1
       |
     1 | …
       | ^
    ");
}

#[test]
fn a_key_given_twice_is_an_error_with_both_places() {
    assert_snapshot!(errors("rest:\nslack:\n  a: 1\n  \"a\": 2\nrest: {}\n"), @r"
    error: `a` is given twice
      --> credentials.yml:4:3
       |
     4 |   a: …
       |   ^
       = hint: remove one of the two; the first is on line 3

    error: `rest` is given twice
      --> credentials.yml:5:1
       |
     5 | rest: …
       | ^^^^
       = hint: remove one of the two; the first is on line 1
    ");
}

#[test]
fn a_reference_that_leads_nowhere_is_an_error() {
    assert_snapshot!(errors("rest:\n  a: ${UNSET}\n  b: \"x${UNSET}y\"\n  c: ${UNSET-x}\n  d: a${b\n  e: ${ä}\n"), @r"
    error: the environment variable `UNSET` is not set
      --> credentials.yml:2:6
       |
     2 |   a: ${UNSET}
       |      ^^^^^^^^
       = hint: export UNSET=…, or write $${UNSET} for the text itself

    error: the environment variable `UNSET` is not set
      --> credentials.yml:3:6
       |
     3 |   b: …
       |      ^
       = hint: export UNSET=…, or write $${UNSET} for the text itself

    error: `${…}` does not hold the name of a variable
      --> credentials.yml:4:6
       |
     4 |   c: …
       |      ^
       = hint: default values are not supported: set the variable; or write `$${` for the text itself

    error: `${` without a `}`
      --> credentials.yml:5:6
       |
     5 |   d: …
       |      ^
       = hint: close the name of the variable by `}`, or write `$${` for the text itself

    error: `${…}` does not hold the name of a variable
      --> credentials.yml:6:6
       |
     6 |   e: …
       |      ^
       = hint: a variable's name is letters, digits and `_`; write `$${` for the text itself
    ");
}
