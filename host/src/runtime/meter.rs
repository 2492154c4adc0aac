//! How long a call has computed.
//!
//! Ticks of the engine's clock would not do: they pass while a connector waits as well, and the first moment after a wait
//! sees them all. So the time between one wait and the next is measured, where the call is polled. On the server's own
//! threads by the clock on the wall, which costs next to nothing and is right where threads are given the processor at once;
//! on those of [`super::threads`], which must let others go first, by the processor time of the thread.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use super::engine::TICK;

/// Computing without a wait that makes a call a long one.
const LONG_STRETCH: Duration = TICK.saturating_mul(2);

/// The same with waits in between: the call took the thread from others for so long in all.
const LONG_IN_ALL: Duration = TICK.saturating_mul(10);

/// Which clock tells the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    /// The clock on the wall.
    Wall,
    /// The processor time of this thread.
    Processor,
}

/// The time that one call has computed.
#[derive(Debug)]
pub(crate) struct Meter(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    start: Instant,
    timing: Timing,
    /// When the poll began that is under way.
    since: Duration,
    /// Before this poll, all in all.
    total: Duration,
    /// Before this poll, since it last waited.
    stretch: Duration,
    /// The poll ended, or will, because others were to have their turn.
    gave_way: bool,
}

impl Inner {
    fn now(&self) -> Duration {
        match self.timing {
            Timing::Wall => self.start.elapsed(),
            Timing::Processor => {
                let time = clock_gettime(ClockId::ThreadCPUTime);
                Duration::try_from(time).unwrap_or_default()
            }
        }
    }

    fn resume_at(&mut self, now: Duration) {
        if !std::mem::take(&mut self.gave_way) {
            self.stretch = Duration::ZERO;
        }
        self.since = now;
    }

    fn pause_at(&mut self, now: Duration) {
        let spent = now.saturating_sub(self.since);
        self.total += spent;
        self.stretch += spent;
    }

    fn is_long(&self) -> bool {
        (self.gave_way && self.stretch >= LONG_STRETCH) || self.total >= LONG_IN_ALL
    }
}

impl Meter {
    pub(crate) fn start() -> Self {
        Self(Mutex::new(Inner {
            start: Instant::now(),
            timing: Timing::Wall,
            since: Duration::ZERO,
            total: Duration::ZERO,
            stretch: Duration::ZERO,
            gave_way: false,
        }))
    }

    /// A poll begins.
    pub(crate) fn resume(&self, timing: Timing) {
        let mut inner = self.lock();
        inner.timing = timing;
        let now = inner.now();
        inner.resume_at(now);
    }

    /// It has ended.
    pub(crate) fn pause(&self) {
        let mut inner = self.lock();
        let now = inner.now();
        inner.pause_at(now);
    }

    /// The engine's clock ticked while the call was polled. How long it has computed in this poll, and in all.
    pub(crate) fn tick(&self) -> (Duration, Duration) {
        let inner = self.lock();
        let spent = inner.now().saturating_sub(inner.since);
        (spent, inner.total + spent)
    }

    /// It will give way to others, and not because it has to wait for anything.
    pub(crate) fn gives_way(&self) {
        self.lock().gave_way = true;
    }

    /// Whether others have waited for it long enough.
    pub(crate) fn is_long(&self) -> bool {
        self.lock().is_long()
    }

    /// How long it has computed.
    pub(crate) fn total(&self) -> Duration {
        self.lock().total
    }

    /// Whether the call, which is over, took long enough for the next ones to be expected to.
    pub(crate) fn was_long(&self) -> bool {
        self.lock().total >= LONG_STRETCH
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Polls of the call, each a tick long and a second after the one before: whether others were to have their turn after
    /// it, and whether the call is a long one by then.
    fn after(polls: impl IntoIterator<Item = bool>) -> Vec<bool> {
        let meter = Meter::start();
        let mut now = Duration::ZERO;
        let mut polled = |gives_way| {
            now += Duration::from_secs(1);
            meter.lock().resume_at(now);
            if gives_way {
                meter.gives_way();
            }
            meter.lock().pause_at(now + TICK);
            meter.is_long()
        };
        polls.into_iter().map(&mut polled).collect()
    }

    #[test]
    fn a_stretch_is_long_sooner_than_many_short_ones() {
        assert_eq!(after([true, true]), [false, true]);
        assert_eq!(after([false, true, false, true]), [false; 4], "it waited");
        let polls = after([false; 10]);
        assert_eq!(polls.iter().position(|is_long| *is_long), Some(9));
    }

    #[test]
    fn the_poll_that_is_under_way_counts() {
        let meter = Meter::start();
        meter.lock().total = Duration::from_secs(3);
        meter.resume(Timing::Wall);
        let (at_once, in_all) = meter.tick();
        assert_eq!(in_all, at_once + Duration::from_secs(3));
    }

    #[tokio::test]
    async fn a_thread_that_sleeps_computes_nothing_by_its_processor_time() {
        let meter = Meter::start();
        meter.resume(Timing::Processor);
        // The runtime of the test has no thread but this one.
        tokio::time::sleep(LONG_IN_ALL).await;
        meter.pause();
        assert!(meter.lock().total < LONG_IN_ALL, "{meter:?}");
        meter.resume(Timing::Processor);
        let start = Instant::now();
        while start.elapsed() < LONG_IN_ALL {
            std::hint::spin_loop();
        }
        meter.pause();
        assert!(meter.lock().total > Duration::ZERO);
    }
}
