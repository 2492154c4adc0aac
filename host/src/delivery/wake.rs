//! How a dispatcher learns when to look again.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

/// An alarm clock that anybody may set to an earlier time.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    at: Mutex<Option<Instant>>,
    earlier: Notify,
}

impl Wake {
    /// Work is due now.
    pub(crate) fn now(&self) {
        self.at(Instant::now());
    }

    /// Work is due then.
    pub(crate) fn at(&self, when: Instant) {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        if at.is_none_or(|at| when < at) {
            *at = Some(when);
            drop(at);
            self.earlier.notify_one();
        }
    }

    /// Waits until something is due, and clears the alarm.
    pub(crate) async fn wait(&self) {
        loop {
            let due = *self.at.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            match due {
                Some(due) if due <= now => {
                    *self.at.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    return;
                }
                Some(due) => tokio::select! {
                    () = tokio::time::sleep_until(due) => {}
                    () = self.earlier.notified() => {}
                },
                None => self.earlier.notified().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::time::Duration;

    #[tokio::test]
    async fn the_earliest_time_counts_and_counts_once() {
        let wake = Wake::default();
        assert!(wake.wait().now_or_never().is_none());
        wake.at(Instant::now() + Duration::from_secs(3_600));
        assert!(wake.wait().now_or_never().is_none());
        wake.now();
        wake.at(Instant::now() + Duration::from_secs(60));
        assert!(wake.wait().now_or_never().is_some());
        assert!(wake.wait().now_or_never().is_none());
    }
}
