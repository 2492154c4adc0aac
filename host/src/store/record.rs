//! What the store tells people: the life of one message, dead letters, depths.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Millis, Uuid};
use crate::bindings::types::{Message, OtherEvent};

/// What happened.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventBody {
    /// A user said something.
    Message(Message),
    /// Anything else.
    Other(OtherEvent),
}

impl EventBody {
    /// The unit of order.
    #[must_use]
    pub fn conversation(&self) -> &str {
        match self {
            Self::Message(message) => &message.conversation,
            Self::Other(other) => &other.conversation,
        }
    }

    /// The platform's address for answers.
    #[must_use]
    pub fn reply(&self) -> Option<&str> {
        match self {
            Self::Message(message) => message.reply.as_deref(),
            Self::Other(other) => other.reply.as_deref(),
        }
    }
}

/// How far an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventState {
    /// It waits for its turn.
    Queued,
    /// The bot answered.
    Done,
    /// The bot did not, and will not be asked again by itself.
    Dead,
    /// Somebody gave it up.
    Dropped,
}

/// How far a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// It waits.
    Queued,
    /// It is on its way.
    Sending,
    /// The platform has it.
    Sent,
    /// It could not be sent, and will not be tried again by itself.
    Failed,
    /// It may have gone out: nobody knows.
    Unknown,
    /// Somebody gave it up.
    Dropped,
}

/// One event on record.
#[derive(Clone, Debug, Serialize)]
pub struct EventRecord {
    /// Its id.
    pub id: Uuid,
    /// The channel's label.
    pub channel: String,
    /// Its conversation.
    pub conversation: String,
    /// The platform's id.
    pub platform_id: Option<String>,
    /// What happened.
    pub body: EventBody,
    /// How far it is.
    pub state: EventState,
    /// How often the bot was asked for nothing.
    pub attempts: u32,
    /// When it was accepted.
    pub received_at: Millis,
    /// When the bot was asked, the last time.
    pub started_at: Option<Millis>,
    /// When that was over.
    pub closed_at: Option<Millis>,
    /// Not to be asked before, where it waits.
    pub due_at: Option<Millis>,
    /// How many of its conversation wait before it.
    pub ahead: u64,
    /// What went wrong last.
    pub error: Option<String>,
}

/// One part on record.
#[derive(Clone, Debug, Serialize)]
pub struct PartRecord {
    /// Its id.
    pub id: Uuid,
    /// The event that it answers.
    pub event: Option<Uuid>,
    /// The channel's label.
    pub channel: String,
    /// To whom.
    pub conversation: String,
    /// What is sent.
    pub content: Value,
    /// How far it is.
    pub state: PartState,
    /// How far the platform says it is.
    pub status: Option<&'static str>,
    /// The platform's id of it.
    pub receipt: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was put into the outbox.
    pub created_at: Millis,
    /// When it was first tried.
    pub first_tried_at: Option<Millis>,
    /// When it was last tried.
    pub tried_at: Option<Millis>,
    /// When that was over.
    pub closed_at: Option<Millis>,
    /// Not to be tried before, where it waits.
    pub due_at: Option<Millis>,
    /// How many parts of its conversation wait before it.
    pub ahead: u64,
    /// What went wrong last.
    pub error: Option<String>,
}

/// Something out of the ordinary that happened to an event or a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// To which of them.
    pub id: Uuid,
    /// When.
    pub at: Millis,
    /// What, in words.
    pub text: String,
}

/// The life of one message.
#[derive(Clone, Debug, Serialize)]
pub struct Life {
    /// The event, where there was one and it is still on record.
    pub event: Option<EventRecord>,
    /// The parts that answer it, in order; or the one part that was asked for.
    pub parts: Vec<PartRecord>,
    /// What was out of the ordinary, in order.
    pub notes: Vec<Note>,
}

/// What could not be done.
#[derive(Clone, Debug, Serialize)]
pub struct DeadLetter {
    /// The event's or part's id.
    pub id: Uuid,
    /// `event` or `part`.
    pub kind: &'static str,
    /// The channel's label.
    pub channel: String,
    /// Its conversation.
    pub conversation: String,
    /// The event or part itself.
    pub payload: Value,
    /// `dead`, `failed` or `unknown`.
    pub state: &'static str,
    /// Why.
    pub error: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it came.
    pub created_at: Millis,
    /// When it was given up.
    pub dead_at: Millis,
}

/// Which dead letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letters {
    /// This one alone.
    pub id: Option<Uuid>,
    /// Of this channel alone, by its label.
    pub channel: Option<String>,
    /// Only those after this one, in the order in which they are listed.
    pub after: Option<Uuid>,
}

/// What waits on one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    /// The channel's label.
    pub channel: String,
    /// Events that wait for the bot.
    pub turns: u64,
    /// Parts that wait to be sent.
    pub parts: u64,
    /// Dead letters.
    pub dead: u64,
}
