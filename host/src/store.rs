//! What must outlast the process: events that were accepted, parts that are to be sent, what connectors remember.
//!
//! [`Store`] is what delivery asks of a database, in the terms of delivery: every call is one transaction, on disk when
//! it returns. Several nodes may share one store, so whoever works on a conversation owns its lane; a write by a node
//! that has lost the lane is refused. Time comes in with each call, so that tests own it. The store knows nothing of
//! bots and platforms.

mod record;
mod sqlite;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub use self::record::{
    DeadLetter, Depth, EventBody, EventRecord, EventState, Letters, Life, Note, PartRecord,
    PartState,
};
pub use self::sqlite::{OpenError, Sqlite};
use crate::bindings::types::{DeliveryStatus, Part, StatusUpdate};
pub use crate::config::OnUnknown;
pub use uuid::Uuid;

/// Milliseconds since 1970-01-01 UTC.
pub type Millis = i64;

/// A process that works on a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node(pub i64);

/// A channel as the store counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChannelId(pub i64);

/// A conversation as the store counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lane(pub i64);

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// It cannot be reached, or cannot write: disk full, read-only, gone. Nothing was written. Try again later.
    Unavailable(String),
    /// The lane belongs to another node by now. Nothing was written; whatever was done for it is that node's to do again.
    Lost,
    /// A connector wants to keep more than its channel may; which limit.
    Full(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(text) => write!(f, "the store cannot be used: {text}"),
            Self::Lost => f.write_str("the conversation is another node's by now"),
            Self::Full(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for StoreError {}

/// What a call gives back.
pub type Stored<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// What a connector wrote, to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateWrite {
    /// At most 256 bytes.
    pub key: String,
    /// `None` removes the key.
    pub value: Option<Vec<u8>>,
    /// Until when; `None` is for good.
    pub expires_at: Option<Millis>,
}

/// How much one channel's connector may keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateLimits {
    /// Keys and values together, bytes.
    pub bytes: u64,
    /// Keys.
    pub keys: u64,
}

/// How much one channel's connector keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateUsage {
    /// Keys and values together, bytes.
    pub bytes: u64,
    /// Keys.
    pub keys: u64,
    /// What the key that was asked for takes, bytes; `None` if there is none.
    pub old: Option<u64>,
}

impl StateUsage {
    /// What it is after `value` is put under a key of `key` bytes.
    ///
    /// # Errors
    ///
    /// When that is more than `limits` allow.
    pub fn with(
        mut self,
        key: usize,
        value: usize,
        limits: StateLimits,
    ) -> Result<Self, StoreError> {
        let new = (key + value) as u64;
        self.bytes = self.bytes.saturating_sub(self.old.unwrap_or(0)) + new;
        self.keys += u64::from(self.old.is_none());
        self.old = Some(new);
        let over = |what: &str| {
            Err(StoreError::Full(format!(
                "the channel would keep more than its `limits.{what}`"
            )))
        };
        if self.bytes > limits.bytes {
            return over("state");
        }
        if self.keys > limits.keys {
            return over("state_keys");
        }
        Ok(self)
    }
}

/// One event to take over.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id from here on.
    pub id: Uuid,
    /// The platform's id; `None` is never taken for a repetition.
    pub platform_id: Option<String>,
    /// What happened.
    pub body: EventBody,
}

/// What one `receive` accepted: all of it is kept, or nothing.
#[derive(Clone, Debug)]
pub struct Accept {
    /// Whose.
    pub channel: ChannelId,
    /// In order.
    pub events: Vec<NewEvent>,
    /// News of parts sent before.
    pub statuses: Vec<StatusUpdate>,
    /// What the connector remembers.
    pub state: Vec<StateWrite>,
    /// How long the platform's ids are remembered.
    pub dedupe: Duration,
    /// How many lanes the node can start on at once.
    pub room: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Accepted {
    /// Events that were new.
    pub taken: usize,
    /// Events seen before.
    pub duplicates: usize,
    /// Parts that the platform could not deliver after all: their ids.
    pub failed: Vec<Uuid>,
    /// The first turns of lanes that were idle, now the node's.
    pub turns: Vec<Turn>,
}

/// An event whose turn it is; its lane is the node's until the turn is closed.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Its place in the order of arrival.
    pub event: i64,
    /// Its id.
    pub id: Uuid,
    /// Its lane.
    pub lane: Lane,
    /// What happened.
    pub body: EventBody,
    /// The platform's id.
    pub platform_id: Option<String>,
    /// When it was accepted.
    pub received_at: Millis,
    /// How often the bot was asked for nothing.
    pub attempts: u32,
    /// When it was first asked for nothing.
    pub failing_since: Option<Millis>,
}

