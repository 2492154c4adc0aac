//! The HTTP client's foundations: rustls with ring (aws-lc needs a C toolchain and minutes), and the certificates that
//! the system trusts.

use std::sync::Once;
use std::time::Duration;

/// Idle connections are closed after this: less than the 60 seconds at which common servers and load balancers close
/// theirs, so that a request rarely meets a connection that is just going away.
const IDLE: Duration = Duration::from_secs(50);

static PROVIDER: Once = Once::new();

/// A client builder with what all of our clients share. It has no proxy from the environment, and its name is ours.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the constructor that others are to use"
)]
pub(crate) fn client_builder() -> reqwest::ClientBuilder {
    PROVIDER.call_once(|| {
        // An error means that a provider is installed already, which is all we want.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        .user_agent(concat!("switchboard/", env!("CARGO_PKG_VERSION")))
        .pool_idle_timeout(IDLE)
        .no_proxy()
}
