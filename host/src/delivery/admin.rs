//! What people and programs ask of delivery beside the platforms: to send, to trigger, to replay.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::work::Work;
use super::{Delivery, Running, sends};
use crate::bindings::types::Message;
use crate::content::answer::{self, Budget};
use crate::store::{
    Accept, Enqueue, EventBody, Letters, NewEvent, NewPart, Store, StoreError, Uuid,
};

/// The longest conversation id, bytes: the contract's.
const MAX_CONVERSATION: usize = 4_096;

/// The channel of a conversation's latest message.
const LATEST: &str = "latest";

/// Parts that are in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The channel's label.
    pub channel: String,
    /// Their ids, in order.
    pub ids: Vec<Uuid>,
}

/// An event that waits for the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Triggered {
    /// The channel's label.
    pub channel: String,
    /// Its id.
    pub id: Uuid,
}

/// Why a request came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminError {
    /// No channel has this name.
    UnknownChannel {
        /// The name.
        wanted: String,
        /// The labels of those there are.
        known: Vec<String>,
    },
    /// Several accounts on a connector have this name.
    AmbiguousChannel {
        /// The name.
        wanted: String,
        /// Their labels.
        labels: Vec<String>,
    },
    /// `latest` of a conversation in which nobody has written.
    UnknownConversation(String),
    /// As many messages wait on the channel as may.
    Overloaded,
    /// The store.
    Store(StoreError),
    /// The request itself; what is wrong with it.
    Invalid(String),
}

