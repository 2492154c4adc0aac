//! The key `responses` of `endpoints.yml`, and the files that it names.

use insta::assert_snapshot;

use super::super::Endpoints;
use super::environment;

/// A directory with files of responses, and what `endpoints.yml` in it gives.
fn with_files(files: &[(&str, &str)], text: &str) -> Result<Vec<String>, String> {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).expect("a file");
    }
    let path = directory.path().join("endpoints.yml");
    std::fs::write(&path, text).expect("a file");
    let read = Endpoints::load(&path, &environment);
    read.map(|read| {
        let named = read.responses.into_variations();
        named.map(|(name, _)| name).collect()
    })
    .map_err(|errors| {
        let folder = format!("{}/", directory.path().display());
        errors.to_string().replace(&folder, "")
    })
}

#[test]
fn responses_come_from_files_beside_this_one() {
    let files = [
        (
            "a.yml",
            "responses: { utter_a: [{ text: a }], utter_c: [{ text: c }] }",
        ),
        ("hunter2", "responses: { utter_b: [{ text: b }] }"),
    ];
    let names = |text: &str| with_files(&files, text).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(names("responses:").is_empty());
    assert_eq!(names("responses: a.yml"), ["utter_a", "utter_c"]);
    let both = names("responses: [a.yml, '${TOKEN}']");
    assert_eq!(both, ["utter_a", "utter_b", "utter_c"]);
}

#[test]
fn what_is_wrong_with_responses_is_told_with_all_else() {
    let files = [
        ("a.yml", "responses:\n  utter_a: [{ text: a }]\n"),
        (
            "b.yml",
            "responses:\n  utter_a: [{ text: a }]\n  utter_b: hi\n",
        ),
    ];
    let told = |text: &str| with_files(&files, text).expect_err("the text is wrong");
    let texts = [
        "responses: [a.yml, b.yml, hunter2, '.', {}]\nbot: 5",
        "responses: []",
        "responses: b.yml",
    ];
    let said: Vec<_> = texts.iter().map(|text| told(text)).collect();
    assert_snapshot!(said.join("\n\n"), @r"
    error: failed to find the file that `responses` names: No such file or directory (os error 2)
      --> endpoints.yml:1:27
       |
     1 | responses: …
       |            ^
       = hint: a path is relative to the directory of this file

    error: what `responses` names is not a file
      --> endpoints.yml:1:36
       |
     1 | responses: …
       |            ^
       = hint: a path is relative to the directory of this file

    error: `responses` must be text: found a mapping
      --> endpoints.yml:1:41
       |
     1 | responses: …
       |            ^

    error: `bot` must be a mapping such as `{ type: echo }`: found an integer
      --> endpoints.yml:2:6
       |
     2 | bot: …
       |      ^

    error: `utter_a` is given twice
      --> b.yml:2:3
       |
     2 |   utter_a: …
       |   ^^^^^^^
       = hint: remove one of the two; the first is in a.yml, line 2

    error: `utter_b` must be a list of variations: found text
      --> b.yml:3:12
       |
     3 |   utter_b: …
       |            ^
       = hint: write `- text: …` below it

    error: `responses` must not be an empty list
      --> endpoints.yml:1:12
       |
     1 | responses: …
       |            ^
       = hint: name a file such as `responses.yml`, or remove the key

    error: `utter_b` must be a list of variations: found text
      --> b.yml:3:12
       |
     3 |   utter_b: …
       |            ^
       = hint: write `- text: …` below it
    ");
}
