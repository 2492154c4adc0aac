//! `switchboard test`.

use switchboard_tests::{Builder, example};

fn played(cases: &str) -> (Option<i32>, String) {
    let output = Builder::new()
        .component("my_io.wasm", &example("myio"))
        .file("cases.yaml", cases.as_bytes())
        .argument("my_io.wasm")
        .argument("cases.yaml")
        .output("test");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    (output.status.code(), said + &errors)
}

#[test]
fn the_cases_of_the_example() {
    let cases = include_str!("../../../sdk/examples/myio/cases.yaml");
    assert_eq!(played(cases), (Some(0), "3 cases, 0 failed\n".to_owned()));
}

#[test]
fn what_comes_out_otherwise() {
    let cases = "
cases:
  - name: another answer
    bot: [{ text: one }]
    receive: { path: webhook, json: { sender: u1, message: hi } }
    expect: { json: [{ text: two }] }
";
    let (code, said) = played(cases);
    assert_eq!(code, Some(1));
    for part in [
        "cases.yaml: another answer",
        r#"$.json[0].text: expected "two", found "one""#,
        "1 cases, 1 failed",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let (code, said) = played("cases: [{ name: neither }]");
    assert_eq!(code, Some(2));
    assert!(said.contains("must have one of"), "{said}");
}
