//! How long one call may still take.
//!
//! The time in which a connector waits for the bot does not count: the bot call has a bound of its own. So the deadline
//! moves while the call runs, and whoever waits for the call asks again when the time that it knew of has come.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// The deadline of one call.
#[derive(Debug)]
pub(crate) struct CallClock(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    deadline: Instant,
    paused_at: Option<Instant>,
}

impl CallClock {
    pub(crate) fn start(time: Duration) -> Self {
        Self::start_at(Instant::now(), time)
    }

    fn start_at(now: Instant, time: Duration) -> Self {
        Self(Mutex::new(Inner {
            deadline: now + time,
            paused_at: None,
        }))
    }

    /// When to look again: the deadline, or while the clock is paused, the earliest time at which it can be.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline_at(Instant::now)
    }

    /// The time is only asked for where it matters: for most calls it does not.
    fn deadline_at(&self, now: impl FnOnce() -> Instant) -> Instant {
        let inner = self.lock();
        match inner.paused_at {
            Some(at) => now() + inner.deadline.saturating_duration_since(at),
            None => inner.deadline,
        }
    }

    /// Whether the time is up.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over_at(Instant::now())
    }

    fn is_over_at(&self, now: Instant) -> bool {
        let inner = self.lock();
        inner.paused_at.is_none() && inner.deadline <= now
    }

    /// Stops the clock until the returned guard goes.
    pub(crate) fn pause(&self) -> Pause<'_> {
        self.pause_at(Instant::now());
        Pause(self)
    }

    fn pause_at(&self, now: Instant) {
        self.lock().paused_at = Some(now);
    }

    fn resume_at(&self, now: Instant) {
        let mut inner = self.lock();
        if let Some(at) = inner.paused_at.take() {
            inner.deadline += now.saturating_duration_since(at);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // Nothing in here can panic half-way, so a poisoned lock still guards sound values.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The clock stands still while this exists.
pub(crate) struct Pause<'a>(&'a CallClock);

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        self.0.resume_at(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_for_the_bot_does_not_count() {
        let start = Instant::now();
        let after = |milliseconds| start + Duration::from_millis(milliseconds);
        let clock = CallClock::start_at(start, Duration::from_secs(10));
        clock.pause_at(after(4_000));
        assert!(!clock.is_over_at(after(64_000)));
        assert_eq!(clock.deadline_at(|| after(64_000)), after(70_000));
        clock.resume_at(after(64_000));
        assert!(!clock.is_over_at(after(69_999)));
        assert!(clock.is_over_at(after(70_000)));
    }
}
