//! What a plain scalar means: the core schema of YAML 1.2.2, §10.3.2.
//!
//! Older YAML read `yes`, `off` and `012` as booleans and octal numbers; here they are text and
//! twelve, as in Rasa.

use super::Kind;

/// What a scalar holds. The text stands beside it, so none is kept here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Datum {
    Null,
    Boolean(bool),
    Integer(i128),
    Number(f64),
    Text,
}

impl Datum {
    /// What a plain scalar with this text is.
    pub(crate) fn of_plain(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Boolean(true),
            "false" | "False" | "FALSE" => Self::Boolean(false),
            ".nan" | ".NaN" | ".NAN" => Self::Number(f64::NAN),
            ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Self::Number(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Self::Number(f64::NEG_INFINITY),
            _ => integer(text).or_else(|| number(text)).unwrap_or(Self::Text),
        }
    }

    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::Null => Kind::Nothing,
            Self::Boolean(_) => Kind::Boolean,
            Self::Integer(_) => Kind::Integer,
            Self::Number(_) => Kind::Number,
            Self::Text => Kind::Text,
        }
    }
}

/// An integer; one beyond 128 bits is left to [`number`].
fn integer(text: &str) -> Option<Datum> {
    let radix = |digits: &str, radix| {
        let valid = digits.chars().all(|digit| digit.is_digit(radix));
        valid
            .then(|| i128::from_str_radix(digits, radix).ok())
            .flatten()
    };
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16).map(Datum::Integer);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8).map(Datum::Integer);
    }
    text.parse().ok().map(Datum::Integer)
}

/// A decimal number. Rust's own notation also takes `inf`, `nan` and `infinity`, which YAML reads
/// as text.
fn number(text: &str) -> Option<Datum> {
    let decimal = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    decimal
        .then(|| text.parse().ok().map(Datum::Number))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_decides() {
        let nothing = ["", "~", "null", "Null", "NULL"];
        let booleans = ["true", "True", "FALSE"];
        let integers = ["0", "12", "-3", "+4", "0123", "0x1F", "0o17", "-0"];
        let numbers = ["1.5", "-.5", "1.", "1e3", "+1E-3", ".inf", "-.INF", ".nan"];
        let texts = [
            "None",
            "yes",
            "no",
            "on",
            "off",
            "y",
            "tRuE",
            "nULL",
            "inf",
            "nan",
            "infinity",
            "1_000",
            "0b1",
            "0x",
            "0xg",
            "0o8",
            "0x-1",
            "1:30",
            "123456789:ABC",
            "e",
            ".",
            "-",
            "+",
            "1e",
            "1.2.3",
            " 1",
            "١",
        ];
        let table: [(&[&str], Kind); 5] = [
            (&nothing, Kind::Nothing),
            (&booleans, Kind::Boolean),
            (&integers, Kind::Integer),
            (&numbers, Kind::Number),
            (&texts, Kind::Text),
        ];
        for (samples, kind) in table {
            for text in samples {
                assert_eq!(Datum::of_plain(text).kind(), kind, "{text:?}");
            }
        }
    }

    #[test]
    fn integers_have_their_value() {
        for (text, value) in [
            ("0123", 123),
            ("0x1F", 31),
            ("0o17", 15),
            ("+4", 4),
            ("-3", -3),
        ] {
            assert_eq!(Datum::of_plain(text), Datum::Integer(value), "{text}");
        }
        assert_eq!(Datum::of_plain(&"9".repeat(50)).kind(), Kind::Number);
    }
}
