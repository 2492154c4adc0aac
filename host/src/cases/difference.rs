//! What differs between what was expected and what came.

use std::fmt::Write as _;

use serde_json::Value;

/// The longest value that is shown whole, bytes.
const SHOWN: usize = 200;

/// The first difference, with the place of it such as `$.events[0].text`; `None` where all is as expected.
///
/// An object must have the keys that are expected, and may have more; a key that is expected to be null may be missing. A
/// list must be as long. `{"$contains": "text"}` expects a text with that in it, `{"$any": true}` anything but null.
#[must_use]
pub fn difference(expected: &Value, found: &Value) -> Option<String> {
    differs("$", expected, found)
}

fn differs(place: &str, expected: &Value, found: &Value) -> Option<String> {
    if let Some(rule) = rule(expected) {
        return rule.differs(place, found);
    }
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().find_map(|(key, value)| {
                let place = format!("{place}.{key}");
                differs(&place, value, found.get(key).unwrap_or(&Value::Null))
            })
        }
        (Value::Array(expected), Value::Array(found)) => {
            let pairs = expected.iter().zip(found).enumerate();
            let first = pairs.into_iter().find_map(|(index, (expected, found))| {
                differs(&format!("{place}[{index}]"), expected, found)
            });
            first.or_else(|| more_or_less(place, expected, found))
        }
        // 1 and 1.0 are one number.
        (Value::Number(expected), Value::Number(found)) if expected.as_f64() == found.as_f64() => {
            None
        }
        _ if expected == found => None,
        _ => Some(format!(
            "{place}: expected {}, found {}",
            shown(expected),
            shown(found)
        )),
    }
}

fn more_or_less(place: &str, expected: &[Value], found: &[Value]) -> Option<String> {
    if expected.len() == found.len() {
        return None;
    }
    let mut text = format!(
        "{place}: expected {}, found {}",
        expected.len(),
        found.len()
    );
    // Writing to a String cannot fail.
    let _ = match (expected.get(found.len()), found.get(expected.len())) {
        (Some(missing), _) => write!(text, "; the first that is missing: {}", shown(missing)),
        (None, Some(more)) => write!(text, "; the first that is too much: {}", shown(more)),
        (None, None) => Ok(()),
    };
    Some(text)
}

/// What a value must be like, where it need not be equal.
enum Rule<'a> {
    Contains(&'a str),
    Any,
}

fn rule(expected: &Value) -> Option<Rule<'_>> {
    let object = expected.as_object().filter(|object| object.len() == 1)?;
    match object.iter().next()? {
        (key, Value::String(text)) if key == "$contains" => Some(Rule::Contains(text)),
        (key, Value::Bool(true)) if key == "$any" => Some(Rule::Any),
        _ => None,
    }
}

impl Rule<'_> {
    fn differs(&self, place: &str, found: &Value) -> Option<String> {
        let (is_met, wanted) = match self {
            Self::Contains(text) => (
                found.as_str().is_some_and(|found| found.contains(text)),
                format!("a text with {text:?}"),
            ),
            Self::Any => (!found.is_null(), "anything".to_owned()),
        };
        (!is_met).then(|| format!("{place}: expected {wanted}, found {}", shown(found)))
    }
}

fn shown(value: &Value) -> String {
    if value.is_null() {
        return "nothing".to_owned();
    }
    let mut text = value.to_string();
    if text.len() > SHOWN {
        text.truncate(text.floor_char_boundary(SHOWN));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn more_keys_are_no_difference() {
        let found = json!({"a": 1, "b": {"c": [1.0, "x"], "d": null}, "e": true});
        for expected in [
            json!({}),
            json!({"a": 1.0}),
            json!({"b": {"c": [1, "x"], "d": null}, "missing": null}),
            json!({"b": {"c": [{"$any": true}, {"$contains": "x"}]}}),
        ] {
            assert_eq!(difference(&expected, &found), None, "{expected}");
        }
    }

    #[test]
    fn the_first_difference_is_named_with_its_place() {
        let found = json!({"a": 1, "b": ["x", {"c": "text"}]});
        for (expected, text) in [
            (json!({"a": 2}), "$.a: expected 2, found 1"),
            (json!({"a": "1"}), "$.a: expected \"1\", found 1"),
            (json!({"z": false}), "$.z: expected false, found nothing"),
            (json!({"a": null}), "$.a: expected nothing, found 1"),
            (
                json!({"b": ["x", {"c": {"$contains": "T"}}]}),
                "$.b[1].c: expected a text with \"T\", found \"text\"",
            ),
            (
                json!({"b": ["x"]}),
                "$.b: expected 1, found 2; the first that is too much: {\"c\":\"text\"}",
            ),
            (
                json!({"b": ["x", {}, "y"]}),
                "$.b: expected 3, found 2; the first that is missing: \"y\"",
            ),
            (json!([]), "$: expected [], found "),
            (
                json!({"q": {"$any": true}}),
                "$.q: expected anything, found nothing",
            ),
        ] {
            let found = difference(&expected, &found).expect("a difference");
            assert!(found.starts_with(text), "{found}");
        }
        let long = difference(&json!("ä".repeat(1_000)), &json!(1)).expect("a difference");
        assert!(long.len() < 300, "{long}");
    }
}
