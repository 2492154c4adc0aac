//! The instances of one channel: at most so many calls at a time, and warm instances for those that may be reused.
//!
//! An instance is reused for a random number of calls, so that no connector can come to rely on it. It never serves
//! another channel, and after a trap or a timeout it is gone.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use rand::RngExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::context::Context;
use super::engine::MAX_INSTANCES;
use super::failure::CallError;
use super::instance::Instance;
use super::state::{Call, State};
use crate::bindings::ChannelPre;

/// How many calls a reused instance serves before it is replaced.
const CALLS_PER_INSTANCE: std::ops::RangeInclusive<u32> = 100..=1_000;

/// How long a call waits for a place before it is turned away. Longer than a hiccup, and shorter than any platform's
/// patience.
const WAIT_FOR_PLACE: Duration = Duration::from_secs(2);

/// The places of all instances of the process, and the pools that hold idle ones.
#[derive(Default)]
pub(crate) struct Places {
    pools: Mutex<Vec<Weak<Pool>>>,
}

/// One channel's instances.
pub(crate) struct Pool {
    idle: Mutex<Vec<Instance>>,
    calls: Semaphore,
    live: Arc<Semaphore>,
    places: Arc<Places>,
    reuse: bool,
}

/// All instances that may live, over all channels.
pub(crate) fn live_instances() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(MAX_INSTANCES as usize))
}

impl Pool {
    pub(crate) fn new(
        live: Arc<Semaphore>,
        places: Arc<Places>,
        concurrency: usize,
        reuse: bool,
    ) -> Arc<Self> {
        let pool = Arc::new(Self {
            idle: Mutex::default(),
            calls: Semaphore::new(concurrency),
            live,
            places: places.clone(),
            reuse,
        });
        let mut pools = places.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.retain(|pool| pool.strong_count() > 0);
        pools.push(Arc::downgrade(&pool));
        drop(pools);
        pool
    }

    /// The right to make a call, once there is a place for it.
    pub(crate) async fn enter(&self) -> Result<SemaphorePermit<'_>, CallError> {
        match self.calls.try_acquire() {
            Ok(permit) => Ok(permit),
            Err(_) => match timeout(WAIT_FOR_PLACE, self.calls.acquire()).await {
                Ok(Ok(permit)) => Ok(permit),
                _ => Err(CallError::Overloaded),
            },
        }
    }

    /// An instance ready for `call`.
    pub(crate) async fn take(
        &self,
        pre: &ChannelPre<State>,
        context: &Arc<Context>,
        call: Call,
    ) -> Result<Instance, CallError> {
        if let Some(mut instance) = self.idle().pop() {
            instance.begin(call);
            return Ok(instance);
        }
        let live = self.place().await?;
        let calls = if self.reuse {
            rand::rng().random_range(CALLS_PER_INSTANCE)
        } else {
            1
        };
        Instance::start(pre, context.clone(), call, calls, live).await
    }

    /// Takes an instance back whose call ended well.
    pub(crate) fn give_back(&self, mut instance: Instance) {
        instance.calls_left = instance.calls_left.saturating_sub(1);
        if instance.calls_left > 0 {
            self.idle().push(instance);
        }
    }

    /// Lets the idle instances go.
    pub(crate) fn clear(&self) {
        let idle = std::mem::take(&mut *self.idle());
        drop(idle);
    }

    /// A place for one more instance; idle ones of any channel make room.
    async fn place(&self) -> Result<OwnedSemaphorePermit, CallError> {
        if let Ok(permit) = self.live.clone().try_acquire_owned() {
            return Ok(permit);
        }
        self.places.drop_idle();
        match timeout(WAIT_FOR_PLACE, self.live.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(CallError::Overloaded),
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Instance>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    fn drop_idle(&self) {
        let pools: Vec<_> = self
            .pools
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter_map(Weak::upgrade)
            .collect();
        for pool in pools {
            pool.clear();
        }
    }
}
