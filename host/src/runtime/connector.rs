//! A loaded connector: code and description, without the settings of any channel.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::context::{AskMode, Context, Keep, Limits, Reply, Turns};
use super::egress::Egress;
use super::exports::Linked;
use super::failure::CallError;
use super::instance::Instance;
use super::log_budget::LogBudget;
use super::redact::Redactor;
use super::sealed::Template;
use super::state::{Call, Streaming};
use super::{Runtime, builtin, cache, contract};
use crate::bindings::connector::{Description, Setting};
use crate::bindings::types::{BotError, Message};
use crate::config::{ComponentDigest, Rate, Settings};
use crate::store::{Millis, StateLimits, StateUsage, StateWrite, StoreError};

/// The largest component, bytes. Guests that bring their language along have some 25 MB.
const MAX_COMPONENT: u64 = 64 << 20;

/// The limits of the calls that only ask a connector who it is.
const LOAD_LIMITS: Limits = Limits {
    memory: 256 << 20,
    time: Duration::from_secs(10),
    cpu: Duration::from_secs(2),
    concurrency: 1,
    response: 0,
    fetch_body: 0,
    fetches: 0,
    connections: 0,
    host_call: 12 << 20,
    handles: 1_000,
    table: 100_000,
    events: 0,
    events_size: 0,
    asks: 0,
    log_lines: 100,
    log_rate: Rate {
        count: 100.0,
        per: Duration::from_secs(1),
    },
};

