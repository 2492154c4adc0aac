//! A bot that gets each message as a signed webhook.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use url::Url;

/// A secret key that nothing prints by mistake.
#[derive(Clone)]
pub struct SealedKey(Vec<u8>);

/// A bot behind a webhook signed by the Standard Webhooks scheme. It holds secrets and has no `Debug`.
#[derive(Clone)]
pub struct WebhookBot {
    /// Where events are posted, path included. May hold a query; holds no user name and no password.
    pub url: Url,
    /// Each event is signed with each of them.
    pub secrets: Vec<SealedKey>,
    /// For the whole answer.
    pub timeout: Duration,
    /// Sent with each event. The values are marked as sensitive.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl SealedKey {
    #[cfg(test)]
    pub(crate) fn new(key: Vec<u8>) -> Self {
        Self(key)
    }

    /// The key itself.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}
