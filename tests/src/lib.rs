//! What the end-to-end tests share: the real server as a process, and stand-ins for what it talks to.

mod build;
mod server;
mod standin;
mod usage;

pub use build::{example, hostile, program};
pub use server::{Builder, Switchboard};
pub use standin::{Bot, Recorded, Recorder};
pub use usage::{processor_time, resident_memory};

use std::sync::Once;
use std::time::Duration;

/// The longest that a test waits for anything: far beyond what a loaded machine needs, so that only what never comes
/// runs into it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// An HTTP client.
///
/// # Panics
///
/// When the system has no certificates to trust.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "a plain client, as platforms have"
)]
pub fn client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .expect("a client")
}
