//! What a channel's connector keeps, in the store.

use std::sync::{Arc, Weak};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::Delivery;
use crate::runtime::Keep;
use crate::store::{ChannelId, Millis, StateLimits, StateUsage, StateWrite, Store, StoreError};

/// The way to the store for one channel's connector.
pub(super) struct ChannelKeep {
    pub(super) delivery: Weak<Delivery>,
    pub(super) label: Arc<str>,
    pub(super) limits: StateLimits,
}

type Place = (Arc<Delivery>, Arc<dyn Store>, ChannelId);

impl ChannelKeep {
    fn place(&self) -> Result<Place, StoreError> {
        let delivery = self.delivery.upgrade();
        let found = delivery.and_then(|delivery| {
            let running = delivery.running()?;
            let id = running.work.get(&self.label)?.id;
            let store = running.store.clone();
            Some((delivery, store, id))
        });
        found.ok_or_else(|| StoreError::Unavailable("it is not open yet".into()))
    }
}

impl Keep for ChannelKeep {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        async move {
            let (delivery, store, channel) = self.place()?;
            store.state(channel, key, delivery.clock.now()).await
        }
        .boxed()
    }

    fn usage<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<StateUsage, StoreError>> {
        async move {
            let (_, store, channel) = self.place()?;
            store.state_usage(channel, key).await
        }
        .boxed()
    }

    fn write(&self, write: StateWrite) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let (delivery, store, channel) = self.place()?;
            let now = delivery.clock.now();
            store
                .write_state(channel, vec![write], self.limits, now)
                .await
        }
        .boxed()
    }

    fn compare_and_set(
        &self,
        expected: Option<Vec<u8>>,
        write: StateWrite,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        async move {
            let (delivery, store, channel) = self.place()?;
            let now = delivery.clock.now();
            store
                .compare_and_set(channel, expected, write, self.limits, now)
                .await
        }
        .boxed()
    }

    fn now(&self) -> Millis {
        match self.delivery.upgrade() {
            Some(delivery) => delivery.clock.now(),
            None => 0,
        }
    }
}
