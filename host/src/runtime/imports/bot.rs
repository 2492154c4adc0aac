//! `bot`: events collected until the call has ended well, and questions put to the bot at once.

use wasmtime::component::Resource;

use crate::bindings::switchboard::channel::bot::{AcceptError, Host, HostReply};
use crate::bindings::types::{BotError, Event, Message, OtherEvent, Part};
use crate::json;
use crate::runtime::context::{AskMode, Reply};
use crate::runtime::state::State;
use crate::runtime::weight::weight;

/// The longest id of an event or part, bytes.
const MAX_ID: usize = 1_024;

/// The longest conversation id, bytes.
const MAX_CONVERSATION: usize = 4_096;

impl Host for State {
    fn accept(&mut self, event: Event) -> wasmtime::Result<Result<(), AcceptError>> {
        let most = self.context.limits.events;
        if self.call.events.len() >= most {
            let text =
                format!("over {most} events in one call; `limits.events` of the channel raises it");
            return Ok(Err(AcceptError::TooMany(self.limited(text))));
        }
        let checked = match &event {
            Event::Message(message) => check(message),
            Event::Status(status) => check_id(Some(&status.id)),
            Event::Other(other) => check_other(other),
        };
        let size = self.call.events_size.saturating_add(weight(&event));
        let largest = self.context.limits.events_size;
        if size > largest {
            let text = format!(
                "over {largest} bytes of events in one call; `limits.events_size` of the channel raises it"
            );
            return Ok(Err(AcceptError::TooMany(self.limited(text))));
        }
        Ok(match checked {
            Ok(()) => {
                self.call.events_size = size;
                self.note_exposed_in(&event);
                self.call.events.push(event);
                Ok(())
            }
            Err(text) => Err(AcceptError::Invalid(text)),
        })
    }

    async fn ask(&mut self, message: Message) -> wasmtime::Result<Result<Vec<Part>, BotError>> {
        if let Err(error) = self.may_ask(&message) {
            return Ok(Err(error));
        }
        self.note_exposed_in(&message);
        let watch = self.call.watch.clone();
        let _pause = self.may_pause().then(|| watch.clock.pause());
        Ok(async {
            let mut reply = self.context.turns.ask(message, AskMode::Whole).await?;
            let mut parts = Vec::new();
            while let Some(part) = reply.next().await? {
                parts.push(part);
            }
            Ok(parts)
        }
        .await)
    }

    async fn ask_stream(
        &mut self,
        message: Message,
    ) -> wasmtime::Result<Result<Resource<Reply>, BotError>> {
        if let Err(error) = self.may_ask(&message) {
            return Ok(Err(error));
        }
        self.note_exposed_in(&message);
        let watch = self.call.watch.clone();
        let _pause = self.may_pause().then(|| watch.clock.pause());
        Ok(
            match self.context.turns.ask(message, AskMode::PartByPart).await {
                Ok(reply) => {
                    let reply = self.table.push(reply)?;
                    self.open_replies += 1;
                    Ok(reply)
                }
                Err(error) => Err(error),
            },
        )
    }
}

impl HostReply for State {
    async fn next(
        &mut self,
        reply: Resource<Reply>,
    ) -> wasmtime::Result<Result<Option<Part>, BotError>> {
        let watch = self.call.watch.clone();
        let _pause = watch.clock.pause();
        Ok(self.table.get_mut(&reply)?.next().await)
    }

    fn drop(&mut self, reply: Resource<Reply>) -> wasmtime::Result<()> {
        self.table.delete(reply)?;
        self.open_replies = self.open_replies.saturating_sub(1);
        Ok(())
    }
}

impl State {
    /// Counts a question, and checks what it puts.
    fn may_ask(&mut self, message: &Message) -> Result<(), BotError> {
        let most = self.context.limits.asks;
        if self.call.asks >= most {
            let text = format!(
                "over {most} questions in one call; `limits.asks` of the channel raises it"
            );
            return Err(BotError::Overloaded(self.limited(text)));
        }
        self.call.asks += 1;
        check(message).map_err(BotError::InvalidMessage)
    }

    /// Whether a question's time is the bot's alone, which has a bound of its own. Who holds another answer may be what it
    /// waits for itself: the conversation's next question comes when that answer is done.
    fn may_pause(&self) -> bool {
        self.open_replies == 0
    }
}

/// The rules of the contract that a message can break.
fn check(message: &Message) -> Result<(), String> {
    check_id(message.id.as_deref())?;
    check_conversation(&message.conversation)?;
    for (name, value) in [("metadata", &message.metadata), ("reply", &message.reply)] {
        if let Some(text) = value {
            json::check(text).map_err(|e| format!("`{name}` is not JSON: {e}"))?;
        }
    }
    Ok(())
}

fn check_other(other: &OtherEvent) -> Result<(), String> {
    check_id(other.id.as_deref())?;
    check_conversation(&other.conversation)?;
    json::check(&other.data).map_err(|e| format!("`data` is not JSON: {e}"))?;
    if let Some(reply) = &other.reply {
        json::check(reply).map_err(|e| format!("`reply` is not JSON: {e}"))?;
    }
    Ok(())
}

fn check_id(id: Option<&str>) -> Result<(), String> {
    match id {
        Some(id) if id.len() > MAX_ID => Err(format!("the id is over {MAX_ID} bytes")),
        _ => Ok(()),
    }
}

fn check_conversation(conversation: &str) -> Result<(), String> {
    if conversation.len() > MAX_CONVERSATION {
        return Err(format!(
            "the conversation id is over {MAX_CONVERSATION} bytes"
        ));
    }
    Ok(())
}
