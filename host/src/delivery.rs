//! The way of a message: onto the record, to the bot in its conversation's turn, and the answer out.
//!
//! Everything that a platform was told is taken is in the store by then, and so is everything that is to be sent. What runs
//! here is bounded; what waits, waits in the store, and a start takes up what the last one left. `turns` has the way to the
//! bot, `sends` the way out, `ask` the questions of those who wait for the answer. Delivery knows nothing of HTTP.

mod admin;
mod ask;
mod backoff;
mod breaker;
mod clock;
mod keep;
mod lanes;
mod metrics;
mod pace;
mod sends;
mod turns;
mod typing;
mod upkeep;
mod verdict;
mod wake;
mod work;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::admin::{AdminError, Posted, Triggered};
use self::ask::ChannelTurns;
pub(crate) use self::backoff::delay as retry_delay;
use self::clock::Clock;
use self::keep::ChannelKeep;
use self::lanes::Lanes;
use self::metrics::Metrics;
pub use self::work::Policy;
use self::work::Work;
use crate::bindings::connector::Rendering;
use crate::bindings::types::{BotError, Event, Message};
use crate::bot::Bot;
use crate::config::{RetryConfig, StoreConfig};
use crate::content::answer::TooMuch;
use crate::content::responses::Responses;
use crate::runtime::{Channel, Keep, Turns};
use crate::store::{
    Accept, EventBody, NewEvent, Node, StateLimits, StateWrite, Store, StoreError, Stored, Uuid,
};

/// How often a write is tried again that must not be lost.
const INSIST: Duration = Duration::from_millis(500);

/// For the last writes of a stop, after its time is up.
const LAST_WRITES: Duration = Duration::from_secs(2);

/// Brings messages to the bot and its answers out.
#[derive(Debug)]
pub struct Delivery {
    bot: Bot,
    responses: Responses,
    retry: RetryConfig,
    keeping: StoreConfig,
    clock: Clock,
    metrics: Metrics,
    lanes: Lanes,
    channels: Mutex<Vec<(Arc<Channel>, Policy)>>,
    running: OnceLock<Running>,
    /// Turns and sends.
    tasks: TaskTracker,
    /// Those who start them.
    dispatchers: TaskTracker,
    /// No new turns.
    stopping: CancellationToken,
    /// Nothing any more.
    cut: CancellationToken,
    /// Sends that were on their way when it came.
    cut_off: AtomicUsize,
}

/// What there is once the store can be used.
#[derive(Debug)]
struct Running {
    store: Arc<dyn Store>,
    node: Node,
    /// By label.
    work: HashMap<Arc<str>, Arc<Work>>,
}

/// Why events were not taken. Nothing of them is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// As many messages wait as may.
    Full,
    /// The store cannot be used; why.
    Unavailable(String),
}

impl Delivery {
    /// Delivery to `bot`.
    #[must_use]
    pub fn new(
        bot: Bot,
        responses: Responses,
        retry: RetryConfig,
        keeping: StoreConfig,
    ) -> Arc<Self> {
        Arc::new(Self {
            bot,
            responses,
            retry,
            keeping,
            clock: Clock::default(),
            metrics: Metrics::default(),
            lanes: Lanes::default(),
            channels: Mutex::default(),
            running: OnceLock::new(),
            tasks: TaskTracker::new(),
            dispatchers: TaskTracker::new(),
            stopping: CancellationToken::new(),
            cut: CancellationToken::new(),
            cut_off: AtomicUsize::new(0),
        })
    }

    /// The bot that answers.
    #[must_use]
    pub fn bot(&self) -> &Bot {
        &self.bot
    }

    /// The way to the bot for one channel, `label`, whose connector calls itself `name` and renders `renders`.
    #[must_use]
    pub fn turns(self: &Arc<Self>, label: &str, name: &str, renders: Rendering) -> Arc<dyn Turns> {
        Arc::new(ChannelTurns {
            delivery: Arc::downgrade(self),
            label: label.into(),
            name: name.to_owned(),
            renders,
        })
    }

    /// Where the connector of the channel `label` keeps what it wants to remember.
    #[must_use]
    pub fn keep(self: &Arc<Self>, label: &str, limits: StateLimits) -> Arc<dyn Keep> {
        Arc::new(ChannelKeep {
            delivery: Arc::downgrade(self),
            label: label.into(),
            limits,
        })
    }

