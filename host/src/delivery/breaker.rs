//! A platform that is down is left alone.
//!
//! Thousands of conversations may have something to send to a platform that does not answer. Each of them trying and
//! waiting by itself costs each of them attempts, and meets a platform that is about to recover with all of them at once.
//! So failures are counted per channel: after some in a row the breaker opens and nothing goes out for a while, then one
//! send is let through to see, and the outcome of this one decides.
//!
//! Only failures that blame the platform as a whole belong here; a user who has blocked the bot says nothing about others.
//! Whoever is admitted gives the outcome back with its [`Permit`], for a send that went out before the breaker opened may
//! end long after, and then must neither close it nor hold it open.

use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row that open the breaker. A lone timeout, or two, happens to healthy platforms.
const FAILURES: u32 = 5;

/// How long it opens for at first; doubled with each probe that fails.
const SHORTEST_OPEN: Duration = Duration::from_secs(5);

/// The longest that it opens for: so long a recovered platform waits for us.
const LONGEST_OPEN: Duration = Duration::from_secs(60);

/// When to ask again while another's probe is out. How long that takes nobody knows.
const PROBE_CHECK: Duration = Duration::from_secs(1);

/// A circuit breaker, closed at first.
#[derive(Debug)]
pub(crate) struct Breaker {
    state: State,
    /// How many failures in a row open it.
    threshold: u32,
    /// The platform asked for silence until then.
    paused_until: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Sends go out.
    Closed { failures: u32 },
    /// None goes out until then. `length` is how long that was from the start.
    Open { until: Instant, length: Duration },
    /// One goes out, to see, unless it is `out` already.
    HalfOpen { out: bool, length: Duration },
}

/// Leave to send. It must come back through one of the breaker's methods.
#[derive(Debug)]
#[must_use = "the breaker waits for the outcome"]
pub(crate) struct Permit {
    /// This one decides.
    probe: bool,
}

impl Default for Breaker {
    fn default() -> Self {
        Self::new(FAILURES)
    }
}

impl Breaker {
    /// Opens after `threshold` failures in a row, at least one; 5 by default.
    pub(crate) fn new(threshold: u32) -> Self {
        Self {
            state: State::Closed { failures: 0 },
            threshold: threshold.max(1),
            paused_until: None,
        }
    }

    /// Asks for leave to send.
    ///
    /// # Errors
    ///
    /// When to ask again.
    pub(crate) fn admit(&mut self, now: Instant) -> Result<Permit, Duration> {
        if let Some(until) = self.paused_until {
            if until > now {
                return Err(until - now);
            }
            self.paused_until = None;
        }
        match self.state {
            State::Closed { .. } => Ok(Permit { probe: false }),
            State::Open { until, .. } if until > now => Err(until - now),
            State::HalfOpen { out: true, .. } => Err(PROBE_CHECK),
            State::Open { length, .. } | State::HalfOpen { length, .. } => {
                self.state = State::HalfOpen { out: true, length };
                Ok(Permit { probe: true })
            }
        }
    }

    /// The platform answered; that it takes this part is not asked.
    pub(crate) fn succeeded(&mut self, permit: Permit) {
        if permit.probe || matches!(self.state, State::Closed { .. }) {
            self.state = State::Closed { failures: 0 };
        }
    }

    /// The platform is in trouble. If this opens the breaker, how long for.
    pub(crate) fn failed(&mut self, permit: Permit, now: Instant) -> Option<Duration> {
        let length = match &mut self.state {
            State::Closed { failures } => {
                *failures += 1;
                if *failures < self.threshold {
                    return None;
                }
                SHORTEST_OPEN
            }
            State::HalfOpen { length, .. } if permit.probe => LONGEST_OPEN.min(*length * 2),
            // It went out before the breaker opened: this is known.
            State::HalfOpen { .. } | State::Open { .. } => return None,
        };
        let until = now + length;
        self.state = State::Open { until, length };
        Some(length)
    }

    /// The send was given up, or its outcome says nothing about the platform. If it was the probe, the next one is.
    pub(crate) fn abandoned(&mut self, permit: Permit) {
        if let State::HalfOpen { out, .. } = &mut self.state
            && permit.probe
        {
            *out = false;
        }
    }

    /// Nothing goes out until then: the platform asked for it. A longer pause that holds already stays.
    pub(crate) fn pause(&mut self, until: Instant) {
        self.paused_until = self.paused_until.max(Some(until));
    }

