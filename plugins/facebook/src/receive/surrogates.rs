//! Halves of characters. Meta cuts titles by UTF-16 units, so that one may end within an emoji: `"\ud83d"`. That is JSON,
//! but no text, and would cost the whole message; here it becomes U+FFFD, as browsers show it.

/// The body with its halves replaced; `None` if there are none.
pub(super) fn mended(body: &[u8]) -> Option<Vec<u8>> {
    let mut mended: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(backslash) = find(body, at) {
        let escape = body.get(backslash..).unwrap_or_default();
        // Two characters, or six, or the twelve of a pair: what is escaped within cannot begin another.
        at = backslash
            + match unit(escape) {
                None => 2,
                Some(0xD800..0xDC00) if is_low(escape.get(6..)) => 12,
                Some(0xD800..0xE000) => {
                    let mended = mended.get_or_insert_with(|| body.to_vec());
                    if let Some(digits) = mended.get_mut(backslash + 2..backslash + 6) {
                        digits.copy_from_slice(b"fffd");
                    }
                    6
                }
                Some(_) => 6,
            };
    }
    mended
}

fn find(body: &[u8], from: usize) -> Option<usize> {
    let rest = body.get(from..)?;
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
    let digits = std::str::from_utf8(digits).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_replaced_and_nothing_else() {
        let replaced = |text: &str| {
            let body = mended(text.as_bytes());
            body.map(|body| String::from_utf8(body).expect("text"))
        };
        for whole in [
            "",
            r#""caf\u00e9""#,
            r#""\ud83d\ude00""#,
            r#""\\ud83d""#,
            r#""\\\\ud83d\n""#,
            r#""\u""#,
            r#""\ud8"#,
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