    /// Takes up a channel. All of them come before the start.
    pub fn add(&self, channel: Arc<Channel>, policy: Policy) {
        self.channels
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((channel, policy));
    }

    /// Begins to work: at once, or where the store cannot be used, as soon as it can. Until then nothing is accepted.
    pub async fn start(self: &Arc<Self>, store: Arc<dyn Store>) {
        upkeep::start(self, store).await;
    }

    /// Takes over what a call accepted, and what its connector keeps: all of it or nothing, on disk when this returns.
    ///
    /// # Errors
    ///
    /// When too many messages wait already, or the store cannot be used.
    pub async fn accept(
        self: &Arc<Self>,
        channel: &Channel,
        events: Vec<Event>,
        state: Vec<StateWrite>,
    ) -> Result<(), NotTaken> {
        if events.is_empty() && state.is_empty() {
            return Ok(());
        }
        let (delivery, label) = (self.clone(), channel.label().clone());
        // In a task of its own: a lane must not be left alone because the caller hung up.
        let taking = tokio::spawn(async move { delivery.take(&label, events, state).await });
        taking
            .await
            .unwrap_or_else(|error| Err(NotTaken::Unavailable(error.to_string())))
    }

    /// Somebody has come who may take what waits for a conversation: it goes out.
    pub fn arrived(self: &Arc<Self>, label: &Arc<str>, conversation: &str) {
        let (delivery, label) = (self.clone(), label.clone());
        let conversation = conversation.to_owned();
        self.tasks.spawn(async move {
            let Some(running) = delivery.running() else {
                return;
            };
            let Some(work) = running.work.get(&label) else {
                return;
            };
            let now = delivery.clock.now();
            match running.store.hasten(work.id, &conversation, now).await {
                Ok(true) => work.sends_due.now(),
                Ok(false) => {}
                // What waits is looked at now and then all the same.
                Err(error) => {
                    tracing::debug!(channel = &*label, "what waits goes out later: {error}");
                }
            }
        });
    }

    async fn take(
        self: &Arc<Self>,
        label: &Arc<str>,
        events: Vec<Event>,
        state: Vec<StateWrite>,
    ) -> Result<(), NotTaken> {
        let started = Instant::now();
        let mut new = Vec::with_capacity(events.len());
        let mut statuses = Vec::new();
        for event in events {
            let (platform_id, body) = match event {
                Event::Message(message) => (message.id.clone(), EventBody::Message(message)),
                Event::Other(other) => (other.id.clone(), EventBody::Other(other)),
                Event::Status(status) => {
                    statuses.push(status);
                    continue;
                }
            };
            new.push(NewEvent {
                id: Uuid::now_v7(),
                platform_id,
                body,
            });
        }
        let count = new.len();
        let refuse = |error: NotTaken| {
            self.metrics.refused(label, count);
            error
        };
        let unavailable = |text: &str| refuse(NotTaken::Unavailable(text.to_owned()));
        let running = self
            .running()
            .ok_or_else(|| unavailable("it is not open yet"))?;
        let work = running
            .work
            .get(label)
            .ok_or_else(|| unavailable("it does not know the channel"))?;
        if !work.has_room(count) {
            return Err(refuse(NotTaken::Full));
        }
        let mut places = Vec::new();
        while let (true, Ok(place)) = (
            places.len() < count && !self.stopping.is_cancelled(),
            work.turns.clone().try_acquire_owned(),
        ) {
            places.push(place);
        }
        let accept = Accept {
            channel: work.id,
            events: new,
            statuses,
            state,
            dedupe: self.keeping.dedupe,
            room: places.len(),
        };
        let accepted = running
            .store
            .accept(running.node, accept, self.clock.now())
            .await
            .map_err(|error| unavailable(&error.to_string()))?;
        self.metrics.accepted(
            label,
            accepted.taken,
            accepted.duplicates,
            started.elapsed(),
        );
        work.add_queued(i64::try_from(accepted.taken).unwrap_or(i64::MAX));
        for part in &accepted.failed {
            self.metrics.dead(label, "part");
            tracing::error!(
                channel = &**label,
                %part,
                "the platform took the part and could not deliver it; it is among the dead letters; hint: `switchboard \
                 explain {part}`"
            );
        }
        if accepted.turns.len() < accepted.taken {
            work.turns_due.now();
        }
        for (turn, place) in accepted.turns.into_iter().zip(places) {
            turns::start(self, work, turn, place);
        }
        Ok(())
    }

