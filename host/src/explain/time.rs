//! Times as people read them: always UTC, so that two people who look at one message see the same.

use std::time::{Duration, SystemTime};

use crate::store::Millis;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// The last millisecond that RFC 3339 can write.
const LAST: u64 = 253_402_300_799_999;

/// The system's time.
pub(crate) fn now() -> Millis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
    })
}

/// `2023-11-14T22:13:20.000Z`
pub(super) fn rfc3339(at: Millis) -> String {
    let at = u64::try_from(at).unwrap_or(0).min(LAST);
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(at);
    humantime::format_rfc3339_millis(at).to_string()
}

/// `2023-11-14 22:13:20.000 UTC`
pub(crate) fn full(at: Millis) -> String {
    let (day, clock) = split(at);
    format!("{day} {clock} UTC")
}

/// `22:13:21.200 (+1.2 s)`, counted from `begin`; with the day in front where that is another one.
pub(super) fn since(at: Millis, begin: Millis) -> String {
    let (day, clock) = split(at);
    let day = if day == split(begin).0 {
        String::new()
    } else {
        format!("{day} ")
    };
    let sign = if at < begin { '-' } else { '+' };
    format!("{day}{clock} ({sign}{})", span(at - begin))
}

fn split(at: Millis) -> (String, String) {
    let text = rfc3339(at);
    let (day, clock) = text.split_once('T').unwrap_or((&text, ""));
    (day.to_owned(), clock.trim_end_matches('Z').to_owned())
}

/// How long that is, as exact as it matters: `12 ms`, `1.2 s`, `5m 20s`, `2days 3h 10m`. The sign is left to the caller.
pub(super) fn span(millis: Millis) -> String {
    let millis = millis.unsigned_abs();
    let rounded = |to: u64| humantime::format_duration(Duration::from_millis(millis / to * to));
    match millis {
        0..SECOND => format!("{millis} ms"),
        SECOND..MINUTE => format!("{}.{} s", millis / SECOND, millis % SECOND / 100),
        MINUTE..HOUR => rounded(SECOND).to_string(),
        HOUR.. => rounded(MINUTE).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (millis, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (-1_250, "1.2 s"),
            (59_999, "59.9 s"),
            (60_000, "1m"),
            (320_900, "5m 20s"),
            (3_600_000, "1h"),
            (183_030_000, "2days 2h 50m"),
        ] {
            assert_eq!(span(millis), text);
        }
    }

    #[test]
    fn points() {
        let begin = 1_700_000_000_000;
        assert_eq!(full(begin), "2023-11-14 22:13:20.000 UTC");
        assert_eq!(since(begin + 1_200, begin), "22:13:21.200 (+1.2 s)");
        // A clock that was set back.
        assert_eq!(since(begin - 5, begin), "22:13:19.995 (-5 ms)");
        assert_eq!(
            since(begin + 2 * 3_600_000, begin),
            "2023-11-15 00:13:20.000 (+2h)"
        );
        // What no clock shows is no reason to fail.
        assert_eq!(rfc3339(-1), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(Millis::MAX), "9999-12-31T23:59:59.999Z");
    }
}
