//! What the benchmarks need of the runtime and nobody else does: one call without HTTP around it, and a connector's
//! component by itself, to be given to wasmtime without the host. Hidden from the documentation and bound to nothing.

use std::sync::Arc;

use tokio::sync::oneshot;
use wasmtime::component::Component;

use super::channel::{Channel, Received};
use super::connector::Connector;
use super::failure::CallError;
use super::{Runtime, builtin, cache};
use crate::bindings::connector::Request;

/// One request to a channel, as the gateway makes it.
///
/// # Errors
///
/// As for any call of a connector.
pub async fn receive(
    channel: &Channel,
    route: Arc<str>,
    request: Request,
) -> Result<Received, CallError> {
    let (streamed, _head) = oneshot::channel();
    channel.receive(route, request, streamed).await
}

/// What a connector was loaded from, with the engine that it runs in.
#[must_use]
pub fn component(connector: &Connector) -> &Component {
    connector.linked.pre.component()
}

/// The built-in connectors: name, bytes of the component, bytes of its native code.
#[must_use]
pub fn builtins() -> Vec<(&'static str, usize, usize)> {
    let all = builtin::CONNECTORS.iter();
    all.map(|builtin| (builtin.name, builtin.wasm.len(), builtin.native.len()))
        .collect()
}

/// Only what wasmtime does of loading a built-in connector, which is not linked and not asked who it is.
///
/// # Errors
///
/// When there is none of that name, or the machine is not the one that it was compiled for.
pub fn deserialize(runtime: &Runtime, builtin: &str) -> Result<Component, String> {
    let found = builtin::find(builtin).ok_or("no such connector")?;
    cache::load(runtime.engine(), found.native).map_err(|e| format!("{e:#}"))
}
