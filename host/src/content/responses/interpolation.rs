//! Values put into the texts of a response, at the places that `{name}` marks.
//!
//! The notation is that of Rasa, which is Python's: `{{` and `}}` are the braces themselves, and values are written as
//! Python prints them, so that a domain says on every channel what it always said.

use std::fmt::Write as _;

use serde_json::Value;

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'t> {
    Text(&'t str),
    Name(&'t str),
}

/// The text in pieces. `None` where its braces are no places for values, as those of JSON are not.
fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        pieces.push(Piece::Text(before));
        if brace.starts_with("{{") || brace.starts_with("}}") {
            pieces.push(Piece::Text(&brace[..1]));
            rest = &brace[2..];
            continue;
        }
        let (name, after) = brace.strip_prefix('{')?.split_once('}')?;
        if name.is_empty() || name.contains(['{', '\n']) {
            return None;
        }
        pieces.push(Piece::Name(name));
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    Some(pieces)
}

/// Calls `mention` with each name in the texts of a value.
pub(super) fn mentions(value: &Value, mention: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => {
            for piece in pieces(text).into_iter().flatten() {
                if let Piece::Name(name) = piece {
                    mention(name);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| mentions(item, mention)),
        Value::Object(keys) => keys.values().for_each(|item| mentions(item, mention)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The value with all its texts interpolated; keys of objects are not. A text with a name that has no value is left as
/// it is, whole, and the name added to `missing`.
pub(super) fn interpolate<'v>(
    value: &mut Value,
    look_up: &impl Fn(&str) -> Option<&'v Value>,
    missing: &mut Vec<String>,
) {
    match value {
        Value::String(text) => {
            if let Some(whole) = interpolated(text, look_up, missing) {
                *text = whole;
            }
        }
        Value::Array(items) => {
            for item in items {
                interpolate(item, look_up, missing);
            }
        }
        Value::Object(keys) => {
            for item in keys.values_mut() {
                interpolate(item, look_up, missing);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn interpolated<'v>(
    text: &str,
    look_up: &impl Fn(&str) -> Option<&'v Value>,
    missing: &mut Vec<String>,
) -> Option<String> {
    if !text.contains(['{', '}']) {
        return None;
    }
    let mut whole = String::with_capacity(text.len());
    for piece in pieces(text)? {
        match piece {
            Piece::Text(text) => whole.push_str(text),
            Piece::Name(name) => match look_up(name) {
                Some(Value::String(text)) => whole.push_str(text),
                Some(value) => print(value, &mut whole),
                None => {
                    missing.push(name.to_owned());
                    return None;
                }
            },
        }
    }
    Some(whole)
}

/// Writes a value as Python's `repr` does.
fn print(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => {
            write!(out, "{number}").expect("a String takes everything");
        }
        Value::String(text) => quote(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, out);
                print(item, out);
            }
            out.push(']');
        }
        Value::Object(keys) => {
            out.push('{');
            for (index, (key, item)) in keys.iter().enumerate() {
                separate(index, out);
                quote(key, out);
                out.push_str(": ");
                print(item, out);
            }
            out.push('}');
        }
    }
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push_str(", ");
    }
}

/// In single quotes, or in double ones where that saves an escape.
fn quote(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            letter if letter == quote => out.extend(['\\', letter]),
            letter => out.push(letter),
        }
    }
    out.push(quote);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The text with some values put in, and the names that had none.
    fn put_in(text: &str) -> (String, Vec<String>) {
        let values = json!({
            "name": "Zoë", "none": null, "yes": true, "no": false, "count": 3, "price": 1.50, "empty": "",
            "list": ["a", 1, null, [true]], "map": {"k": "v"}, "two words": "2", "a.b": "dot",
            "braces": "{name} {{x}}",
        });
        let (mut value, mut missing) = (Value::from(text), Vec::new());
        interpolate(&mut value, &|name: &str| values.get(name), &mut missing);
        let Value::String(text) = value else {
            panic!("no text")
        };
        (text, missing)
    }

    #[test]
    fn values_are_printed_as_python_does() {
        let table = [
            ("no places", "no places"),
            ("", ""),
            ("Hi {name}!", "Hi Zoë!"),
            ("{name}{name}", "ZoëZoë"),
            ("{none}", "None"),
            ("{yes} {no}", "True False"),
            ("{count} at {price}", "3 at 1.5"),
            ("[{empty}]", "[]"),
            ("{list}", "['a', 1, None, [True]]"),
            ("{map}", "{'k': 'v'}"),
            ("{two words} {a.b}", "2 dot"),
            // What is put in is data.
            ("{braces}", "{name} {{x}}"),
        ];
        for (text, expected) in table {
            assert_eq!(put_in(text), (expected.to_owned(), vec![]), "{text}");
        }
    }

    #[test]
    fn doubled_braces_are_braces() {
        let table = [
            ("{{}}", "{}"),
            ("{{name}}", "{name}"),
            ("{{{name}}}", "{Zoë}"),
            (r#"/inform{{"a": "{name}"}}"#, r#"/inform{"a": "Zoë"}"#),
            ("{{{{", "{{"),
            ("}}{{", "}{"),
        ];
        for (text, expected) in table {
            assert_eq!(put_in(text), (expected.to_owned(), vec![]), "{text}");
        }
    }

    #[test]
    fn a_text_that_cannot_be_filled_is_left_whole() {
        for (text, name) in [
            ("{name} {other}", "other"),
            ("{{x}} {other}", "other"),
            (r#"/inform{"a": 1}"#, r#""a": 1"#),
            ("{name!r}", "name!r"),
            ("{ name }", " name "),
        ] {
            let missing = vec![name.to_owned()];
            assert_eq!(put_in(text), (text.to_owned(), missing), "{text}");
        }
        for text in [
            "{",
            "}",
            "{}",
            "{name",
            "name}",
            "{name} }",
            "{na\nme}",
            "{a{name}}",
            "{{}",
            "{}}",
        ] {
            assert_eq!(put_in(text), (text.to_owned(), vec![]), "{text}");
        }
    }

    #[test]
    fn every_text_of_a_value_but_its_keys() {
        let mut value = json!({"{name}": ["{name}", {"deep": "{name}"}], "n": 1, "x": "{nobody}"});
        let (name, mut missing) = (json!("Bo"), Vec::new());
        let look_up = |key: &str| (key == "name").then_some(&name);
        interpolate(&mut value, &look_up, &mut missing);
        let expected = json!({"{name}": ["Bo", {"deep": "Bo"}], "n": 1, "x": "{nobody}"});
        assert_eq!((value, missing), (expected, vec!["nobody".to_owned()]));
    }

    #[test]
    fn texts_inside_of_others_are_quoted() {
        let table = [
            ("plain", "'plain'"),
            ("it's", "\"it's\""),
            ("it's \"so\"", r#"'it\'s "so"'"#),
            ("a\\b\n\r\t", r"'a\\b\n\r\t'"),
        ];
        for (text, expected) in table {
            let mut out = String::new();
            print(&json!([text]), &mut out);
            assert_eq!(out, format!("[{expected}]"));
        }
    }

    #[test]
    fn names_are_found_wherever_they_are_put_in() {
        let value = json!({"text": "{a} {{b}}", "buttons": [{"payload": "{c}"}], "bad": "{d} {"});
        let mut names = Vec::new();
        mentions(&value, &mut |name| names.push(name.to_owned()));
        names.sort();
        assert_eq!(names, ["a", "c"]);
    }
}