/// How a turn ended.
#[derive(Clone, Debug)]
pub enum TurnEnd {
    /// The bot answered; the parts go out in this order.
    Answered(Vec<NewPart>),
    /// It will be asked again, not before `at`.
    Again {
        /// When.
        at: Millis,
        /// Why.
        error: String,
    },
    /// Nobody will ask again by itself.
    Dead {
        /// Why.
        error: String,
    },
    /// The node gives it back as it was.
    Untouched,
}

/// A turn to close.
#[derive(Clone, Debug)]
pub struct CloseTurn {
    /// The event.
    pub event: i64,
    /// Its lane.
    pub lane: Lane,
    /// When the bot was asked.
    pub started_at: Millis,
    /// How it ended.
    pub end: TurnEnd,
    /// Whether the node wants the lane's next turn.
    pub go_on: bool,
    /// Whether the node can start to send at once.
    pub start: bool,
}

/// What a closed turn leads to.
#[derive(Debug, Default)]
pub struct TurnClosed {
    /// The lane's next turn, now the node's.
    pub next: Option<Turn>,
    /// The first part to send, marked as being sent.
    pub send: Option<Send>,
}

/// One part to keep.
#[derive(Clone, Debug)]
pub struct NewPart {
    /// Its id, which every attempt gives to the platform.
    pub id: Uuid,
    /// The part, lowered.
    pub part: Part,
    /// Where it goes; `None`: the conversation's latest address.
    pub reply: Option<String>,
}

/// Parts that no event asked for.
#[derive(Clone, Debug)]
pub struct Enqueue {
    /// On which channel.
    pub channel: ChannelId,
    /// To whom.
    pub conversation: String,
    /// In order.
    pub parts: Vec<NewPart>,
    /// Whether the node can start to send at once.
    pub start: bool,
}

/// A part that is being sent: it is on record as such, and its lane is the node's until the send is closed.
#[derive(Clone, Debug)]
pub struct Send {
    /// Its place in the order.
    pub part: i64,
    /// Its id.
    pub id: Uuid,
    /// Its lane.
    pub lane: Lane,
    /// To whom.
    pub conversation: String,
    /// Where it goes.
    pub reply: Option<String>,
    /// What to send.
    pub content: Part,
    /// The number of this attempt, from 1.
    pub attempt: u32,
    /// How many attempts before this one had an outcome that nobody knows.
    pub unknowns: u32,
    /// When it was put into the outbox.
    pub created_at: Millis,
    /// When it was first tried.
    pub first_tried_at: Millis,
}

/// How a send ended.
#[derive(Clone, Debug)]
pub enum SendEnd {
    /// The platform has it.
    Sent {
        /// The platform's id of it.
        receipt: Option<String>,
    },
    /// It will be tried again, not before `at`.
    Again {
        /// When.
        at: Millis,
        /// Why.
        error: String,
        /// Whether it may have gone out.
        unknown: bool,
    },
    /// It will not be tried again by itself.
    Failed {
        /// Why.
        error: String,
    },
    /// It may have gone out, and will not be tried again by itself.
    Unknown {
        /// Why.
        error: String,
    },
    /// It was not tried after all; not before `at`.
    Untried {
        /// When.
        at: Millis,
    },
}

/// A send to close.
#[derive(Clone, Debug)]
pub struct CloseSend {
    /// The part.
    pub part: i64,
    /// Its lane.
    pub lane: Lane,
    /// How it ended.
    pub end: SendEnd,
    /// Whether the node can start on the lane's next part at once.
    pub start: bool,
}

/// Work that a node took.
#[derive(Debug)]
pub struct Claimed<T> {
    /// The work, a lane each.
    pub work: Vec<T>,
    /// When more is due, as far as is known now; `None` when nothing waits.
    pub next_due: Option<Millis>,
}

/// How long what is finished stays.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Answered events and sent parts.
    pub finished: Duration,
    /// Dead letters.
    pub dead: Duration,
    /// Conversations that nobody used.
    pub conversations: Duration,
}

/// What was found of a node that is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Turns that were cut off; the bot is asked again.
    pub turns: u64,
    /// Sends that were cut off, by channel.
    pub sends: Vec<CutOff>,
}

/// Sends of one channel that were cut off, so that nobody knows whether they arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CutOff {
    /// The channel's label.
    pub channel: String,
    /// Made again.
    pub resent: u64,
    /// Among the dead letters.
    pub parked: u64,
}

/// A database, in the terms of delivery.
pub trait Store: fmt::Debug + std::marker::Send + Sync {
    /// Whether other processes may work on it at the same time.
    fn shared(&self) -> bool;

