//! What is read, what is refused, and in which words.

use serde::Deserialize;

use super::*;

fn parse(text: &str) -> Result<JsonObject, String> {
    JsonObject::parse(text.as_bytes()).map_err(|error| error.to_string())
}

fn problem(text: &str) -> String {
    parse(text).expect_err("the text is no JSON object")
}

#[test]
fn says_what_is_wrong_with_a_text() {
    assert_eq!(problem(""), "the text is empty; expected a JSON object");
    assert_eq!(
        problem(" \r\n"),
        "the text is empty; expected a JSON object"
    );
    assert_eq!(
        problem("[]"),
        "the text must be a JSON object, found an array"
    );
    assert_eq!(
        problem("\"a\""),
        "the text must be a JSON object, found a string"
    );
    assert_eq!(
        problem(" -1 "),
        "the text must be a JSON object, found a number"
    );
    assert_eq!(
        problem("true"),
        "the text must be a JSON object, found a boolean"
    );
    assert_eq!(
        problem("null"),
        "the text must be a JSON object, found null"
    );
    assert!(problem("{\"a\":1").starts_with("the text is not JSON: EOF while parsing"));
    assert!(problem("{} x").contains("trailing characters at line 1 column 4"));
    assert!(problem("{\"x\": NaN}").starts_with("the text is not JSON: "));
    assert!(problem("sender=u1").starts_with("the text is not JSON: "));
    let error = JsonObject::parse(b"{\"a\":\"\xff\"}").expect_err("not UTF-8");
    assert_eq!(error.to_string(), "the text is not UTF-8 (at byte 6)");
}

#[test]
fn nesting_is_bounded_even_where_nobody_reads() {
    let nested = |levels: usize| {
        format!(
            "{{\"unread\":{}1{}}}",
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    assert!(parse(&nested(MAX_DEPTH - 1)).is_ok());
    for levels in [MAX_DEPTH, 10_000] {
        assert_eq!(
            problem(&nested(levels)),
            "the text is nested more than 128 levels deep"
        );
    }
    assert_eq!(
        problem(&"{\"a\":".repeat(10_000)),
        "the text is nested more than 128 levels deep"
    );
}

#[test]
fn brackets_in_strings_are_no_nesting() {
    let text = format!(r#"{{"a":"\\\"{}", "b":[{{}}]}}"#, "[".repeat(1_000));
    assert_eq!(depth(&text), 3);
    assert!(parse(&text).is_ok());
}

#[test]
fn values_pass_through_byte_for_byte() {
    let object = parse(
        r#"{"metadata":{ "big" : 123456789012345678901234567890, "x":1.10, "x":"\ud800" },"n":null}"#,
    )
    .expect("an object");
    assert_eq!(
        object.json("metadata").as_deref(),
        Some(r#"{ "big" : 123456789012345678901234567890, "x":1.10, "x":"\ud800" }"#)
    );
    assert_eq!(object.json("n"), None);
    assert_eq!(object.json("missing"), None);
}

#[test]
fn the_last_of_a_repeated_key_holds() {
    let object = parse(r#"{"a":"first","a":2,"a":"last"}"#).expect("an object");
    assert_eq!(object.text("a"), Ok("last".to_owned()));
}

#[test]
fn getters_name_field_expectation_and_finding() {
    let object =
        parse(r#"{"n":1,"z":null,"t":"x\u0041","half":"\ud800","o":{"k":[]}}"#).expect("an object");
    let text = |name| object.text(name).map_err(|error| error.to_string());
    assert_eq!(text("t"), Ok("xA".to_owned()));
    assert_eq!(
        text("n"),
        Err("`n` must be a string, found a number".to_owned())
    );
    assert_eq!(
        text("z"),
        Err("`z` must be a string, found null".to_owned())
    );
    assert_eq!(
        text("m"),
        Err("`m` must be a string, found nothing".to_owned())
    );
    assert_eq!(
        text("half"),
        Err("`half` must be a string of Unicode text".to_owned())
    );
    assert_eq!(object.optional_text("z"), Ok(None));
    assert_eq!(object.optional_text("m"), Ok(None));
    assert!(object.optional_text("n").is_err());
    let inner = object
        .optional_object("o")
        .expect("an object")
        .expect("there");
    assert_eq!(inner.kind("k"), Some(JsonKind::Array));
    assert!(
        object
            .optional_object("m")
            .expect("absence is no error")
            .is_none()
    );
    let error = object.optional_object("t").expect_err("a string");
    assert_eq!(error.to_string(), "`t` must be an object, found a string");
}

#[test]
fn typed_values_name_the_place() {
    #[derive(Debug, Deserialize)]
    struct Update {
        #[expect(dead_code, reason = "only its reading is tested")]
        messages: Vec<Inner>,
    }
    #[derive(Debug, Deserialize)]
    struct Inner {
        #[expect(dead_code, reason = "only its reading is tested")]
        id: u64,
    }
    let problem = |text: &str| {
        value::<Update>("the body", text.as_bytes())
            .expect_err("does not fit")
            .to_string()
    };
    assert!(value::<Update>("the body", br#"{"messages":[{"id":1}]}"#).is_ok());
    assert_eq!(
        problem(r#"{"messages":[{"id":1},{"id":true}]}"#),
        "the body does not fit: invalid type: boolean `true`, expected u64 at line 1 column 32"
    );
    assert!(problem("{}").starts_with("the body does not fit: missing field `messages`"));
    assert!(problem("{\"messages\":[]}}").starts_with("the body is not JSON: trailing"));
    assert!(problem("{\"messages\":").starts_with("the body is not JSON: EOF"));
    assert_eq!(problem(""), "the body is empty; expected JSON");
}

#[test]
fn objects_are_picked_from_and_added_to() {
    let object =
        parse(r#"{"b":1.0,"a":[ ],"n":null,"b":12345678901234567890123}"#).expect("an object");
    let mut picked = object.pick(&["a", "n", "b", "missing"]);
    assert_eq!(picked.to_json(), r#"{"a":[ ],"b":12345678901234567890123}"#);
    picked.insert("a", "\u{e9}");
    picked.insert("c", &[1, 2]);
    assert_eq!(
        picked.to_json(),
        r#"{"b":12345678901234567890123,"a":"é","c":[1,2]}"#
    );
}

#[test]
fn what_was_kept_is_read_or_counts_as_nothing() {
    let json = to_json(&("a", 7));
    assert_eq!(from_json(Some(json.as_bytes())), Some(("a".to_owned(), 7)));
    assert_eq!(from_json::<u8>(Some(json.as_bytes())), None);
    assert_eq!(from_json::<u8>(Some(b"\xff")), None);
    assert_eq!(from_json::<u8>(None), None);
}
