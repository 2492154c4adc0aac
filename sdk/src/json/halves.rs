//! Halves of characters. Platforms cut texts by UTF-16 units, so that one may end within an emoji: `"\ud83d"`. That is
//! JSON, but no text, and would cost the whole message; here it becomes U+FFFD, as browsers show it.

use std::borrow::Cow;

/// The JSON with its halves replaced. No byte of it moves, so that errors name the same places.
pub(crate) fn mended(json: &[u8]) -> Cow<'_, [u8]> {
    let mut mended = Cow::Borrowed(json);
    let mut at = 0;
    while let Some(backslash) = find(json, at) {
        let escape = json.get(backslash..).unwrap_or_default();
        // Two characters, or six, or the twelve of a pair: what is escaped within cannot begin another.
        at = backslash
            + match unit(escape) {
                None => 2,
                Some(0xD800..0xDC00) if is_low(escape.get(6..)) => 12,
                Some(0xD800..0xE000) => {
                    if let Some(digits) = mended.to_mut().get_mut(backslash + 2..backslash + 6) {
                        digits.copy_from_slice(b"fffd");
                    }
                    6
                }
                Some(_) => 6,
            };
    }
    mended
}

fn find(json: &[u8], from: usize) -> Option<usize> {
    let rest = json.get(from..)?;
    rest.iter().position(|b| *b == b'\\').map(|at| from + at)
}

fn is_low(escape: Option<&[u8]>) -> bool {
    escape
        .and_then(unit)
        .is_some_and(|unit| (0xDC00..0xE000).contains(&unit))
}

/// The UTF-16 unit of an escape at the beginning, if it is one.
fn unit(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_replaced_and_nothing_else() {
        let replaced = |text: &str| match mended(text.as_bytes()) {
            Cow::Borrowed(_) => None,
            Cow::Owned(json) => Some(String::from_utf8(json).expect("text")),
        };
        for whole in [
            "",
            r#""caf\u00e9""#,
            r#""\ud83d\ude00""#,
            r#""\\ud83d""#,
            r#""\\\\ud83d\n""#,
            r#""\u""#,
            r#""\ud8"#,
            r#""\u+83d""#,
            "\\",
            r#""\uéé00""#,
        ] {
            assert_eq!(replaced(whole), None, "{whole}");
        }
        for (half, expected) in [
            (r#""a\ud83d""#, r#""a\ufffd""#),
            (r#""\uDE00b""#, r#""\ufffdb""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\\ud83d\u00e9""#, r#""\\\ufffd\u00e9""#),
            (r#""\ud83d\\ude00""#, r#""\ufffd\\ude00""#),
        ] {
            assert_eq!(replaced(half).as_deref(), Some(expected), "{half}");
        }
    }
}
