//! JSON from outside: whether a text is one, without building anything.

use serde::de::IgnoredAny;

/// The deepest nesting that is taken, levels. Far above what platforms send, and below what would exhaust the stack of
/// any reader down the road.
pub(crate) const MAX_DEPTH: usize = 128;

/// Whether `text` is one JSON value, nested at most [`MAX_DEPTH`] levels.
///
/// # Errors
///
/// What is wrong, and at which line and column.
pub(crate) fn check(text: &str) -> Result<(), String> {
    if depth(text.as_bytes()) > MAX_DEPTH {
        return Err(format!("nested deeper than {MAX_DEPTH} levels"));
    }
    serde_json::from_str::<IgnoredAny>(text)
        .map(drop)
        .map_err(|e| e.to_string())
}

/// How deep brackets nest outside of strings.
pub(crate) fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_not_too_deep() {
        assert!(check(r#"{"a":["]]]",{"b":null}]}"#).is_ok());
        assert!(check(&format!("{}{}", "[".repeat(128), "]".repeat(128))).is_ok());
        assert!(check(&format!("{}{}", "[".repeat(129), "]".repeat(129))).is_err());
        assert!(check(&format!("\"{}\"", "[".repeat(10_000))).is_ok());
        for wrong in ["", "{", "{} {}", "nul", "NaN", "{\"a\":1,}"] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
