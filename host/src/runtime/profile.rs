//! How connectors are compiled.
//!
//! Shared by the host and its build script, which includes this file: an artefact loads only into an engine that
//! was configured alike, so both take the settings from one place. It must use nothing but wasmtime.

use wasmtime::Config;

/// What decides about the compiled code. The host adds how memory is allocated, which does not.
///
/// - Epoch interruption, so that a connector that never returns can be stopped; some 10 to 20 % of the speed of tight
///   loops, a third of what counting fuel costs.
/// - No component-model concurrency: the contract has no asynchronous function, and a call is 1.5 µs cheaper without.
/// - Address maps stay, so that a backtrace names the connector's own functions.
pub(crate) fn compiler() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config.concurrency_support(false);
    config.generate_address_map(true);
    config
}
