//! The notation: what is read, what is refused, and what is said then.

use insta::assert_snapshot;

use super::super::document::{self, Kind, Node, Value};
use super::super::report::Report;
use super::super::source::{MAX_BYTES, Source};
use super::super::{Credentials, expand};
use super::{BUILTINS, channels, environment, errors, parse};

/// The tree of a text, expanded.
fn tree(text: &str) -> Node {
    let source = Source::new("test.yml", text.to_owned()).expect("short");
    let mut report = Report::new(source.into());
    let mut root = document::read(&mut report).expect("well-formed");
    expand::expand(&mut root, &environment, &mut report);
    report.finish(root).expect("nothing wrong").0
}

/// The value of `key` in a text: its kind and text.
fn value(text: &str, key: &str) -> (Kind, String) {
    let Value::Mapping(mapping) = tree(text).value else {
        panic!("no mapping")
    };
    let node = &mapping.get(key).expect("the key").value;
    (node.kind(), node.as_text().unwrap_or_default().to_owned())
}

#[test]
fn every_key_and_value_has_its_place() {
    let text = "\u{FEFF}# channels\r\nrest:\r\n  a: é, x\r\n  é: [1, \"two\"]\r\n";
    let Value::Mapping(root) = tree(text).value else {
        panic!("no mapping")
    };
    assert_eq!(root.entries[0].key.span.position.to_string(), "2:1");
    let Value::Mapping(rest) = &root.entries[0].value.value else {
        panic!("no mapping")
    };
    let places: Vec<_> = rest
        .entries
        .iter()
        .map(|entry| format!("{} {}", entry.key.span.position, entry.value.span.position))
        .collect();
    assert_eq!(places, ["3:3 3:6", "4:3 4:6"]);
    let Value::Sequence(items) = &rest.entries[1].value.value else {
        panic!("no list")
    };
    assert_eq!(items[1].span.position.to_string(), "4:10");
    let excerpt = "credentials.yml:1:1\n   |\n 1 | slak:\n   | ^^^^\n";
    assert!(errors("\u{FEFF}slak:\r\n").contains(excerpt));
}

#[test]
fn plain_values_are_typed_and_quoted_ones_are_text() {
    let table = [
        ("5", Kind::Integer, "5"),
        ("'5'", Kind::Text, "5"),
        ("!!str 5", Kind::Text, "5"),
        ("0123", Kind::Integer, "0123"),
        ("no", Kind::Text, "no"),
        ("None", Kind::Text, "None"),
        ("true", Kind::Boolean, "true"),
        ("", Kind::Nothing, ""),
        ("~", Kind::Nothing, ""),
        ("''", Kind::Text, ""),
        ("|\n  5\n", Kind::Text, "5\n"),
        (">-\n  a\n  b\n", Kind::Text, "a b"),
        ("123456789:ABC", Kind::Text, "123456789:ABC"),
    ];
    for (written, kind, text) in table {
        assert_eq!(
            value(&format!("k: {written}"), "k"),
            (kind, text.to_owned()),
            "{written:?}"
        );
    }
}

#[test]
fn the_environment_comes_into_quoted_and_plain_values() {
    let table = [
        ("${PORT}", Kind::Integer, "5005"),
        ("'${PORT}'", Kind::Text, "5005"),
        ("\"${PORT}\"", Kind::Text, "5005"),
        (
            "http://h:${PORT}/${TOKEN}",
            Kind::Text,
            "http://h:5005/hunter2",
        ),
        ("${PORT}${PORT}", Kind::Text, "50055005"),
        ("${FLAG}", Kind::Boolean, "true"),
        ("${EMPTY}", Kind::Nothing, ""),
        ("'${EMPTY}'", Kind::Text, ""),
        ("${NESTED}", Kind::Text, "${TOKEN}: x"),
        ("$${TOKEN}", Kind::Text, "${TOKEN}"),
        ("a$${TOKEN}${PORT}", Kind::Text, "a${TOKEN}5005"),
        ("$$${PORT}", Kind::Text, "$${PORT}"),
        ("a$ $b $TOKEN $", Kind::Text, "a$ $b $TOKEN $"),
        ("|-\n  ${PORT}", Kind::Text, "5005"),
    ];
    for (written, kind, text) in table {
        assert_eq!(
            value(&format!("k: {written}"), "k"),
            (kind, text.to_owned()),
            "{written:?}"
        );
    }
    assert_eq!(value("${PORT}: 1", "${PORT}").0, Kind::Integer, "keys stay");
}

