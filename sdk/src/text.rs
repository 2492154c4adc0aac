//! Texts as a platform counts them.

use crate::LengthUnit;

/// A text that has at most `max` of the unit: itself, or its beginning and an ellipsis. For what may be cut: titles,
/// descriptions. What must not be lost is split by the host, at the limits that the connector declares.
#[must_use]
pub fn cut(text: &str, max: u32, unit: LengthUnit) -> String {
    const ELLIPSIS: char = '…';
    let size = |c: char| match unit {
        LengthUnit::Characters => 1,
        LengthUnit::Utf16Units => c.len_utf16(),
        LengthUnit::Bytes => c.len_utf8(),
    };
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    if text.chars().map(size).sum::<usize>() <= max {
        return text.to_owned();
    }
    let Some(mut left) = max.checked_sub(size(ELLIPSIS)) else {
        return String::new();
    };
    let kept = text.chars().take_while(|c| {
        let fits = size(*c) <= left;
        left = left.saturating_sub(size(*c));
        fits
    });
    let mut kept: String = kept.collect();
    kept.push(ELLIPSIS);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_ends_with_an_ellipsis() {
        use LengthUnit::{Bytes, Characters, Utf16Units};
        for (text, max, unit, expected) in [
            ("abc", 3, Characters, "abc"),
            ("abcd", 3, Characters, "ab…"),
            ("ääää", 4, Characters, "ääää"),
            ("ääää", 7, Bytes, "ää…"),
            ("ab😀c", 4, Utf16Units, "ab…"),
            ("abc", 2, Bytes, ""),
            ("", 0, Characters, ""),
        ] {
            assert_eq!(cut(text, max, unit), expected, "{text} {max}");
        }
    }
}
