//! A connector that fails again and again is left alone for a while.
//!
//! Each trap costs an instance and a log line with a backtrace, and the platform's requests come on. After several within a
//! short time the channel answers 503 by itself; then one call is let through to see.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Failures within [`WINDOW`] that trip it. One message of a user that a connector cannot bear comes some times over, as
/// platforms repeat what is not acknowledged; a connector that is broken gets here within seconds.
const FAILURES: usize = 10;

/// In which time.
const WINDOW: Duration = Duration::from_secs(60);

/// How long calls are turned away.
const OPEN: Duration = Duration::from_secs(30);

/// The failures of one channel's connector.
#[derive(Debug, Default)]
pub(crate) struct Tripwire(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    failures: VecDeque<Instant>,
    /// Until when, and why.
    open: Option<(Instant, String)>,
    /// The one call that is to show is under way.
    trying: bool,
}

impl Tripwire {
    /// Whether a call may be made.
    ///
    /// # Errors
    ///
    /// How long it will be turned away, and why.
    pub(crate) fn admit(&self, now: Instant) -> Result<(), (Duration, String)> {
        let mut inner = self.lock();
        let Some((until, why)) = &inner.open else {
            return Ok(());
        };
        let left = until.saturating_duration_since(now);
        if !left.is_zero() || inner.trying {
            return Err((left.max(Duration::from_secs(1)), why.clone()));
        }
        inner.trying = true;
        Ok(())
    }

    /// A call ended well.
    pub(crate) fn succeeded(&self) -> bool {
        let mut inner = self.lock();
        // Only the one that was let through to see closes it.
        if !inner.trying {
            return false;
        }
        *inner = Inner::default();
        true
    }

    /// A call ended without saying anything of the connector.
    pub(crate) fn undecided(&self) {
        self.lock().trying = false;
    }

    /// A call trapped or was late. If that trips the wire, for how long.
    pub(crate) fn failed(&self, why: &str, now: Instant) -> Option<Duration> {
        let mut inner = self.lock();
        inner.failures.push_back(now);
        while inner
            .failures
            .front()
            .is_some_and(|first| now.saturating_duration_since(*first) > WINDOW)
        {
            inner.failures.pop_front();
        }
        let tried = std::mem::take(&mut inner.trying);
        if inner.open.is_some() && !tried {
            return None;
        }
        if !tried && inner.failures.len() < FAILURES {
            return None;
        }
        inner.failures.clear();
        inner.open = Some((now + OPEN, why.to_owned()));
        Some(OPEN)
    }

    /// Why calls are turned away, where they are.
    pub(crate) fn why(&self) -> Option<String> {
        self.lock().open.as_ref().map(|(_, why)| why.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tripped(start: Instant) -> Tripwire {
        let wire = Tripwire::default();
        for _ in 1..FAILURES {
            assert_eq!(wire.failed("trap", start), None);
            assert!(wire.admit(start).is_ok());
        }
        assert_eq!(wire.failed("trap", start), Some(OPEN));
        wire
    }

    #[test]
    fn many_failures_within_the_window_open_it() {
        let start = Instant::now();
        let wire = tripped(start);
        assert_eq!(wire.admit(start), Err((OPEN, "trap".into())));
        assert_eq!(wire.why().as_deref(), Some("trap"));
        // What began before ends now; it closes nothing.
        assert!(!wire.succeeded());
        assert!(wire.admit(start).is_err());
    }

    #[test]
    fn failures_far_apart_do_not() {
        let mut now = Instant::now();
        let wire = Tripwire::default();
        for _ in 0..10 * FAILURES {
            assert_eq!(wire.failed("trap", now), None);
            now += WINDOW / 5;
        }
        assert!(wire.admit(now).is_ok());
    }

    #[test]
    fn one_call_shows_whether_it_is_over() {
        let start = Instant::now();
        let later = start + OPEN;
        let wire = tripped(start);
        assert!(wire.admit(later).is_ok());
        assert!(wire.admit(later).is_err(), "one at a time");
        assert_eq!(wire.failed("again", later), Some(OPEN));
        assert!(wire.admit(later).is_err());
        assert!(wire.admit(later + OPEN).is_ok());
        wire.undecided();
        assert!(wire.admit(later + OPEN).is_ok(), "another may show");
        assert!(wire.succeeded());
        assert!(wire.admit(later + OPEN).is_ok());
        assert_eq!(wire.why(), None);
    }
}
