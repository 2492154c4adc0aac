//! How many log lines one channel's connector may cause.
//!
//! What it writes itself, what the server has to say about it, and what is refused to its callers: whoever floods the log hides in it what others have to say,
//! fills the disk, and makes everybody wait for the one who reads it.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::bucket::Bucket;
use crate::config::Rate;

/// Seconds of silence that a burst may make up for.
const BURST: f64 = 10.0;

/// The lines that a channel has left.
#[derive(Debug)]
pub(crate) struct LogBudget(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    bucket: Bucket,
    /// Since the last one that was written.
    dropped: u64,
}

impl LogBudget {
    pub(crate) fn new(rate: Rate) -> Self {
        let per_second = rate.per_second();
        Self(Mutex::new(Inner {
            bucket: Bucket::new(per_second, per_second * BURST),
            dropped: 0,
        }))
    }

    /// Whether a line about `channel` may be written now. Says first how many were not.
    pub(crate) fn allows(&self, channel: &str) -> bool {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.bucket.try_take(Instant::now()).is_err() {
            inner.dropped += 1;
            return false;
        }
        let dropped = std::mem::take(&mut inner.dropped);
        drop(inner);
        if dropped > 0 {
            tracing::warn!(
                channel,
                dropped,
                "more log lines were caused than `limits.log_rate` of the channel allows"
            );
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_then_silence() {
        let budget = LogBudget::new(Rate {
            count: 1.0,
            per: Duration::from_secs(60),
        });
        assert!(budget.allows("x"), "there is always one");
        assert!(!budget.allows("x") && !budget.allows("x"));
        assert_eq!(budget.0.lock().expect("not poisoned").dropped, 2);

        let budget = LogBudget::new(Rate {
            count: 5.0,
            per: Duration::from_secs(1),
        });
        let burst = (0..1_000).filter(|_| budget.allows("x")).count();
        assert!((50..1_000).contains(&burst), "{burst}");
    }
}
