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
        if !std::mem::take(&mut inner.gave_way) {
            inner.stretch = Duration::ZERO;
        }
        inner.since = inner.now();
    }

    /// It has ended.
    pub(crate) fn pause(&self) {
        let mut inner = self.lock();
        let spent = inner.now().saturating_sub(inner.since);
        inner.total += spent;
        inner.stretch += spent;
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
        let inner = self.lock();
        (inner.gave_way && inner.stretch >= LONG_STRETCH) || inner.total >= LONG_IN_ALL
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

    fn compute(time: Duration) {
        let start = Instant::now();
        while start.elapsed() < time {
            std::hint::spin_loop();
        }
    }

    #[tokio::test]
    async fn what_is_spent_between_polls_does_not_count() {
        let meter = Meter::start();
        for timing in [Timing::Wall, Timing::Processor, Timing::Wall] {
            meter.resume(timing);
            meter.pause();
            tokio::time::sleep(LONG_IN_ALL).await;
        }
        assert!(!meter.is_long());
        assert!(meter.lock().total < LONG_STRETCH, "{meter:?}");
    }

    #[test]
    fn a_stretch_is_long_sooner_than_many_short_ones() {
        let poll = |meter: &Meter, gives_way: bool| {
            meter.resume(Timing::Wall);
            compute(TICK);
            let (here, all) = meter.tick();
            assert!(here >= TICK && all >= here);
            if gives_way {
                meter.gives_way();
            }
            meter.pause();
        };
        let meter = Meter::start();
        poll(&meter, true);
        poll(&meter, true);
        assert!(meter.is_long(), "{meter:?}");

        let meter = Meter::start();
        poll(&meter, false);
        poll(&meter, false);
        assert!(
            meter.lock().total < LONG_IN_ALL && !meter.is_long(),
            "{meter:?}"
        );
        while meter.lock().total < LONG_IN_ALL {
            assert!(!meter.is_long());
            poll(&meter, false);
        }
        assert!(meter.is_long());
    }

    #[tokio::test]
    async fn a_thread_that_sleeps_computes_nothing_by_its_processor_time() {
        let meter = Meter::start();
        meter.resume(Timing::Processor);
        // The runtime of the test has no thread but this one.
        tokio::time::sleep(LONG_IN_ALL).await;
        meter.pause();
        assert!(meter.lock().total < LONG_STRETCH, "{meter:?}");
        meter.resume(Timing::Processor);
        compute(LONG_IN_ALL);
        meter.pause();
        assert!(meter.lock().total > Duration::ZERO);
    }
}
