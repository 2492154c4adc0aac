//! The HTTP client's foundations: rustls with ring (aws-lc needs a C toolchain and minutes), and the certificates that
//! the system trusts.
//!
//! The certificates are read once and shared: they take half a megabyte, and there may be a thousand clients. What a
//! client learns in its own connections, such as the tickets with which sessions are resumed, is its own.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls_platform_verifier::Verifier;

/// Idle connections are closed after this: less than the 60 seconds at which common servers and load balancers close
/// theirs, so that a request rarely meets a connection that is just going away.
const IDLE: Duration = Duration::from_secs(50);

/// TLS sessions that a client remembers: a connector calls few hosts.
const SESSIONS: usize = 16;

/// A client builder with what all of our clients share. It has no proxy from the environment, and its name is ours.
///
/// # Errors
///
/// When the system has no certificates.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the constructor that others are to use"
)]
pub(crate) fn client_builder() -> Result<reqwest::ClientBuilder, String> {
    static SHARED: OnceLock<Result<ClientConfig, rustls::Error>> = OnceLock::new();
    let shared = SHARED.get_or_init(config).as_ref();
    let mut config = shared.map_err(|error| format!("TLS: {error}"))?.clone();
    config.resumption = Resumption::in_memory_sessions(SESSIONS);
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .user_agent(concat!("switchboard/", env!("CARGO_PKG_VERSION")))
        .pool_idle_timeout(IDLE)
        .no_proxy())
}

fn config() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Verifier::new(provider.clone())?);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        // As dangerous as the verifier, which is the system's.
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
