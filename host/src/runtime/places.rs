//! The places of all instances of the process.
//!
//! Most of them any channel may take. The rest are kept for channels that hold few: a handful of channels whose calls all
//! wait for a slow bot cannot take the last place from those whose calls are over in a millisecond.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::engine::MAX_INSTANCES;
use super::pool::Pool;

/// How long a call waits for a place before it is turned away. Longer than a hiccup, and shorter than any platform's
/// patience.
pub(crate) const WAIT_FOR_PLACE: Duration = Duration::from_secs(2);

/// Places that only channels with fewer than [`FEW`] instances get.
const KEPT: u32 = 256;

/// Instances with which a channel gets none of those any more.
const FEW: usize = 16;

/// The places, and the pools that hold idle instances.
pub(crate) struct Places {
    common: Arc<Semaphore>,
    kept: Arc<Semaphore>,
    pools: Mutex<Vec<Weak<Pool>>>,
    patience: Duration,
}

/// The right of one instance to live.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    held: Arc<AtomicUsize>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.held.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for Places {
    fn default() -> Self {
        Self::new(
            (MAX_INSTANCES - KEPT) as usize,
            KEPT as usize,
            WAIT_FOR_PLACE,
        )
    }
}

impl Places {
    fn new(common: usize, kept: usize, patience: Duration) -> Self {
        Self {
            common: Arc::new(Semaphore::new(common)),
            kept: Arc::new(Semaphore::new(kept)),
            pools: Mutex::default(),
            patience,
        }
    }

    /// Registers a pool whose idle instances make room for others.
    pub(crate) fn add(&self, pool: &Arc<Pool>) {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.retain(|pool| pool.strong_count() > 0);
        pools.push(Arc::downgrade(pool));
    }

    /// A place for one more instance of the channel that holds `held`; idle ones of any channel make room. `None` if
    /// there is none for [`WAIT_FOR_PLACE`].
    pub(crate) async fn take(&self, held: &Arc<AtomicUsize>) -> Option<Place> {
        let permit = match self.try_take(held) {
            Some(permit) => permit,
            None => {
                self.drop_idle();
                timeout(self.patience, self.wait(held)).await.ok()??
            }
        };
        held.fetch_add(1, Ordering::Relaxed);
        Some(Place {
            _permit: permit,
            held: held.clone(),
        })
    }

    fn try_take(&self, held: &AtomicUsize) -> Option<OwnedSemaphorePermit> {
        let common = self.common.clone().try_acquire_owned();
        common.ok().or_else(|| {
            let kept = has_few(held).then(|| self.kept.clone().try_acquire_owned());
            kept?.ok()
        })
    }

    async fn wait(&self, held: &AtomicUsize) -> Option<OwnedSemaphorePermit> {
        let permit = tokio::select! {
            permit = self.common.clone().acquire_owned() => permit,
            permit = self.kept.clone().acquire_owned(), if has_few(held) => permit,
        };
        permit.ok()
    }

    fn drop_idle(&self) {
        let pools: Vec<_> = self
            .pools
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter_map(Weak::upgrade)
            .collect();
        for pool in pools {
            pool.drop_idle();
        }
    }
}

fn has_few(held: &AtomicUsize) -> bool {
    held.load(Ordering::Relaxed) < FEW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_places_are_for_those_who_hold_few() {
        let places = Places::new(FEW, 2, Duration::from_millis(20));
        let (greedy, modest) = (Arc::default(), Arc::default());
        let mut taken = Vec::new();
        for _ in 0..FEW {
            taken.push(places.take(&greedy).await.expect("a place"));
        }
        assert!(places.take(&greedy).await.is_none(), "it holds many");
        let first = places.take(&modest).await.expect("a kept place");
        let _second = places.take(&modest).await.expect("the other");
        assert!(places.take(&modest).await.is_none(), "there is no more");
        assert_eq!(modest.load(Ordering::Relaxed), 2);

        let (waited, ()) = tokio::join!(places.take(&modest), async { drop(first) });
        assert!(waited.is_some(), "a kept place came free");
        taken.pop();
        assert!(places.take(&greedy).await.is_some());
    }
}