/// Where a connector came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is part of the server.
    Builtin(&'static str),
    /// The operator dropped it in.
    File(PathBuf),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Builtin(name) => write!(f, "{name} (built in)"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A connector, compiled and linked, ready to be given settings.
pub struct Connector {
    /// Where it came from.
    pub origin: Origin,
    /// What it calls itself: the channel's URL prefix.
    pub name: String,
    /// What it says of itself.
    pub description: Description,
    /// What its file hashes to; none for what is built in.
    pub sha256: Option<ComponentDigest>,
    /// It exports `lifecycle`: it registers its webhook at the platform itself.
    pub has_lifecycle: bool,
    pub(crate) linked: Linked,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector")
            .field("origin", &self.origin)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Runtime {
    /// Loads a built-in connector.
    ///
    /// # Errors
    ///
    /// When there is none of that name, or it does not start on this machine.
    pub async fn load_builtin(&self, name: &str) -> Result<Arc<Connector>, String> {
        let builtin = builtin::find(name)
            .ok_or_else(|| format!("there is no built-in connector `{name}`"))?;
        let component = match cache::load(self.engine(), builtin.native) {
            Ok(component) => component,
            Err(error) => {
                tracing::warn!(
                    connector = name,
                    "the build's compiled connector does not fit this machine and is compiled anew: {error:#}"
                );
                self.compile(builtin.wasm).await?
            }
        };
        self.link(component, Origin::Builtin(builtin.name), None)
            .await
    }

    /// Loads a connector from a `.wasm` file: compiled once, then kept in the cache by the hash of its content. Where it is
    /// `pinned`, nothing of another content is looked at further.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no component, or differs from the contract: all differences, and what to do.
    pub async fn load_file(
        &self,
        path: &Path,
        pinned: Option<ComponentDigest>,
    ) -> Result<Arc<Connector>, String> {
        let at = |e: std::io::Error| format!("cannot read {}: {e}", path.display());
        let size = fs::metadata(path).map_err(at)?.len();
        if size > MAX_COMPONENT {
            return Err(format!(
                "{} has {size} bytes, over {MAX_COMPONENT}",
                path.display()
            ));
        }
        let wasm = fs::read(path).map_err(at)?;
        let sha256 = ComponentDigest::of(&wasm);
        check_pin(&path.display(), sha256, pinned)?;
        contract::sniff(&wasm).map_err(|e| format!("{} {e}", path.display()))?;
        let component = self
            .compile(&wasm)
            .await
            .map_err(|e| format!("{}: {e}", path.display()))?;
        let differences = contract::differences(self.engine(), &component);
        if !differences.is_empty() {
            return Err(format!(
                "{} does not fit the contract of this server:\n{}",
                path.display(),
                contract::report(&differences)
            ));
        }
        self.link(component, Origin::File(path.to_owned()), Some(sha256))
            .await
    }

    async fn compile(&self, wasm: &[u8]) -> Result<wasmtime::component::Component, String> {
        let engine = self.engine().clone();
        let cache = self.cache()?;
        let wasm = wasm.to_vec();
        tokio::task::spawn_blocking(move || match cache {
            Some(cache) => cache.compile(&engine, &wasm),
            None => wasmtime::component::Component::new(&engine, &wasm),
        })
        .await
        .map_err(|e| e.to_string())?
        .map_err(|e| format!("it does not compile: {e:#}"))
    }

    /// Links a component and asks it who it is.
    async fn link(
        &self,
        component: wasmtime::component::Component,
        origin: Origin,
        sha256: Option<ComponentDigest>,
    ) -> Result<Arc<Connector>, String> {
        let failed = |what: &str, e: &dyn std::fmt::Display| format!("{origin}: {what}: {e}");
        let has_lifecycle = component
            .component_type()
            .exports(self.engine())
            .any(|(name, _)| name.starts_with("switchboard:channel/lifecycle@"));
        let linked = self
            .linker()
            .instantiate_pre(&component)
            .and_then(Linked::new)
            .map_err(|e| failed("it does not link", &format!("{e:#}")))?;
        let context = Arc::new(Context {
            label: origin.to_string().into(),
            settings: Settings::default(),
            sealed_names: Vec::new(),
            template: Arc::new(Template::new(&Settings::default(), None)),
            seals: Vec::new(),
            limits: LOAD_LIMITS,
            egress: Egress::new(Vec::new(), None, LOAD_LIMITS, None)?,
            redactor: Redactor::default(),
            log_budget: LogBudget::new(LOAD_LIMITS.log_rate),
            turns: Arc::new(Nobody),
            keep: Arc::new(Nobody),
            state_limits: StateLimits { bytes: 0, keys: 0 },
            rooms: OnceLock::new(),
            time: None,
        });
        let call = || Call::new(LOAD_LIMITS.time, LOAD_LIMITS.cpu, Streaming::Unavailable);
        let place = self.places().take(&Arc::default()).await;
        let place = place.ok_or_else(|| failed("it cannot start", &CallError::Overloaded))?;
        let starting = Instance::start(&linked, context, call(), 1, place);
        let mut instance = in_time(starting)
            .await
            .map_err(|e| failed("it does not start", &e.at_load()))?;
        let naming = instance.call(|exports, store| {
            let guest = exports.connector();
            guest.call_name(store).boxed()
        });
        let name = in_time(naming)
            .await
            .map_err(|e| failed("`name` failed", &e.at_load()))?;
        check_name(&name).map_err(|e| failed("`name`", &e))?;
        instance.begin(call());
        let describing = instance.call(|exports, store| {
            let guest = exports.connector();
            guest.call_describe(store).boxed()
        });
        let description = in_time(describing)
            .await
            .map_err(|e| failed("`describe` failed", &e.at_load()))?;
        check_settings(&description.settings).map_err(|e| failed("`describe`", &e))?;
        Ok(Arc::new(Connector {
            origin,
            name,
            description,
            sha256,
            has_lifecycle,
            linked,
        }))
    }
}

/// Waits for a call of a connector that is only asked who it is.
async fn in_time<T>(call: impl Future<Output = Result<T, CallError>>) -> Result<T, CallError> {
    tokio::time::timeout(LOAD_LIMITS.time, call)
        .await
        .unwrap_or(Err(CallError::TimedOut(LOAD_LIMITS.time)))
}

/// Whether a component is the one that the operator named.
fn check_pin(
    file: &dyn std::fmt::Display,
    found: ComponentDigest,
    pinned: Option<ComponentDigest>,
) -> Result<(), String> {
    match pinned {
        Some(pinned) if pinned != found => Err(format!(
            "{file} is not the component that `sha256` pins\nits own: {found}\nhint: if the change is wanted, write this \
             into the channel's `sha256`"
        )),
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) || name.starts_with('.') {
        // Enough to recognise it.
        let shown = &name[..name.floor_char_boundary(100)];
        return Err(format!(
            "{shown:?} is not 1 to 64 characters of a-z, 0-9, `_`, `-` and `.`"
        ));
    }
    Ok(())
}

fn check_settings(settings: &[Setting]) -> Result<(), String> {
    let mut names = HashSet::new();
    for setting in settings {
        if !names.insert(&setting.name) {
            return Err(format!("the setting `{}` is declared twice", setting.name));
        }
        if crate::config::HOST_KEYS.contains(&setting.name.as_str()) {
            return Err(format!(
                "the setting `{}` has a name that belongs to the host",
                setting.name
            ));
        }
        if let Some(default) = &setting.default {
            crate::json::check(default)
                .map_err(|e| format!("the default of `{}` is not JSON: {e}", setting.name))?;
        }
    }
    Ok(())
}

/// While a connector is only asked who it is, there is no bot and no store.
struct Nobody;

const NOBODY: &str = "`name` and `describe` cannot call the host";

impl Turns for Nobody {
    fn ask(&self, _: Message, _: AskMode) -> BoxFuture<'_, Result<Reply, BotError>> {
        std::future::ready(Err(BotError::NotAvailable(NOBODY.into()))).boxed()
    }
}

/// What does not exist cannot be reached.
fn no_store<T: Send + 'static>() -> BoxFuture<'static, Result<T, StoreError>> {
    std::future::ready(Err(StoreError::Unavailable(NOBODY.into()))).boxed()
}

impl Keep for Nobody {
    fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        no_store()
    }

    fn usage<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<StateUsage, StoreError>> {
        no_store()
    }

    fn write(&self, _: StateWrite) -> BoxFuture<'_, Result<(), StoreError>> {
        no_store()
    }

    fn compare_and_set(
        &self,
        _: Option<Vec<u8>>,
        _: StateWrite,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        no_store()
    }

    fn now(&self) -> Millis {
        0
    }
}

impl Connector {
    /// Whether it is the component that a channel's `sha256` names.
    ///
    /// # Errors
    ///
    /// What it is instead.
    pub fn check_pin(&self, pinned: Option<ComponentDigest>) -> Result<(), String> {
        match self.sha256 {
            Some(found) => check_pin(&self.origin, found, pinned),
            None => Ok(()),
        }
    }

    /// The hosts that it calls by its own description, for people.
    #[must_use]
    pub fn hosts(&self) -> &[String] {
        &self.description.hosts
    }

    /// Whether instances may be reused: built-in ones are ours and known not to mind.
    pub(crate) fn reuse_by_default(&self) -> bool {
        matches!(self.origin, Origin::Builtin(_))
    }
}
