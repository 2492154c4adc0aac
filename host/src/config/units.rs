//! Sizes and durations, as people write them.
//!
//! A bare number is bytes or seconds. Units are spelled as everywhere: `MB` is a million bytes and
//! `MiB` is 2²⁰.

use std::fmt;
use std::time::Duration;

use super::document::{Datum, Node};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Bytes from `1048576`, `1MB`, `512KiB` or `2 MiB`. `None` for anything else.
pub(crate) fn size(node: &Node) -> Option<u64> {
    let scalar = node.as_scalar()?;
    if let Datum::Integer(bytes) = scalar.datum {
        return bytes.try_into().ok();
    }
    let (digits, unit) = split_unit(&scalar.text);
    let scale = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "kib" => KIB,
        "mib" => MIB,
        "gib" => GIB,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(scale)
}

/// A time from `30`, `0.5`, `500ms`, `10s`, `2m`, `1h` or `8d`. `None` for anything else.
pub(crate) fn duration(node: &Node) -> Option<Duration> {
    let scalar = node.as_scalar()?;
    let (number, scale) = match scalar.datum {
        Datum::Integer(seconds) => (seconds as f64, 1.0),
        Datum::Number(seconds) => (seconds, 1.0),
        Datum::Null | Datum::Boolean(_) => return None,
        Datum::Text => {
            let (number, unit) = split_unit(&scalar.text);
            let scale = match unit {
                "" | "s" => 1.0,
                "ms" => 0.001,
                "m" | "min" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                _ => return None,
            };
            (number.parse().ok()?, scale)
        }
    };
    Duration::try_from_secs_f64(number * scale).ok()
}

/// A number and the letters after it; blanks around either do not matter.
fn split_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    (number, unit.trim_start())
}

/// Writes bytes in the largest unit that divides them.
pub(crate) struct Bytes(pub(crate) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (scale, unit) in [(GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")] {
            if self.0 >= scale && self.0.is_multiple_of(scale) {
                return write!(f, "{} {unit}", self.0 / scale);
            }
        }
        write!(f, "{} bytes", self.0)
    }
}

/// Writes a duration in the largest unit that divides it, and nothing as `0`.
pub(crate) struct Time(pub(crate) Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0.as_millis();
        if milliseconds == 0 {
            return f.write_str("0");
        }
        let units = [
            (86_400_000, "d"),
            (3_600_000, "h"),
            (60_000, "m"),
            (1_000, "s"),
        ];
        for (scale, unit) in units {
            if milliseconds >= scale && milliseconds.is_multiple_of(scale) {
                return write!(f, "{} {unit}", milliseconds / scale);
            }
        }
        write!(f, "{milliseconds} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::{Scalar, Value};
    use super::super::source::Span;
    use super::*;

    fn plain(text: &str) -> Node {
        let datum = Datum::of_plain(text);
        let scalar = Scalar {
            text: text.to_owned(),
            datum,
            plain: true,
            from_environment: false,
        };
        Node {
            span: Span::START,
            value: Value::Scalar(scalar),
        }
    }

    #[test]
    fn sizes() {
        let table = [
            ("0", Some(0)),
            ("1048576", Some(MIB)),
            ("2 MiB", Some(2 * MIB)),
            ("512KiB", Some(512 * KIB)),
            ("1mb", Some(1_000_000)),
            ("3 GB", Some(3_000_000_000)),
            ("7B", Some(7)),
            ("-1", None),
            ("1.5 MiB", None),
            ("1 M", None),
            ("MiB", None),
            ("1 MiB extra", None),
            ("99999999999 GiB", None),
            ("true", None),
            ("~", None),
        ];
        for (text, bytes) in table {
            assert_eq!(size(&plain(text)), bytes, "{text}");
        }
    }

    #[test]
    fn durations() {
        let table = [
            ("30", Some(30_000)),
            ("0.5", Some(500)),
            ("500ms", Some(500)),
            ("10 s", Some(10_000)),
            ("1.5s", Some(1_500)),
            ("2m", Some(120_000)),
            ("2min", Some(120_000)),
            ("1h", Some(3_600_000)),
            ("-1", None),
            ("8d", Some(691_200_000)),
            ("0.5 d", Some(43_200_000)),
            ("1w", None),
            ("s", None),
            ("1.2.3s", None),
            (".inf", None),
            (".nan", None),
            ("1e300", None),
            ("", None),
        ];
        for (text, milliseconds) in table {
            assert_eq!(
                duration(&plain(text)),
                milliseconds.map(Duration::from_millis),
                "{text}"
            );
        }
    }

    #[test]
    fn both_are_written_in_round_units() {
        for (bytes, text) in [
            (MIB, "1 MiB"),
            (KIB, "1 KiB"),
            (GIB, "1 GiB"),
            (1500, "1500 bytes"),
        ] {
            assert_eq!(Bytes(bytes).to_string(), text);
        }
        for (time, text) in [
            (100, "100 ms"),
            (30_000, "30 s"),
            (600_000, "10 m"),
            (3_600_000, "1 h"),
            (90_000_000, "25 h"),
            (691_200_000, "8 d"),
            (0, "0"),
        ] {
            assert_eq!(Time(Duration::from_millis(time)).to_string(), text);
        }
    }
}
