//! Where connectors run: one wasmtime engine, the components it has compiled, and the instances that serve calls.
//!
//! A connector is code of strangers. It gets memory, time and computing within limits, reaches the outside through the
//! contract's imports alone, and when it traps or is late, its instance is thrown away and nothing else notices. The
//! runtime knows neither HTTP routes nor where events go: it hands back what a call produced.

#[doc(hidden)]
pub mod bench;
mod builtin;
mod cache;
mod channel;
mod clock;
mod connector;
mod context;
mod contract;
mod egress;
mod engine;
mod exports;
mod failure;
mod grants;
mod imports;
mod instance;
mod lifecycle;
mod log_budget;
mod meter;
mod places;
mod pool;
mod profile;
mod redact;
mod response;
mod sealed;
mod sockets;
mod stage;
mod state;
mod stderr;
mod threads;
mod tripwire;
mod watch;
mod weight;
mod words;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::Linker;

pub use self::builtin::names as builtin_names;
pub use self::channel::{Channel, ChannelSpec, Received, Sent};
pub use self::connector::{Connector, Origin};
pub use self::context::{AskMode, Keep, Limits, Reply, Turns};
pub use self::failure::{CallError, Trapped};
pub use self::grants::OperatorHosts;
pub use self::lifecycle::LifecycleFailure;
pub use self::sockets::{Answered, Rooms};
pub use self::stage::{Incoming, Network, Outgoing, Stage};
pub(crate) use self::state::StreamedResponse;

/// The engine and all that is shared between connectors.
pub struct Runtime {
    engine: Engine,
    linker: Linker<state::State>,
    cache: Option<PathBuf>,
    places: Arc<places::Places>,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

impl Runtime {
    /// Starts the engine. Compiled components are kept in `cache`; without one, each start compiles anew.
    ///
    /// # Errors
    ///
    /// When the machine is not supported.
    pub fn new(cache: Option<&Path>) -> Result<Self, String> {
        let engine = engine::engine().map_err(|e| format!("the WebAssembly engine: {e:#}"))?;
        let mut linker = Linker::new(&engine);
        imports::link(&mut linker).map_err(|e| format!("linking the contract: {e:#}"))?;
        let cache = cache.map(Path::to_owned);
        Ok(Self {
            engine,
            linker,
            cache,
            places: Arc::default(),
        })
    }

    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn linker(&self) -> &Linker<state::State> {
        &self.linker
    }

    /// The cache, made when it is first needed: a server with built-in connectors alone leaves no folder behind.
    fn cache(&self) -> Result<Option<cache::Cache>, String> {
        let Some(folder) = &self.cache else {
            return Ok(None);
        };
        match cache::Cache::open(folder) {
            Ok(cache) => Ok(Some(cache)),
            Err(cache::CacheError::Exposed(why)) => Err(format!(
                "the folder of compiled components, {}, is {why}; hint: remove it, the server makes it anew",
                folder.display()
            )),
            Err(cache::CacheError::Unusable(error)) => {
                tracing::warn!(
                    folder = %folder.display(),
                    "compiled components are not kept, so each start compiles them again: {error}"
                );
                Ok(None)
            }
        }
    }

    fn places(&self) -> Arc<places::Places> {
        self.places.clone()
    }
}
