//! What the end-to-end tests share: the real server as a process, and stand-ins for what it talks to.

mod api;
mod apis;
mod asked;
mod browser;
mod build;
mod builder;
mod changed;
mod compiled;
mod disk;
mod driver;
mod installed;
mod libraries;
mod node;
mod platform;
mod process;
mod provoked;
mod python;
mod says;
mod scripted;
mod served;
mod server;
mod signed;
mod socketio;
mod spread;
mod standin;
mod token;
mod usage;
mod wire;

pub use api::{Api, Call};
pub use browser::{Browser, Site};
pub use build::{courier, example, hostile, program};
pub use builder::Builder;
pub use changed::{hostile_with_large_table, misfit};
pub use disk::{Disk, contents};
pub use libraries::{Clients, Library, Transport};
pub use node::npm_package;
pub use platform::{Answer, Platform, Posted};
pub use provoked::{FAILED, LATE};
pub use python::PythonServer;
pub use says::{node_says, python_says};
pub use scripted::{Heard, Reply, ScriptedBot};
pub use server::Switchboard;
pub use signed::{now, signed, slack};
pub use socketio::{Dial, Socket};
pub use spread::{Spread, rounded};
pub use standin::{Bot, Recorded, Recorder};
pub use token::Signer;
pub use usage::{allow_files, processor_time, resident_memory};
pub use wire::{Wire, statuses};

use std::sync::Once;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

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

/// Looks again and again, until there is what should be.
///
/// # Panics
///
/// When there never is; `what` says what it was.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "{what}: not so");
        sleep(Duration::from_millis(10)).await;
    }
}

/// A message as `courier`'s platform delivers it.
#[must_use]
pub fn message(id: &str, conversation: &str, text: &str) -> Value {
    json!({ "type": "message", "id": id, "conversation": conversation, "text": text })
}
