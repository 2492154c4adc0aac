//! How often something may happen.

use std::fmt;
use std::time::Duration;

use super::bounded;
use super::document::{Datum, Node};
use super::fields;
use super::report::Report;

const DAY: Duration = Duration::from_secs(86_400);

/// The fastest that makes sense for one channel: no platform takes more.
const MOST: f64 = 10_000.0;

/// A number of times in a length of time, such as 30 a second. Both are above zero, and together
/// from one a day to 10,000 a second. Fractions are allowed: `0.5/s` is one every other second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// How many times.
    pub count: f64,
    /// In which time: a second, a minute, an hour or a day.
    pub per: Duration,
}

impl Rate {
    /// Times a second.
    #[must_use]
    pub fn per_second(self) -> f64 {
        self.count / self.per.as_secs_f64()
    }

    /// From one time to the next, evenly spread: 100 µs to a day.
    #[must_use]
    pub fn interval(self) -> Duration {
        self.per.div_f64(self.count)
    }

    fn is_sensible(self) -> bool {
        let slowest = 1.0 / DAY.as_secs_f64();
        (slowest..=MOST).contains(&self.per_second())
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.per.as_secs() {
            86_400 => "d",
            3_600 => "h",
            60 => "m",
            _ => "s",
        };
        write!(f, "{}/{unit}", self.count)
    }
}

/// Reads a rate.
pub(crate) fn read(node: &Node, name: &str, report: &mut Report) -> Option<Rate> {
    match rate(node) {
        Some(rate) if rate.is_sensible() => Some(rate),
        Some(_) => {
            bounded::out_of_range(report, node, name, &"1/d", &format_args!("{MOST}/s"));
            None
        }
        None => {
            fields::malformed(
                report,
                node,
                name,
                "a rate such as `30/s`, `100/m` or `5000/h`",
            );
            None
        }
    }
}

/// A rate from `30/s`, `100/m`, `5000/h` or `30`, which is a second's. `None` for anything else.
fn rate(node: &Node) -> Option<Rate> {
    const SECOND: Duration = Duration::from_secs(1);
    let count = match fields::typed(node)? {
        Datum::Integer(count) => count as f64,
        Datum::Number(count) if count.is_finite() => count,
        Datum::Text => {
            let (count, unit) = node.as_text()?.split_once('/')?;
            let count = count.trim();
            let is_decimal = |byte: u8| byte.is_ascii_digit() || byte == b'.';
            let count = count
                .bytes()
                .all(is_decimal)
                .then(|| count.parse().ok())??;
            let per = match unit.trim() {
                "s" => SECOND,
                "m" | "min" => Duration::from_secs(60),
                "h" => Duration::from_secs(3600),
                "d" => DAY,
                _ => return None,
            };
            return Some(Rate { count, per });
        }
        _ => return None,
    };
    Some(Rate { count, per: SECOND })
}

#[cfg(test)]
mod tests {
    use super::super::document::{Scalar, Value};
    use super::super::source::Span;
    use super::*;

    fn rate_of(text: &str) -> Option<Rate> {
        let scalar = Scalar {
            text: text.to_owned(),
            datum: Datum::of_plain(text),
            plain: true,
            from_environment: false,
        };
        rate(&Node {
            span: Span::START,
            value: Value::Scalar(scalar),
        })
    }

    #[test]
    fn rates() {
        let table = [
            ("30/s", 30.0, 1),
            ("30", 30.0, 1),
            ("0.5", 0.5, 1),
            ("1.5/s", 1.5, 1),
            ("100/m", 100.0, 60),
            ("100 / min", 100.0, 60),
            ("5000/h", 5000.0, 3600),
            ("1/d", 1.0, 86_400),
        ];
        for (text, count, seconds) in table {
            let per = Duration::from_secs(seconds);
            assert_eq!(rate_of(text), Some(Rate { count, per }), "{text}");
        }
        for text in [
            "", "s", "/s", "30/", "30/x", "30/s/s", "inf/s", "-1/s", "1e3/s", "30s", ".inf",
            ".nan", "true", "1.2.3/s",
        ] {
            assert_eq!(rate_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_rate_has_bounds() {
        for (text, sensible) in [
            ("10000/s", true),
            ("10001/s", false),
            ("600000/m", true),
            ("600001/m", false),
            ("1/d", true),
            ("0.9/d", false),
            ("0", false),
            ("-1", false),
        ] {
            let rate = rate_of(text).expect("a rate");
            assert_eq!(rate.is_sensible(), sensible, "{text}");
        }
    }

    #[test]
    fn a_rate_is_spread_evenly_and_written_as_it_was() {
        for (text, interval) in [
            ("1/s", Duration::from_secs(1)),
            ("0.5/s", Duration::from_secs(2)),
            ("100/m", Duration::from_millis(600)),
            ("1/d", DAY),
            ("10000/s", Duration::from_micros(100)),
        ] {
            let rate = rate_of(text).expect("a rate");
            assert_eq!(rate.interval(), interval, "{text}");
            assert_eq!(rate.to_string(), text);
        }
    }
}
