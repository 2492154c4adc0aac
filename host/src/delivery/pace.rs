//! When one channel may send.
//!
//! Three things say no: the rate that the operator set, the breaker, and a pause that the platform asked for. They are one
//! question with one answer, so that a send which one of them refuses uses up nothing of the others. Who may go gets an
//! [`Admission`] and says in the end what came of it; whoever forgets, or is cancelled on the way, has not sent.
//!
//! It knows neither parts nor platforms, takes no time of its own and wakes nobody: who is told to wait comes back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::breaker::{Breaker, Permit};
use crate::bucket::Bucket;

/// The pace of one channel's sends. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Pace(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    rate: Option<Bucket>,
    breaker: Breaker,
}

/// Leave for one send.
///
/// Dropped without a word, the send counts as not made: the rate gets its token back, and if it was the breaker's probe,
/// another one may be.
#[derive(Debug)]
#[must_use = "dropping it means that nothing was sent"]
pub(crate) struct Admission {
    pace: Pace,
    /// Until it is said what came of it.
    permit: Option<Permit>,
}

impl Pace {
    /// Without a `rate` only the platform's health counts.
    pub(crate) fn new(rate: Option<Bucket>, breaker: Breaker) -> Self {
        Self(Arc::new(Mutex::new(Inner { rate, breaker })))
    }

    /// Asks for leave to send.
    ///
    /// # Errors
    ///
    /// When to ask again; never zero.
    pub(crate) fn admit(&self, now: Instant) -> Result<Admission, Duration> {
        let mut guard = self.lock();
        let inner = &mut *guard;
        let permit = inner.breaker.admit(now)?;
        if let Some(rate) = &mut inner.rate
            && let Err(wait) = rate.try_take(now)
        {
            inner.breaker.abandoned(permit);
            return Err(wait);
        }
        Ok(Admission {
            pace: self.clone(),
            permit: Some(permit),
        })
    }

    /// Nothing goes out until then: a limit of the platform that counts the whole channel.
    pub(crate) fn pause(&self, until: Instant) {
        self.lock().breaker.pause(until);
    }

    /// Whether the platform is taken to be down.
    pub(crate) fn is_open(&self) -> bool {
        self.lock().breaker.is_open()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing in here can panic half-way, so a poisoned lock still guards sound values.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admission {
    /// The platform answered, be it that it does not take this part.
    pub(crate) fn succeeded(mut self) {
        if let Some(permit) = self.permit.take() {
            self.pace.lock().breaker.succeeded(permit);
        }
    }

    /// It was sent, and the platform as a whole is in trouble. If this opens the breaker, how long for.
    pub(crate) fn failed(mut self, now: Instant) -> Option<Duration> {
        let permit = self.permit.take()?;
        self.pace.lock().breaker.failed(permit, now)
    }

    /// It was sent, and what came of it says nothing about the platform.
    pub(crate) fn neutral(mut self) {
        if let Some(permit) = self.permit.take() {
            self.pace.lock().breaker.abandoned(permit);
        }
    }

    /// Nothing was sent. The same as dropping it, for those who know.
    pub(crate) fn unused(self) {
        drop(self);
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else {
            return;
        };
        let mut inner = self.pace.lock();
        inner.breaker.abandoned(permit);
        if let Some(rate) = &mut inner.rate {
            rate.put_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn pace(per_second: f64, burst: f64) -> Pace {
        Pace::new(Some(Bucket::new(per_second, burst)), Breaker::new(2))
    }

    fn wait(pace: &Pace, now: Instant) -> Option<Duration> {
        pace.admit(now).err()
    }

    #[track_caller]
    fn admitted(pace: &Pace, now: Instant) -> Admission {
        pace.admit(now).expect("leave to send")
    }

    #[test]
    fn what_was_sent_costs_a_token_and_what_was_not_does_not() {
        let now = Instant::now();
        let spent: [fn(Admission); 3] = [Admission::succeeded, Admission::neutral, |admission| {
            assert_eq!(admission.failed(Instant::now()), None);
        }];
        for send in spent {
            let pace = pace(1.0, 1.0);
            send(admitted(&pace, now));
            assert_eq!(wait(&pace, now), Some(seconds(1)));
        }
        let unspent: [fn(Admission); 2] = [Admission::unused, drop];
        for forget in unspent {
            let pace = pace(1.0, 1.0);
            forget(admitted(&pace, now));
            let admission = admitted(&pace, now);
            assert_eq!(wait(&pace, now), Some(seconds(1)), "one token, not two");
            admission.succeeded();
        }
    }

    #[test]
    fn whom_the_rate_refuses_does_not_take_the_probe() {
        let now = Instant::now();
        let pace = pace(0.1, 2.0);
        assert_eq!(admitted(&pace, now).failed(now), None);
        assert_eq!(admitted(&pace, now).failed(now), Some(seconds(5)));
        assert_eq!(wait(&pace, now), Some(seconds(5)), "the breaker");
        let half = now + seconds(6);
        assert_eq!(wait(&pace, half), Some(seconds(4)), "the rate");
        let probe = admitted(&pace, half + seconds(4));
        assert!(pace.is_open());
        probe.succeeded();
        assert!(!pace.is_open());
    }

    #[test]
    fn whom_the_breaker_refuses_takes_no_token() {
        let now = Instant::now();
        let pace = pace(0.01, 3.0);
        for _ in 0..2 {
            let _ = admitted(&pace, now).failed(now);
        }
        for _ in 0..10 {
            assert_eq!(wait(&pace, now), Some(seconds(5)));
        }
        pace.pause(now + seconds(20));
        assert_eq!(wait(&pace, now + seconds(5)), Some(seconds(15)));
        admitted(&pace, now + seconds(20)).succeeded();
        assert_eq!(wait(&pace, now + seconds(20)), Some(seconds(80)));
    }

    #[test]
    fn a_probe_that_comes_to_nothing_makes_room_for_another() {
        let now = Instant::now();
        let give_up: [fn(Admission); 3] = [Admission::neutral, Admission::unused, drop];
        for give_up in give_up {
            let pace = Pace::new(None, Breaker::new(1));
            assert_eq!(admitted(&pace, now).failed(now), Some(seconds(5)));
            let later = now + seconds(5);
            let probe = admitted(&pace, later);
            assert!(wait(&pace, later).is_some(), "one probe at a time");
            give_up(probe);
            assert!(pace.is_open());
            admitted(&pace, later).succeeded();
            assert!(!pace.is_open());
        }
    }
}
