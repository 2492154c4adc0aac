//! The time that goes on record: the system's, but it never steps back.
//!
//! Retries and ages are reckoned by it. A system's clock is set back at times, by an hour when somebody errs; then this one
//! goes on at its own pace until the other has caught up.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::store::Millis;

/// A clock.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<Reading>);

#[derive(Clone, Copy, Debug)]
struct Reading {
    wall: Duration,
    at: Instant,
}

impl Default for Clock {
    fn default() -> Self {
        Self(Mutex::new(Reading {
            wall: wall(),
            at: Instant::now(),
        }))
    }
}

fn wall() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

impl Clock {
    /// Milliseconds since 1970-01-01 UTC.
    pub(crate) fn now(&self) -> Millis {
        self.read(wall(), Instant::now())
    }

    fn read(&self, wall: Duration, at: Instant) -> Millis {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = last.wall + at.saturating_duration_since(last.at);
        *last = Reading {
            wall: own.max(wall),
            at,
        };
        last.wall.as_millis().try_into().unwrap_or(Millis::MAX)
    }
}

/// The time of a record, as the standard library has it.
pub(crate) fn system_time(at: Millis) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(at.try_into().unwrap_or(0))
}

/// How long from one to the other; zero where that is not later.
pub(crate) fn between(from: Millis, to: Millis) -> Duration {
    Duration::from_millis(to.saturating_sub(from).try_into().unwrap_or(0))
}

/// A duration as a record has it.
pub(crate) fn millis(duration: Duration) -> Millis {
    // A quarter of all time is for good, and can still be added to.
    duration.as_millis().try_into().unwrap_or(Millis::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_steps_back() {
        let start = Instant::now();
        let clock = Clock(Mutex::new(Reading {
            wall: Duration::from_secs(10_000),
            at: start,
        }));
        let read = |wall: u64, after: u64| {
            clock.read(
                Duration::from_secs(wall),
                start + Duration::from_secs(after),
            )
        };
        assert_eq!(read(10_001, 1), 10_001_000);
        assert_eq!(read(6_402, 2), 10_002_000, "set back an hour, it goes on");
        assert_eq!(read(6_403, 3), 10_003_000);
        assert_eq!(read(20_000, 4), 20_000_000, "forward it follows");
    }
}