    /// Whether the platform is taken to be down.
    pub(crate) fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[track_caller]
    fn fail(breaker: &mut Breaker, now: Instant) -> Option<Duration> {
        let permit = breaker.admit(now).expect("leave to send");
        breaker.failed(permit, now)
    }

    fn wait(breaker: &mut Breaker, now: Instant) -> Option<Duration> {
        breaker.admit(now).err()
    }

    /// An open breaker.
    fn open(now: Instant) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 1..FAILURES {
            assert_eq!(fail(&mut breaker, now), None);
        }
        assert!(!breaker.is_open());
        assert_eq!(fail(&mut breaker, now), Some(seconds(5)));
        assert!(breaker.is_open());
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        for _ in 0..10 {
            for _ in 1..FAILURES {
                assert_eq!(fail(&mut breaker, now), None);
            }
            let permit = breaker.admit(now).expect("leave to send");
            breaker.succeeded(permit);
        }
        let mut breaker = open(now);
        assert_eq!(wait(&mut breaker, now), Some(seconds(5)));
        assert_eq!(wait(&mut breaker, now + seconds(4)), Some(seconds(1)));
    }

    #[test]
    fn one_probe_at_a_time_and_its_success_closes() {
        let now = Instant::now();
        let mut breaker = open(now);
        let later = now + seconds(5);
        let probe = breaker.admit(later).expect("the probe");
        assert_eq!(wait(&mut breaker, later), Some(PROBE_CHECK));
        assert_eq!(wait(&mut breaker, later + seconds(600)), Some(PROBE_CHECK));
        breaker.succeeded(probe);
        assert!(!breaker.is_open());
        // And the count begins anew.
        for _ in 1..FAILURES {
            assert_eq!(fail(&mut breaker, later), None);
        }
        assert_eq!(fail(&mut breaker, later), Some(seconds(5)));
    }

    #[test]
    fn it_stays_open_for_longer_while_probes_fail() {
        let mut now = Instant::now();
        let mut breaker = open(now);
        now += seconds(5);
        for length in [10, 20, 40, 60, 60] {
            assert_eq!(fail(&mut breaker, now), Some(seconds(length)));
            assert_eq!(wait(&mut breaker, now), Some(seconds(length)));
            now += seconds(length);
        }
    }

    #[test]
    fn a_probe_given_up_lets_the_next_one_go() {
        let mut now = Instant::now();
        let mut breaker = open(now);
        now += seconds(5);
        let probe = breaker.admit(now).expect("the probe");
        breaker.abandoned(probe);
        assert!(breaker.is_open());
        assert_eq!(fail(&mut breaker, now), Some(seconds(10)));
        now += seconds(10);
        let permit = breaker.admit(now).expect("the probe");
        breaker.abandoned(permit);
        // Giving up tells nothing: the next failure doubles what was, not less.
        assert_eq!(fail(&mut breaker, now), Some(seconds(20)));
    }

    #[test]
    fn what_went_out_before_does_not_decide() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        let early: Vec<Permit> = (0..6)
            .map(|_| breaker.admit(now).expect("leave to send"))
            .collect();
        let mut breaker_open = open(now);
        let mut early = early.into_iter();
        let mut next = || early.next().expect("one more");
        // Open: neither longer nor closed.
        assert_eq!(breaker_open.failed(next(), now + seconds(1)), None);
        breaker_open.succeeded(next());
        breaker_open.abandoned(next());
        assert_eq!(wait(&mut breaker_open, now + seconds(1)), Some(seconds(4)));
        // With a probe out: the probe decides, and stays the only one.
        let later = now + seconds(5);
        let probe = breaker_open.admit(later).expect("the probe");
        assert_eq!(breaker_open.failed(next(), later), None);
        breaker_open.succeeded(next());
        breaker_open.abandoned(next());
        assert_eq!(wait(&mut breaker_open, later), Some(PROBE_CHECK));
        breaker_open.succeeded(probe);
        assert!(!breaker_open.is_open());
    }

    #[test]
    fn a_pause_holds_whatever_the_state() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        breaker.pause(now + seconds(30));
        breaker.pause(now + seconds(10));
        assert_eq!(wait(&mut breaker, now + seconds(10)), Some(seconds(20)));
        assert!(breaker.admit(now + seconds(30)).is_ok());
        // A pause is not a failure, and a pause over an open breaker uses up no probe.
        let mut breaker = open(now);
        breaker.pause(now + seconds(30));
        assert_eq!(wait(&mut breaker, now + seconds(5)), Some(seconds(25)));
        assert_eq!(fail(&mut breaker, now + seconds(30)), Some(seconds(10)));
    }
}