#[test]
fn anchors_and_merge_keys_are_followed() {
    let text =
        "base: &base {a: 1, b: 2}\nk:\n  <<: *base\n  b: 3\nl: {<<: [*base, {c: 4}]}\nm: *base\n";
    let entries = |key: &str| {
        let Value::Mapping(root) = tree(text).value else {
            panic!("no mapping")
        };
        let Value::Mapping(mapping) = &root.get(key).expect("the key").value.value else {
            panic!("no mapping")
        };
        let pair = |entry: &document::Entry| {
            format!(
                "{}={}",
                entry.key.text,
                entry.value.as_text().unwrap_or_default()
            )
        };
        mapping
            .entries
            .iter()
            .map(pair)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(entries("k"), "b=3 a=1");
    assert_eq!(entries("l"), "a=1 b=2 c=4");
    assert_eq!(entries("m"), "a=1 b=2");
}

#[test]
fn an_alias_bomb_is_an_error_and_no_hang() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let below = format!("*a{}", level - 1);
        let list = vec![below; 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    assert_snapshot!(errors(&text), @r"
    error: anchors and aliases repeat more than 1 MiB
      --> credentials.yml:6:20
       |
     6 | a5: …
       |     ^
       = hint: write the values out, or use fewer aliases
    ");
    let long = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(100_000),
        vec!["*a"; 1000].join(", ")
    );
    assert!(errors(&long).contains("repeat more than 1 MiB"));
    assert!(errors("a: &a [*a]").contains("contains itself"));
}

#[test]
fn depth_is_bounded_however_it_comes_about() {
    for opening in ["[", "{a: ", "- "] {
        let text = format!("rest: {}", opening.repeat(10_000));
        assert!(parse(&text).is_err(), "{opening}");
        let text = format!("rest:\n  {}", opening.repeat(10_000));
        assert!(
            errors(&text).contains("nested more than 64 levels deep"),
            "{opening}"
        );
    }
    let mut text = String::from("a0: &a0 x\n");
    for level in 1..10 {
        let (open, close) = ("[".repeat(20), "]".repeat(20));
        text.push_str(&format!(
            "a{level}: &a{level} {open}*a{}{close}\n",
            level - 1
        ));
    }
    assert!(errors(&text).contains("nested more than 64 levels deep"));
}

#[test]
fn the_environment_cannot_fill_the_memory() {
    let big = |_: &str| Some("x".repeat(100_000));
    let text = format!("rest:\n  a: {}\n", "${A}".repeat(100));
    let here = std::path::Path::new("");
    let errors = Credentials::parse("c.yml", &text, here, &BUILTINS, &big).expect_err("too much");
    assert!(
        errors.to_string().contains("bring in more than 1 MiB"),
        "{errors}"
    );
}

#[test]
fn a_file_is_utf8_of_at_most_a_mebibyte() {
    let comment = |size: usize| format!("#{}", "x".repeat(size - 1));
    assert!(channels(&comment(MAX_BYTES)).is_empty());
    assert!(errors(&comment(MAX_BYTES + 1)).contains("larger than 1 MiB"));
    let bytes = |bytes: &[u8]| Source::from_bytes("c.yml", bytes.to_vec()).expect_err("not UTF-8");
    assert_snapshot!(bytes(b"rest:\na: \xFFhunter2"), @r"
    error: not UTF-8 text: byte offset 9, on line 2
     --> c.yml
      = hint: save the file as UTF-8
    ");
    assert_snapshot!(bytes(b"\xFF\xFEr\0"), @r"
    error: not UTF-8 text: byte offset 0, on line 1
     --> c.yml
      = hint: the file is in UTF-16; save it as UTF-8
    ");
}

#[test]
fn nobody_reads_a_thousand_errors() {
    let lines: String = (0..5_000)
        .map(|number| format!("unknown{number}:\n"))
        .collect();
    let one_line = format!("rest: {{{}}}", "a,".repeat(5_000));
    for (text, last) in [
        (lines, "and 4950 more problems"),
        (one_line, "and 4950 more problems"),
    ] {
        let errors = parse(&text).expect_err("nothing is right");
        let told: Vec<_> = errors.iter().collect();
        assert_eq!(told.len(), 51);
        assert_eq!(told[50].message, last);
    }
}