    /// Ends: no new turns; what is with the bot or has an answer is finished, `bound` at the longest. What waits is in the
    /// store for the next start, a message that the bot had not answered by then as if it had never been asked. False if a
    /// part was on its way, so that nobody knows whether it went out.
    pub async fn drain(self: &Arc<Self>, bound: Duration) -> bool {
        self.stopping.cancel();
        self.tasks.close();
        let _ = tokio::time::timeout(bound, self.finish()).await;
        self.cut.cancel();
        self.dispatchers.close();
        let ended = async {
            self.tasks.wait().await;
            self.dispatchers.wait().await;
        };
        let ended = tokio::time::timeout(LAST_WRITES, ended).await.is_ok();
        self.tell_what_waits().await;
        let cut_off = self.cut_off.load(Ordering::Relaxed);
        if cut_off > 0 {
            tracing::warn!(
                parts = cut_off,
                "parts were on their way: the next start cannot know whether they went out"
            );
        }
        ended && cut_off == 0
    }

    /// Until nothing runs and nothing more can be sent at once.
    async fn finish(self: &Arc<Self>) {
        loop {
            self.tasks.wait().await;
            let mut claimed = 0;
            for work in self.running().into_iter().flat_map(|r| r.work.values()) {
                if let Ok(place) = work.sends.clone().try_acquire_owned() {
                    claimed += sends::claim(self, work, place).await;
                }
            }
            if claimed == 0 && self.tasks.is_empty() {
                return;
            }
        }
    }

    async fn tell_what_waits(&self) {
        let Some(running) = self.running() else {
            return;
        };
        let Ok(depths) = running.store.depths().await else {
            return;
        };
        let messages: u64 = depths.iter().map(|depth| depth.turns).sum();
        let parts: u64 = depths.iter().map(|depth| depth.parts).sum();
        if messages + parts > 0 {
            tracing::info!(
                messages,
                parts,
                "what waits is in the store for the next start"
            );
        }
    }

    fn running(&self) -> Option<&Running> {
        self.running.get()
    }

    fn channels(&self) -> Vec<(Arc<Channel>, Policy)> {
        self.channels
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn wake(&self, work: &[Arc<Work>]) {
        for work in work {
            work.turns_due.now();
            work.sends_due.now();
        }
    }

    /// Makes the counts of what waits true.
    async fn count(&self) {
        let Some(running) = self.running() else {
            return;
        };
        let Ok(depths) = running.store.depths().await else {
            return;
        };
        for depth in &depths {
            if let Some(work) = running.work.get(depth.channel.as_str()) {
                work.set_queued(depth.turns);
            }
        }
        self.metrics.depths(&depths);
    }

    /// Writes what must not be lost, and again while the store cannot be used: what the bot said, and what was sent.
    /// `None` where that was in vain.
    async fn insist<'a, T>(
        &'a self,
        channel: &str,
        mut write: impl FnMut() -> Stored<'a, T>,
    ) -> Option<T> {
        let mut has_complained = false;
        loop {
            match write().await {
                Ok(written) => return Some(written),
                Err(error @ (StoreError::Lost | StoreError::Full(_))) => {
                    tracing::warn!(channel, "what was done is not on record: {error}");
                    return None;
                }
                Err(StoreError::Unavailable(text)) if !has_complained => {
                    tracing::error!(
                        channel,
                        "what was done cannot be put on record, which is tried again: {text}"
                    );
                    has_complained = true;
                }
                Err(StoreError::Unavailable(_)) => {}
            }
            tokio::select! {
                () = tokio::time::sleep(INSIST) => {}
                () = self.cut.cancelled() => {
                    // One last time.
                    return write().await.ok();
                }
            }
        }
    }
}

/// The error's text for people.
pub(crate) fn bot_error_text(error: &BotError) -> &str {
    match error {
        BotError::Unavailable(text)
        | BotError::TimedOut(text)
        | BotError::InvalidAnswer(text)
        | BotError::Overloaded(text)
        | BotError::InvalidMessage(text)
        | BotError::NotAvailable(text) => text,
    }
}

fn too_much(error: TooMuch) -> BotError {
    BotError::InvalidAnswer(format!("the bot's answer cannot be sent: {error}"))
}

/// As Rasa does, so that `"\n/restart\n"` is `/restart`.
fn trim(message: &mut Message) {
    if let Some(text) = &mut message.text
        && text.trim().len() != text.len()
    {
        *text = text.trim().to_owned();
    }
}
