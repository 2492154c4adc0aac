//! What all instances of one channel share: who it is, its settings, its limits, and the ways out.

use std::sync::{Arc, OnceLock};
use std::time::Duration;
use std::vec;

use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt};

use super::egress::Egress;
use super::log_budget::LogBudget;
use super::redact::Redactor;
use super::sealed::Template;
use super::sockets::Rooms;
use crate::bindings::types::{BotError, Message, Part};
use crate::config::{AllowedHost, ChannelLimits, Rate, Settings};
use crate::store::{Millis, StateLimits, StateUsage, StateWrite, StoreError};

/// The limits of one channel's calls: see [`ChannelLimits`], whose fields these are.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "they are documented there")]
pub struct Limits {
    pub memory: usize,
    pub time: Duration,
    pub cpu: Duration,
    pub concurrency: usize,
    pub response: usize,
    pub fetch_body: usize,
    pub fetches: u32,
    pub connections: usize,
    pub host_call: usize,
    pub handles: usize,
    pub table: usize,
    pub events: usize,
    pub events_size: usize,
    pub asks: u32,
    pub log_lines: u32,
    pub log_rate: Rate,
}

impl From<&ChannelLimits> for Limits {
    fn from(limits: &ChannelLimits) -> Self {
        let bytes = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        Self {
            memory: bytes(limits.memory),
            time: limits.time,
            cpu: limits.cpu,
            concurrency: limits.concurrency as usize,
            response: bytes(limits.response),
            fetch_body: bytes(limits.fetch_body),
            fetches: limits.fetches,
            connections: limits.connections as usize,
            host_call: bytes(limits.host_call),
            handles: limits.handles as usize,
            table: limits.table as usize,
            events: limits.events as usize,
            events_size: bytes(limits.events_size),
            asks: limits.asks,
            log_lines: limits.log_lines,
            log_rate: limits.log_rate,
        }
    }
}

/// One channel, as its instances see it.
pub(crate) struct Context {
    /// The channel's label in logs: `rest`, `facebook/acme`.
    pub(crate) label: Arc<str>,
    pub(crate) settings: Settings,
    /// The names of the sealed settings that the connector declares, set or not.
    pub(crate) sealed_names: Vec<String>,
    /// The settings as the connector gets to see them.
    pub(crate) template: Arc<Template>,
    /// Where the value of each setting may go, by its place in `settings`.
    pub(crate) seals: Vec<Seal>,
    pub(crate) limits: Limits,
    pub(crate) egress: Egress,
    pub(crate) redactor: Redactor,
    pub(crate) log_budget: LogBudget,
    pub(crate) turns: Arc<dyn Turns>,
    pub(crate) keep: Arc<dyn Keep>,
    pub(crate) state_limits: StateLimits,
    /// The clients of a channel with a `socketio` route, once it has begun.
    pub(crate) rooms: OnceLock<Arc<dyn Rooms>>,
    /// What the wall clock shows, where it stands still.
    pub(crate) time: Option<Duration>,
}

impl Context {
    /// Whether a line that the connector caused may be written now. To be asked only for one that the log wants.
    pub(crate) fn may_log(&self) -> bool {
        self.log_budget.allows(&self.label)
    }
}

/// Where a sealed setting's value may go.
#[derive(Debug)]
pub(crate) struct Seal {
    pub(crate) hosts: Vec<AllowedHost>,
    /// Into bodies too, not into URLs and headers alone.
    pub(crate) in_body: bool,
}

/// How the bot's answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskMode {
    /// All of it at once.
    Whole,
    /// Each part as soon as the bot has produced it.
    PartByPart,
}

/// Whoever brings a channel's messages to the bot. The runtime hands over and does not look further.
pub trait Turns: Send + Sync + 'static {
    /// Puts a message to the bot in its turn, and gives back the parts of the answer, already lowered to what the
    /// channel renders.
    fn ask(&self, message: Message, mode: AskMode) -> BoxFuture<'_, Result<Reply, BotError>>;
}

/// Whoever keeps what a channel's connector wants to remember.
pub trait Keep: Send + Sync + 'static {
    /// The value under a key.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>>;

    /// What the channel keeps, all in all and under `key`.
    fn usage<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<StateUsage, StoreError>>;

    /// Writes at once.
    fn write(&self, write: StateWrite) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Writes at once where the key holds `expected`; false where it does not.
    fn compare_and_set(
        &self,
        expected: Option<Vec<u8>>,
        write: StateWrite,
    ) -> BoxFuture<'_, Result<bool, StoreError>>;

    /// The time by the host's clock, which never steps back.
    fn now(&self) -> Millis;
}

/// The parts of a bot's answer, in order. After an error the answer is over.
pub struct Reply(Parts);

enum Parts {
    Ready(vec::IntoIter<Part>),
    Coming(BoxStream<'static, Result<Part, BotError>>),
}

impl Reply {
    /// A reply of what the stream yields.
    pub fn new(
        parts: impl futures_util::Stream<Item = Result<Part, BotError>> + Send + 'static,
    ) -> Self {
        Self(Parts::Coming(parts.boxed()))
    }

    /// A reply that is there as a whole.
    #[must_use]
    pub fn ready(parts: Vec<Part>) -> Self {
        Self(Parts::Ready(parts.into_iter()))
    }

    /// The next part, `None` after the last.
    ///
    /// # Errors
    ///
    /// When the bot fails on the way.
    pub async fn next(&mut self) -> Result<Option<Part>, BotError> {
        match &mut self.0 {
            Parts::Ready(parts) => Ok(parts.next()),
            Parts::Coming(parts) => parts.next().await.transpose(),
        }
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}