    /// Whether somebody else wrote since this was last asked.
    fn changed_elsewhere(&self) -> Stored<'_, bool>;

    /// Joins the nodes of this store.
    fn join(&self, now: Millis) -> Stored<'_, Node>;

    /// Says that the node lives. False if others took it for dead.
    fn heartbeat(&self, node: Node, now: Millis) -> Stored<'_, bool>;

    /// Takes back what nodes hold that were last heard of before `silent_since`, and all that was to happen later than
    /// `latest` is to happen now: such times come from a clock that was wrong.
    fn recover(
        &self,
        node: Node,
        silent_since: Millis,
        latest: Millis,
        now: Millis,
    ) -> Stored<'_, Recovered>;

    /// The channel of this label, made if need be.
    fn channel(&self, label: &str, on_unknown: OnUnknown) -> Stored<'_, ChannelId>;

    /// Takes over events; on disk when this returns.
    fn accept(&self, node: Node, accept: Accept, now: Millis) -> Stored<'_, Accepted>;

    /// Takes lanes of a channel with an event that is due, the longest waiting first.
    fn claim_turns(
        &self,
        node: Node,
        channel: ChannelId,
        limit: usize,
        now: Millis,
    ) -> Stored<'_, Claimed<Turn>>;

    /// Closes a turn; its parts are in the outbox when this returns.
    fn close_turn(&self, node: Node, close: CloseTurn, now: Millis) -> Stored<'_, TurnClosed>;

    /// Puts parts into the outbox.
    fn enqueue(&self, node: Node, enqueue: Enqueue, now: Millis) -> Stored<'_, Option<Send>>;

    /// Lets the conversation's parts be due now that were to be later. Whether there are such.
    fn hasten(&self, channel: ChannelId, conversation: &str, now: Millis) -> Stored<'_, bool>;

    /// Takes lanes of a channel with a part that is due, and marks these parts as being sent.
    fn claim_sends(
        &self,
        node: Node,
        channel: ChannelId,
        limit: usize,
        now: Millis,
    ) -> Stored<'_, Claimed<Send>>;

    /// Closes a send, and gives the next part of the lane where it may start.
    fn close_send(&self, node: Node, close: CloseSend, now: Millis) -> Stored<'_, Option<Send>>;

    /// What a connector keeps under a key.
    fn state(&self, channel: ChannelId, key: &str, now: Millis) -> Stored<'_, Option<Vec<u8>>>;

    /// What the channel's connector keeps, all in all and under `key`.
    fn state_usage(&self, channel: ChannelId, key: &str) -> Stored<'_, StateUsage>;

    /// Writes at once.
    fn write_state(
        &self,
        channel: ChannelId,
        writes: Vec<StateWrite>,
        limits: StateLimits,
        now: Millis,
    ) -> Stored<'_, ()>;

    /// Writes where the key holds `expected` (`None`: nothing); false where it holds something else.
    fn compare_and_set(
        &self,
        channel: ChannelId,
        expected: Option<Vec<u8>>,
        write: StateWrite,
        limits: StateLimits,
        now: Millis,
    ) -> Stored<'_, bool>;

    /// The label of the channel on which a conversation's latest message came.
    fn latest_channel(&self, conversation: &str) -> Stored<'_, Option<String>>;

    /// The life of one message: by the id of an event or part, the platform's id of an event, or a receipt. The newest
    /// where several fit.
    fn life(&self, id: &str) -> Stored<'_, Option<Life>>;

    /// Dead letters, oldest first.
    fn dead_letters(&self, letters: Letters, limit: usize) -> Stored<'_, Vec<DeadLetter>>;

    /// Puts dead letters back where they were; how many.
    fn replay(&self, letters: Letters, now: Millis) -> Stored<'_, u64>;

    /// Gives dead letters up; how many.
    fn drop_letters(&self, letters: Letters, now: Millis) -> Stored<'_, u64>;

    /// What waits, by channel.
    fn depths(&self) -> Stored<'_, Vec<Depth>>;

    /// Removes some of what is old; how many rows, 0 when there is no more.
    fn sweep(&self, retention: Retention, now: Millis) -> Stored<'_, u64>;
}

/// How far a status is from the start: it never moves backwards. A failure after the platform had said that it delivered
/// is not news.
#[must_use]
pub(crate) fn rank(status: DeliveryStatus) -> i64 {
    match status {
        DeliveryStatus::Queued => 1,
        DeliveryStatus::Sent => 2,
        DeliveryStatus::Failed => 3,
        DeliveryStatus::Delivered => 4,
        DeliveryStatus::Read => 5,
    }
}
