//! Registering the channels' webhooks at their platforms: the gateway knows where each channel is mounted.
//!
//! It runs beside the first requests, since a platform that is down must keep nobody from starting: what it cannot do now
//! is tried again, on the schedule of sends, for as long as the server runs. Credentials that are not accepted, and what
//! will never work, are the operator's to mend: said once, at level ERROR.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{Gateway, Mount};
use crate::delivery::retry_delay;
use crate::runtime::LifecycleFailure;

/// Platforms that are asked at a time.
const AT_A_TIME: usize = 16;

impl Gateway {
    /// Has every channel that can do so register its webhook. Returns when all have, or never will; dropped, it stops.
    pub async fn register_webhooks(self: Arc<Self>) {
        let places = Arc::new(Semaphore::new(AT_A_TIME));
        let mut all = JoinSet::new();
        for mount in self.mounts.all() {
            if mount.channel.connector().has_lifecycle {
                let (gateway, mount, places) = (self.clone(), mount.clone(), places.clone());
                all.spawn(async move { gateway.register_in_time(&mount, &places).await });
            }
        }
        all.join_all().await;
    }

    /// Tries until it is done or hopeless.
    async fn register_in_time(&self, mount: &Mount, places: &Semaphore) {
        let channel = &**mount.channel.label();
        for attempt in 1.. {
            let place = places.acquire().await;
            let outcome = self.register(mount).await;
            drop(place);
            let error = match outcome {
                Ok(()) => return,
                Err(error) => error,
            };
            if !error.may_pass() {
                tracing::error!(
                    channel,
                    "the channel is not active at its platform: {error}; hint: when that is mended, `POST \
                     /api/v1/channels/{channel}/activate` of the admin API, or a restart"
                );
                return;
            }
            let wait = retry_delay(attempt, None);
            tracing::warn!(
                channel,
                "the channel is not active at its platform yet, which is tried again in {wait:.1?}: {error}"
            );
            sleep(wait).await;
        }
    }

    /// Has a channel register its webhook, once.
    pub(super) async fn register(&self, mount: &Mount) -> Result<(), LifecycleFailure> {
        let base = mount.public_url.as_ref().or(self.public_url.as_ref());
        let url = base.map(|base| format!("{base}{}", mount.prefix.trim_end_matches('/')));
        mount.channel.activate(url).await?;
        let channel = &**mount.channel.label();
        tracing::info!(channel, "the channel is active at its platform");
        Ok(())
    }
}
