//! What the host keeps for one instance of a connector, and for the call that it is serving.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use super::context::{Context, Limits};
use super::engine::TICK;
use super::sealed::Placeholders;
use super::stage::Standing;
use super::stderr::Stderr;
use super::watch::Watch;
use crate::bindings::types::{Event, Header};
use crate::store::StateWrite;

/// Random bytes that a connector may ask for at a time.
const MAX_RANDOM: u64 = 64 << 10;

/// The head of a response that is written while it is made; its body follows through the channel.
pub(crate) struct StreamedResponse {
    pub(crate) status: u16,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: mpsc::Receiver<Bytes>,
    /// Resolves to an error where the body is over and not whole.
    pub(crate) whole: oneshot::Receiver<()>,
}

/// Where `response.begin` stands in this call.
pub(crate) enum Streaming {
    /// The call is not an inbound one.
    Unavailable,
    /// The call is an inbound one without a response: a client's, over Socket.IO.
    NoResponse,
    NotBegun(oneshot::Sender<StreamedResponse>),
    Begun {
        body: mpsc::Sender<Bytes>,
        whole: oneshot::Sender<()>,
    },
}

impl Streaming {
    /// The call is over: ends the body, as a whole one only if the call ended well.
    pub(crate) fn end(&mut self, well: bool) {
        let begun = std::mem::replace(self, Self::Unavailable);
        if let Self::Begun { whole, .. } = begun
            && well
        {
            // Whoever read it may be gone.
            let _ = whole.send(());
        }
    }
}

/// The call that an instance is serving.
pub(crate) struct Call {
    pub(crate) watch: Arc<Watch>,
    pub(crate) events: Vec<Event>,
    /// What they take, bytes.
    pub(crate) events_size: usize,
    /// Questions put to the bot.
    pub(crate) asks: u32,
    /// What an inbound call wants to keep, until it has ended well; `None` in other calls.
    pub(crate) state: Option<Vec<StateWrite>>,
    pub(crate) streaming: Streaming,
    /// Bytes of the streamed body.
    pub(crate) streamed: usize,
    pub(crate) log_lines: u32,
    /// The operator knows that it reached a limit.
    limit_told: bool,
    cpu: Duration,
}

impl Call {
    /// A call that may run for `time` by the clock on the wall, waiting for the bot aside, and compute for `cpu`.
    pub(crate) fn new(time: Duration, cpu: Duration, streaming: Streaming) -> Self {
        Self {
            watch: Arc::new(Watch::start(time)),
            events: Vec::new(),
            events_size: 0,
            asks: 0,
            state: (!matches!(streaming, Streaming::Unavailable)).then(Vec::new),
            streaming,
            streamed: 0,
            log_lines: 0,
            limit_told: false,
            cpu,
        }
    }
}

/// Everything that the imports of one instance work with.
pub(crate) struct State {
    pub(crate) context: Arc<Context>,
    pub(crate) call: Call,
    pub(crate) memory: MemoryLimiter,
    /// Made when the connector asks for its settings, with the settings that it got.
    pub(crate) placeholders: Option<(Placeholders, String)>,
    /// Answers of the bot that the connector has not let go of. Each keeps its conversation waiting.
    pub(crate) open_replies: u32,
    pub(crate) stderr: Stderr,
    pub(crate) table: ResourceTable,
    /// Made when the connector first asks for something of WASI, which most never do: it takes a microsecond, a
    /// thirtieth of what a fresh instance for a call does.
    wasi: Option<Box<WasiCtx>>,
}

impl State {
    pub(crate) fn new(context: Arc<Context>, call: Call) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(context.limits.handles);
        Self {
            memory: MemoryLimiter::new(&context.limits),
            context,
            call,
            placeholders: None,
            open_replies: 0,
            stderr: Stderr::default(),
            table,
            wasi: None,
        }
    }

    /// Sees what leaves as it is.
    pub(crate) fn note_exposed(&self, text: &[u8]) {
        if let Some((placeholders, _)) = &self.placeholders {
            placeholders.note_exposed(text);
        }
    }

    /// The same for what is no text by itself.
    pub(crate) fn note_exposed_in(&self, value: &impl fmt::Debug) {
        if let Some((placeholders, _)) = &self.placeholders
            && !placeholders.is_empty()
        {
            placeholders.note_exposed(format!("{value:?}").as_bytes());
        }
    }

    /// Whether another call can be served: nobody outside knows what is sealed in here, and nobody waits for what was
    /// left open.
    pub(crate) fn is_reusable(&self) -> bool {
        let placeholders = self.placeholders.as_ref();
        self.open_replies == 0 && !placeholders.is_some_and(|(all, _)| all.are_exposed())
    }

    /// Called at each tick of the engine's clock in which the connector computes: gives way to others, until the
    /// call's time is used up. The plain yield would put this task in front of all others again, timers included.
    pub(crate) fn tick(&mut self) -> UpdateDeadline {
        let meter = &self.call.watch.meter;
        let (at_once, in_all) = meter.tick();
        if in_all > self.call.cpu {
            return UpdateDeadline::Interrupt;
        }
        if at_once < TICK / 2 {
            // The clock ticked while it waited.
            return UpdateDeadline::Continue(1);
        }
        meter.gives_way();
        UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()))
    }

    /// The call reached a limit, which the connector is told, and may keep to itself: so the operator is told too, once a
    /// call. Gives the text back.
    pub(crate) fn limited(&mut self, text: String) -> String {
        let told = std::mem::replace(&mut self.call.limit_told, true);
        if !told && self.context.may_log() {
            tracing::warn!(
                channel = &*self.context.label,
                "the connector reached a limit: {text}"
            );
        }
        text
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi.get_or_insert_with(|| {
            let mut context = WasiCtxBuilder::new();
            context
                .stdout(self.stderr.clone())
                .stderr(self.stderr.clone())
                .max_random_size(MAX_RANDOM);
            if let Some(time) = self.context.time {
                context.wall_clock(Standing(time));
            }
            Box::new(context.build())
        });
        WasiCtxView {
            ctx: wasi,
            table: &mut self.table,
        }
    }
}

/// Counts the linear memory of an instance, all of its memories together, and remembers a refusal: the connector only
/// sees that it failed to grow, and aborts, which tells nobody anything.
pub(crate) struct MemoryLimiter {
    limit: usize,
    used: usize,
    /// Entries of a table of functions.
    table_limit: usize,
    pub(crate) refused: bool,
    pub(crate) table_refused: bool,
}

impl MemoryLimiter {
    fn new(limits: &Limits) -> Self {
        Self {
            limit: limits.memory,
            used: 0,
            table_limit: limits.table,
            refused: false,
            table_refused: false,
        }
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let used = self.used.saturating_add(desired.saturating_sub(current));
        if used > self.limit {
            self.refused = true;
            return Ok(false);
        }
        self.used = used;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.table_refused |= desired > self.table_limit;
        Ok(desired <= self.table_limit)
    }
}
