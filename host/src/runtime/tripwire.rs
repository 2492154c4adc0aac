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
    /// Lets a call through.
    ///
    /// # Errors
    ///
    /// How long it will be turned away, and why.
    pub(crate) fn admit(&self, now: Instant) -> Result<Pass<'_>, (Duration, String)> {
        let mut inner = self.lock();
        let Some((until, why)) = &inner.open else {
            return Ok(Pass {
                wire: self,
                is_trial: false,
            });
        };
        let left = until.saturating_duration_since(now);
        if !left.is_zero() || inner.trying {
            return Err((left.max(Duration::from_secs(1)), why.clone()));
        }
        inner.trying = true;
        Ok(Pass {
            wire: self,
            is_trial: true,
        })
    }

    /// Why calls are turned away, where they are.
    pub(crate) fn why(&self) -> Option<String> {
        self.lock().open.as_ref().map(|(_, why)| why.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that was let through. Where it goes without a word, because it was cancelled or the connector was not to blame,
/// it has shown nothing.
pub(crate) struct Pass<'a> {
    wire: &'a Tripwire,
    /// It is the one that is to show whether it is over. What began before the wire was tripped shows nothing of that.
    is_trial: bool,
}

impl Pass<'_> {
    /// The call ended well. Whether that closes the wire.
    pub(crate) fn succeeded(self) -> bool {
        if self.is_trial {
            *self.wire.lock() = Inner::default();
        }
        self.is_trial
    }

    /// The call trapped or was late. If that trips the wire, for how long.
    pub(crate) fn failed(self, why: &str, now: Instant) -> Option<Duration> {
        let mut inner = self.wire.lock();
        inner.failures.push_back(now);
        while inner
            .failures
            .front()
            .is_some_and(|first| now.saturating_duration_since(*first) > WINDOW)
        {
            inner.failures.pop_front();
        }
        let trips = self.is_trial || inner.open.is_none() && inner.failures.len() >= FAILURES;
        if trips {
            inner.failures.clear();
            inner.open = Some((now + OPEN, why.to_owned()));
        }
        trips.then_some(OPEN)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.is_trial {
            self.wire.lock().trying = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(wire: &Tripwire, now: Instant) -> Pass<'_> {
        let pass = wire.admit(now);
        pass.unwrap_or_else(|(left, _)| panic!("turned away for {left:?}"))
    }

    fn tripped(start: Instant) -> Tripwire {
        let wire = Tripwire::default();
        for _ in 1..FAILURES {
            assert_eq!(pass(&wire, start).failed("trap", start), None);
        }
        assert_eq!(pass(&wire, start).failed("trap", start), Some(OPEN));
        wire
    }

    #[test]
    fn many_failures_within_the_window_open_it() {
        let start = Instant::now();
        let wire = tripped(start);
        assert_eq!(wire.admit(start).err(), Some((OPEN, "trap".into())));
        assert_eq!(wire.why().as_deref(), Some("trap"));
    }

    #[test]
    fn failures_far_apart_do_not() {
        let mut now = Instant::now();
        let wire = Tripwire::default();
        for _ in 0..10 * FAILURES {
            assert_eq!(pass(&wire, now).failed("trap", now), None);
            now += WINDOW / 5;
        }
        assert!(wire.admit(now).is_ok());
    }

    #[test]
    fn one_call_shows_whether_it_is_over() {
        let start = Instant::now();
        let later = start + OPEN;
        let wire = tripped(start);
        let trial = pass(&wire, later);
        assert!(wire.admit(later).is_err(), "one at a time");
        assert_eq!(trial.failed("again", later), Some(OPEN));
        assert!(wire.admit(later).is_err());
        drop(pass(&wire, later + OPEN));
        let trial = pass(&wire, later + OPEN);
        assert!(trial.succeeded(), "another may show");
        assert!(!pass(&wire, later + OPEN).succeeded(), "it is closed");
        assert_eq!(wire.why(), None);
    }

    #[test]
    fn what_began_before_shows_nothing() {
        let start = Instant::now();
        let later = start + OPEN;
        let wire = Tripwire::default();
        let (one, other, third) = (pass(&wire, start), pass(&wire, start), pass(&wire, start));
        for _ in 0..FAILURES {
            pass(&wire, start).failed("trap", start);
        }
        assert!(!one.succeeded());
        assert!(wire.admit(start).is_err(), "it stays open");
        let trial = pass(&wire, later);
        assert_eq!(other.failed("late", later), None, "not for longer");
        drop(third);
        assert!(wire.admit(later).is_err(), "the trial is still under way");
        assert!(trial.succeeded());
    }
}
