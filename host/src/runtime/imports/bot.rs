//! `bot`: events collected until the call has ended well, and questions put to the bot at once.

use wasmtime::component::Resource;

use crate::bindings::switchboard::channel::bot::{AcceptError, Host, HostReply};
use crate::bindings::types::{BotError, Event, Message, Part};
use crate::json;
use crate::runtime::context::{AskMode, Reply};
use crate::runtime::state::State;

/// Events that one call may accept.
const MAX_EVENTS: usize = 1_000;

/// The longest conversation id, bytes.
const MAX_CONVERSATION: usize = 4_096;

impl Host for State {
    fn accept(&mut self, event: Event) -> wasmtime::Result<Result<(), AcceptError>> {
        let message = match &event {
            Event::Message(message) => message,
            Event::Status(_) | Event::Other(_) => {
                return Ok(Err(AcceptError::NotAvailable(
                    "this server takes messages only; statuses and other events come with the durable store".into(),
                )));
            }
        };
        if self.call.events.len() >= MAX_EVENTS {
            return Ok(Err(AcceptError::TooMany(format!(
                "over {MAX_EVENTS} events in one call"
            ))));
        }
        Ok(match check(message) {
            Ok(()) => {
                self.call.events.push(event);
                Ok(())
            }
            Err(text) => Err(AcceptError::Invalid(text)),
        })
    }

    async fn ask(&mut self, message: Message) -> wasmtime::Result<Result<Vec<Part>, BotError>> {
        if let Err(text) = check(&message) {
            return Ok(Err(BotError::InvalidMessage(text)));
        }
        let clock = self.call.clock.clone();
        let _pause = clock.pause();
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
        if let Err(text) = check(&message) {
            return Ok(Err(BotError::InvalidMessage(text)));
        }
        let clock = self.call.clock.clone();
        let _pause = clock.pause();
        Ok(
            match self.context.turns.ask(message, AskMode::PartByPart).await {
                Ok(reply) => Ok(self.table.push(reply)?),
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
        let clock = self.call.clock.clone();
        let _pause = clock.pause();
        Ok(self.table.get_mut(&reply)?.next().await)
    }

    fn drop(&mut self, reply: Resource<Reply>) -> wasmtime::Result<()> {
        self.table.delete(reply)?;
        Ok(())
    }
}

/// The rules of the contract that a message can break.
fn check(message: &Message) -> Result<(), String> {
    if message.conversation.len() > MAX_CONVERSATION {
        return Err(format!(
            "the conversation id is over {MAX_CONVERSATION} bytes"
        ));
    }
    for (name, value) in [("metadata", &message.metadata), ("reply", &message.reply)] {
        if let Some(text) = value {
            json::check(text).map_err(|e| format!("`{name}` is not JSON: {e}"))?;
        }
    }
    Ok(())
}
