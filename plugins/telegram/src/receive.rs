//! One update: verified, read, taken over, acknowledged. Nobody waits for the bot, and nothing is asked of Telegram.
//!
//! Telegram holds up a chat until its update is acknowledged, so whatever can be read as JSON is: an update that says
//! nothing to us is logged, and that is all.

mod callback;
mod content;
mod message;
mod text;

use switchboard_sdk::{
    Event, Host, JsonObject, LogLevel, Message, OtherEvent, Refusal, Request, Response,
};

use crate::place::Place;
use crate::{Settings, verify};

/// Kinds of update that are messages to the bot.
const MESSAGES: [&str; 2] = ["message", "business_message"];

/// The same, edited.
const EDITS: [&str; 2] = ["edited_message", "edited_business_message"];

/// Kinds that a bot may want to know of. Posts in a channel are among them: they are said to its readers, and
/// not to the bot, which would answer each in public.
const OTHERS: [&str; 21] = [
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "deleted_business_messages",
    "guest_message",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "managed_bot",
    "subscription",
];

/// The kind that is a press of a button.
const CALLBACK: &str = "callback_query";

/// Whether an update of this kind is known here.
pub(crate) fn knows(kind: &str) -> bool {
    kind == CALLBACK
        || [&MESSAGES[..], &EDITS, &OTHERS]
            .iter()
            .any(|kinds| kinds.contains(&kind))
}

/// An update on its way to the bot.
struct Update<'call> {
    host: &'call dyn Host,
    settings: &'call Settings,
    /// Telegram's number for it, the same each time that it is sent.
    id: Option<String>,
    /// All of it.
    json: String,
}

pub(crate) fn receive(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<Response, Refusal> {
    verify::check(host, settings, request)?;
    let body = request.json_object()?;
    let update = Update {
        host,
        settings,
        id: body.whole_number("update_id"),
        json: body.to_json(),
    };
    if let Some(query) = body.object(CALLBACK) {
        return update.callback(&query);
    }
    let find = |kinds: &[&'static str]| {
        let mut kinds = kinds.iter();
        kinds.find_map(|kind| Some((*kind, body.object(kind)?)))
    };
    if let Some((_, message)) = find(&MESSAGES) {
        update.message(&message)?;
    } else if let Some((_, message)) = find(&EDITS) {
        update.edit(&message)?;
    } else if let Some((kind, happening)) = find(&OTHERS) {
        update.other(kind, &happening)?;
    } else {
        update.skip("the update is of no kind that is known here");
    }
    Ok(done())
}

/// Rasa's word for it.
fn done() -> Response {
    Response::text(200, "success")
}

impl Update<'_> {
    /// Something that happened, named after its kind.
    fn other(&self, kind: &str, happening: &JsonObject) -> Result<(), Refusal> {
        let inner = happening.object("message");
        let person = || {
            let names = ["from", "user", "owner"];
            names.iter().find_map(|name| happening.object(name))
        };
        let place = Place::of(happening)
            .or_else(|| Place::of(inner.as_ref()?))
            .or_else(|| Place::with(&person()?));
        match place {
            Some(place) => self.happened(&place, kind),
            None => {
                self.skip("the update belongs to no conversation");
                Ok(())
            }
        }
    }

    /// Hands on something that is no message, under the name that Telegram has for it.
    fn happened(&self, place: &Place, name: &str) -> Result<(), Refusal> {
        let conversation = place.conversation(self.settings.conversation_granularity);
        self.accept(OtherEvent {
            id: self.id.clone(),
            reply: Some(place.reply()),
            ..OtherEvent::new(conversation, name.replace('_', "-"), self.json.clone())
        })
    }

    /// Hands on a message. As in Rasa, a conversation that is begun anew is greeted anew.
    fn said(&self, message: Message) -> Result<(), Refusal> {
        let restarts = message.text.as_deref() == Some("/restart");
        let start = restarts.then(|| Message {
            id: self.id.as_ref().map(|id| format!("{id}:start")),
            text: Some("/start".to_owned()),
            ..message.clone()
        });
        self.accept(message)?;
        match start {
            Some(start) => self.accept(start),
            None => Ok(()),
        }
    }

    fn accept(&self, event: impl Into<Event>) -> Result<(), Refusal> {
        self.host.accept(event.into())?;
        Ok(())
    }

    fn skip(&self, why: &str) {
        let id = self.id.as_deref().unwrap_or("none");
        self.host.log(LogLevel::Debug, why, &[("update", id)]);
    }
}
