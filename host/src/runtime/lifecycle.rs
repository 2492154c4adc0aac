//! A channel's webhook at its platform, as far as the connector sees to it: registered, and removed.
//!
//! These calls are rare, so they get an instance of their own and leave the pool's alone, whose exports are looked up for
//! the functions that every message needs.

use std::fmt;

use futures_util::FutureExt;

use super::channel::{Channel, Ended, Run, serve};
use super::failure::CallError;
use super::state::Streaming;
use super::words;
use crate::bindings::managed::{LifecycleError, Managed};

/// Why a webhook was not registered, or not removed.
#[derive(Debug)]
pub enum LifecycleFailure {
    /// The connector has nothing of the kind.
    Unavailable,
    /// It cannot be called.
    Call(CallError),
    /// It was not able to; its own words.
    Platform(LifecycleError),
}

impl LifecycleFailure {
    /// Whether another try may do better.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unavailable => false,
            Self::Call(error) => !matches!(error, CallError::Trapped(_) | CallError::BadAnswer(_)),
            Self::Platform(error) => matches!(error, LifecycleError::Retry(_)),
        }
    }
}

impl fmt::Display for LifecycleFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable => f.write_str("its connector registers nothing"),
            Self::Call(error) => error.fmt(f),
            Self::Platform(LifecycleError::Unauthorized(text)) => {
                write!(
                    f,
                    "the platform does not accept the channel's credentials: {text}"
                )
            }
            Self::Platform(LifecycleError::Retry(text) | LifecycleError::Permanent(text)) => {
                f.write_str(text)
            }
        }
    }
}

impl Channel {
    /// Has the connector register its webhook at the platform. `url` is the channel's public mount without a slash at the
    /// end, where it is known.
    ///
    /// # Errors
    ///
    /// When the connector has nothing of the kind, cannot be called, or was not able to.
    pub async fn activate(&self, url: Option<String>) -> Result<(), LifecycleFailure> {
        self.call_lifecycle(|exports, store| {
            async move {
                let guest = exports.switchboard_channel_lifecycle();
                guest.call_activate(store, url.as_deref()).await
            }
            .boxed()
        })
        .await
    }

    /// Has the connector undo it.
    ///
    /// # Errors
    ///
    /// As for [`activate`](Self::activate).
    pub async fn deactivate(&self) -> Result<(), LifecycleFailure> {
        self.call_lifecycle(|exports, store| {
            let guest = exports.switchboard_channel_lifecycle();
            guest.call_deactivate(store).boxed()
        })
        .await
    }

    async fn call_lifecycle(
        &self,
        run: impl Run<Managed, Result<(), LifecycleError>>,
    ) -> Result<(), LifecycleFailure> {
        if !self.connector.has_lifecycle {
            return Err(LifecycleFailure::Unavailable);
        }
        let (pool, connector, context) = (
            self.pool.clone(),
            self.connector.clone(),
            self.context.clone(),
        );
        let begin = move |call, place| {
            async move {
                let _place = place;
                match pool.take_managed(&connector.linked, &context, call).await {
                    Ok(instance) => serve(instance, run).await.0,
                    Err(error) => Ended::failed(error),
                }
            }
            .boxed()
        };
        let said = self.guarded(Streaming::Unavailable, begin).await.outcome;
        let said = said.map_err(LifecycleFailure::Call)?;
        said.map_err(|error| {
            let redactor = &self.context.redactor;
            LifecycleFailure::Platform(words::of_lifecycle_error(error, redactor))
        })
    }
}
