//! What stands in the place of the world while a connector is rehearsed: the platform, and the time.
//!
//! The connector notices nothing. Where it may go is decided as ever, and what leaves is what would: with the secrets in
//! their places.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use wasmtime_wasi::HostWallClock;

use crate::bindings::types::Header;

/// A platform that is played.
pub trait Network: Send + Sync + 'static {
    /// Answers a request.
    ///
    /// # Errors
    ///
    /// Why there is no answer: to the connector the platform cannot be reached.
    fn exchange(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, String>>;
}

/// A request as it would leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// In upper case.
    pub method: String,
    /// With its query.
    pub url: String,
    /// In the connector's order, `authorization` of basic-auth last. Those that frame the message are missing.
    pub headers: Vec<Header>,
    /// Nothing is encoded.
    pub body: Vec<u8>,
}

/// What the platform answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incoming {
    /// 100 to 599.
    pub status: u16,
    /// In order, with repeats.
    pub headers: Vec<Header>,
    /// At most as long as `limits.fetch_body` of the channel allows.
    pub body: Vec<u8>,
}

/// The stage for one channel; without anything on it, the world.
#[derive(Clone, Default)]
pub struct Stage {
    /// Answers in the place of all platforms.
    pub network: Option<Arc<dyn Network>>,
    /// What the wall clock shows, since the beginning of 1970. It stands still.
    pub time: Option<Duration>,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage")
            .field("network", &self.network.is_some())
            .field("time", &self.time)
            .finish()
    }
}

/// A wall clock that stands still.
pub(super) struct Standing(pub(super) Duration);

impl HostWallClock for Standing {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        self.0
    }
}
