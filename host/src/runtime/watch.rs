//! What can be seen of a call from outside while it runs: how long it may still take, how much it has computed, and
//! whether it has asked anything of the platform.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::clock::CallClock;

/// One call, for those who wait for it.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) clock: CallClock,
    /// Ticks of the engine's clock that it was seen computing at.
    ticks: AtomicU32,
    /// Requests to the platform that may have left.
    requests: AtomicU32,
}

impl Watch {
    pub(crate) fn start(time: Duration) -> Self {
        Self {
            clock: CallClock::start(time),
            ticks: AtomicU32::new(0),
            requests: AtomicU32::new(0),
        }
    }

    /// It was computing when the engine's clock ticked.
    pub(crate) fn ticked(&self) {
        self.ticks.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether it computes for long. One tick says nothing: it falls into the shortest of calls at times.
    pub(crate) fn computes_long(&self) -> bool {
        self.ticks.load(Ordering::Relaxed) > 1
    }

    /// One more request is about to leave, if there are no more than `most` with it.
    pub(crate) fn may_request(&self, most: u32) -> bool {
        let add = |requests| (requests < most).then_some(requests + 1);
        self.requests
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add)
            .is_ok()
    }

    /// Requests that may have left.
    pub(crate) fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }
}