impl fmt::Display for AdminError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownChannel { wanted, known } => {
                write!(
                    f,
                    "there is no channel `{wanted}`; there are: {}",
                    known.join(", ")
                )
            }
            Self::AmbiguousChannel { wanted, labels } => {
                write!(
                    f,
                    "`{wanted}` has several accounts; name one of {}",
                    labels.join(", ")
                )
            }
            Self::UnknownConversation(id) => {
                write!(
                    f,
                    "nobody has written in the conversation `{id}` yet, so it has no latest channel; name one"
                )
            }
            Self::Overloaded => f.write_str("too many messages wait on the channel already"),
            Self::Store(error) => error.fmt(f),
            Self::Invalid(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for AdminError {}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Delivery {
    /// Puts replies in Rasa's shape into the outbox of a conversation. `channel` is a label, a connector's name where it
    /// has one account, or `latest`.
    ///
    /// # Errors
    ///
    /// When there is no such channel, nothing to send, or no store.
    pub async fn post(
        self: &Arc<Self>,
        channel: &str,
        conversation: &str,
        replies: Vec<Value>,
    ) -> Result<Posted, AdminError> {
        let running = self.ready()?;
        check_conversation(conversation)?;
        let work = self.find(running, channel, conversation).await?;
        let connector = work.channel.connector();
        let renders = &connector.description.renders;
        let mut budget = Budget::default();
        let mut parts: Vec<NewPart> = Vec::new();
        for reply in replies {
            let said = answer::parts(
                reply,
                &self.responses,
                &connector.name,
                renders,
                &mut budget,
            )
            .map_err(|too_much| AdminError::Invalid(too_much.to_string()))?;
            parts.extend(said.into_iter().map(|part| NewPart {
                id: Uuid::now_v7(),
                part,
                reply: None,
            }));
        }
        if parts.is_empty() {
            let text = "there is nothing to send: a reply has `text`, `buttons`, `image`, `custom` or the like";
            return Err(AdminError::Invalid(text.into()));
        }
        let ids = parts.iter().map(|part| part.id).collect();
        let ready = work.ready_to_send();
        let enqueue = Enqueue {
            channel: work.id,
            conversation: conversation.to_owned(),
            parts,
            start: ready.is_some(),
        };
        // In a task of its own: a lane must not be left alone because the caller hung up.
        let delivery = self.clone();
        let label = work.label().to_owned();
        let enqueued = self.tasks.spawn(async move {
            let Some(running) = delivery.running() else {
                return Err(not_open());
            };
            let now = delivery.clock.now();
            let send = running.store.enqueue(running.node, enqueue, now).await?;
            match (send, ready) {
                (Some(send), Some(ready)) => sends::start(&delivery, &work, send, ready),
                _ => work.sends_due.now(),
            }
            Ok(())
        });
        enqueued.await.map_err(|_| not_open())??;
        Ok(Posted {
            channel: label,
            ids,
        })
    }

    /// Puts a message to the bot as if somebody had written it; the answer goes out on the channel.
    ///
    /// # Errors
    ///
    /// As for `post`, and when too many messages wait.
    pub async fn trigger(
        self: &Arc<Self>,
        channel: &str,
        conversation: &str,
        text: String,
    ) -> Result<Triggered, AdminError> {
        let running = self.ready()?;
        check_conversation(conversation)?;
        let work = self.find(running, channel, conversation).await?;
        if !work.has_room(1) {
            return Err(AdminError::Overloaded);
        }
        let id = Uuid::now_v7();
        let message = Message {
            id: None,
            conversation: conversation.to_owned(),
            sender: conversation.to_owned(),
            text: Some(text),
            attachments: Vec::new(),
            location: None,
            metadata: Some(r#"{"is_external":true}"#.into()),
            input_channel: None,
            reply: None,
        };
        let accept = Accept {
            channel: work.id,
            events: vec![NewEvent {
                id,
                platform_id: None,
                body: EventBody::Message(message),
            }],
            statuses: Vec::new(),
            state: Vec::new(),
            dedupe: self.keeping.dedupe,
            room: 0,
        };
        let now = self.clock.now();
        running.store.accept(running.node, accept, now).await?;
        work.add_queued(1);
        work.turns_due.now();
        Ok(Triggered {
            channel: work.label().to_owned(),
            id,
        })
    }

    /// The store, once the server has one.
    #[must_use]
    pub fn store(&self) -> Option<Arc<dyn Store>> {
        self.running().map(|running| running.store.clone())
    }

    /// Puts dead letters back where they were; how many.
    ///
    /// # Errors
    ///
    /// When the store cannot be used.
    pub async fn replay(&self, letters: Letters) -> Result<u64, AdminError> {
        let running = self.ready()?;
        let mut count = 0;
        loop {
            let moved = running
                .store
                .replay(letters.clone(), self.clock.now())
                .await?;
            count += moved;
            // One at a time has no next step; and what fails again at once must not be replayed for ever.
            if moved == 0 || letters.id.is_some() || count >= MAX_REPLAYED {
                break;
            }
        }
        for work in running.work.values() {
            work.turns_due.now();
            work.sends_due.now();
        }
        Ok(count)
    }

    /// Gives dead letters up; how many.
    ///
    /// # Errors
    ///
    /// When the store cannot be used.
    pub async fn drop_letters(&self, letters: Letters) -> Result<u64, AdminError> {
        let running = self.ready()?;
        let mut count = 0;
        loop {
            let moved = running
                .store
                .drop_letters(letters.clone(), self.clock.now())
                .await?;
            count += moved;
            if moved == 0 || letters.id.is_some() {
                return Ok(count);
            }
        }
    }

    /// All metrics in the OpenMetrics text format, with the clients that are connected to each channel.
    pub async fn metrics(&self, sockets: impl Iterator<Item = (&str, usize)>) -> String {
        for (channel, count) in sockets {
            self.metrics.sockets(channel, count);
        }
        self.count().await;
        self.metrics.text()
    }

    fn ready(&self) -> Result<&Running, AdminError> {
        self.running().ok_or_else(|| not_open().into())
    }

    /// The channel that somebody means.
    async fn find(
        &self,
        running: &Running,
        wanted: &str,
        conversation: &str,
    ) -> Result<Arc<Work>, AdminError> {
        let latest;
        let wanted = if wanted == LATEST {
            let found = running.store.latest_channel(conversation).await?;
            latest =
                found.ok_or_else(|| AdminError::UnknownConversation(conversation.to_owned()))?;
            &latest
        } else {
            wanted
        };
        if let Some(work) = running.work.get(wanted) {
            return Ok(work.clone());
        }
        let mut named: Vec<_> = running
            .work
            .values()
            .filter(|work| work.channel.connector().name == wanted)
            .collect();
        match named.len() {
            1 => Ok(named.remove(0).clone()),
            0 => Err(AdminError::UnknownChannel {
                wanted: wanted.to_owned(),
                known: labels(running.work.values()),
            }),
            _ => Err(AdminError::AmbiguousChannel {
                wanted: wanted.to_owned(),
                labels: labels(named),
            }),
        }
    }
}

/// Dead letters that one request puts back.
const MAX_REPLAYED: u64 = 100_000;

fn labels<'a>(all: impl IntoIterator<Item = &'a Arc<Work>>) -> Vec<String> {
    let mut labels: Vec<String> = all
        .into_iter()
        .map(|work| work.label().to_owned())
        .collect();
    labels.sort();
    labels
}

fn not_open() -> StoreError {
    StoreError::Unavailable("it is not open yet".into())
}

fn check_conversation(conversation: &str) -> Result<(), AdminError> {
    if conversation.is_empty() || conversation.len() > MAX_CONVERSATION {
        let text = format!("a conversation id has 1 to {MAX_CONVERSATION} bytes");
        return Err(AdminError::Invalid(text));
    }
    Ok(())
}
