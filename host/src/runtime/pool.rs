//! The instances of one channel: at most so many calls at a time, and warm instances for those that may be reused.
//!
//! An instance is reused for a random number of calls, so that no connector can come to rely on it. It never serves
//! another channel, and after a trap or a timeout it is gone.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};

use rand::RngExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::context::Context;
use super::exports::Linked;
use super::failure::CallError;
use super::instance::Instance;
use super::places::{Place, Places, WAIT_FOR_PLACE};
use super::state::Call;
use crate::bindings::managed::Managed;

/// How many calls a reused instance serves before it is replaced.
const CALLS_PER_INSTANCE: std::ops::RangeInclusive<u32> = 100..=1_000;

/// One channel's instances.
pub(crate) struct Pool {
    idle: Mutex<Vec<Instance>>,
    calls: Arc<Semaphore>,
    places: Arc<Places>,
    /// Instances at work and idle.
    held: Arc<AtomicUsize>,
    reuse: bool,
}

impl Pool {
    pub(crate) fn new(places: Arc<Places>, concurrency: usize, reuse: bool) -> Arc<Self> {
        let pool = Arc::new(Self {
            idle: Mutex::default(),
            calls: Arc::new(Semaphore::new(concurrency)),
            places: places.clone(),
            held: Arc::default(),
            reuse,
        });
        places.add(&pool);
        pool
    }

    /// The right to make a call, once there is a place for it.
    pub(crate) async fn enter(&self) -> Result<OwnedSemaphorePermit, CallError> {
        match self.calls.clone().try_acquire_owned() {
            Ok(permit) => Ok(permit),
            Err(_) => match timeout(WAIT_FOR_PLACE, self.calls.clone().acquire_owned()).await {
                Ok(Ok(permit)) => Ok(permit),
                _ => Err(CallError::Overloaded),
            },
        }
    }

    /// An instance ready for `call`.
    pub(crate) async fn take(
        &self,
        linked: &Linked,
        context: &Arc<Context>,
        call: Call,
    ) -> Result<Instance, CallError> {
        if let Some(mut instance) = self.idle().pop() {
            instance.begin(call);
            return Ok(instance);
        }
        let place = self.place().await?;
        let calls = if self.reuse {
            rand::rng().random_range(CALLS_PER_INSTANCE)
        } else {
            1
        };
        Instance::start(linked, context.clone(), call, calls, place).await
    }

    /// An instance whose lifecycle is to be called. Not one of those that are reused.
    pub(crate) async fn take_managed(
        &self,
        linked: &Linked,
        context: &Arc<Context>,
        call: Call,
    ) -> Result<Instance<Managed>, CallError> {
        let place = self.place().await?;
        Instance::start_managed(linked, context.clone(), call, place).await
    }

    async fn place(&self) -> Result<Place, CallError> {
        let place = self.places.take(&self.held).await;
        place.ok_or(CallError::Overloaded)
    }

    /// Takes an instance back whose call ended well.
    pub(crate) fn give_back(&self, mut instance: Instance) {
        instance.calls_left = instance.calls_left.saturating_sub(1);
        if instance.calls_left > 0 && instance.state().is_reusable() {
            self.idle().push(instance);
        }
    }

    /// Makes room for others.
    pub(crate) fn drop_idle(&self) {
        let idle = std::mem::take(&mut *self.idle());
        drop(idle);
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Instance>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
