//! One event, and what the bot says to it. What is none for the bot is answered with an empty object, which shows nothing.

mod action;
mod said;

use serde_json::{Value, json};
use switchboard_sdk::{
    Attachment, Host, JsonObject, LengthUnit, LogLevel, Message, Refusal, Response, rasa, text,
};

use crate::answer;
use crate::settings::{Granularity, Settings};

pub(crate) fn receive(
    host: &dyn Host,
    settings: &Settings,
    body: &JsonObject,
) -> Result<Response, Refusal> {
    let event = Event::of(body);
    let message = match event.message(settings) {
        Ok(message) => message,
        Err(why) => {
            let kind = text::cut(&event.kind, 100, LengthUnit::Bytes);
            host.log(
                LogLevel::Debug,
                "left out",
                &[("type", &kind), ("reason", why)],
            );
            return Ok(Response::json(200, &json!({})));
        }
    };
    let parts = host.ask(message)?;
    let mut answer = answer::answer(host, &parts);
    if action::is_dialog_submitted(body) {
        answer::close_dialog(&mut answer);
    }
    Ok(Response::json(200, &Value::Object(answer)))
}

/// What happened, and where.
struct Event<'a> {
    body: &'a JsonObject,
    kind: String,
    /// The message that was written, or that the pressed card belongs to.
    message: Option<JsonObject>,
    space: JsonObject,
}

/// What the bot hears.
struct Heard {
    id: Option<String>,
    words: Option<String>,
    attachments: Vec<Attachment>,
}

impl Heard {
    const fn words(words: Option<String>) -> Self {
        Self {
            id: None,
            words,
            attachments: Vec::new(),
        }
    }
}

impl<'a> Event<'a> {
    fn of(body: &'a JsonObject) -> Self {
        let message = body.object("message");
        let space = body
            .object("space")
            .or_else(|| message.as_ref()?.object("space"));
        Self {
            body,
            kind: body.filled("type").unwrap_or_default(),
            message,
            space: space.unwrap_or_default(),
        }
    }

    /// What the bot hears, or why nothing.
    fn message(&self, settings: &Settings) -> Result<Message, &'static str> {
        let heard = self.heard(settings)?;
        if heard.words.is_none() && heard.attachments.is_empty() {
            return Err("an event that says nothing");
        }
        let user = self.user().ok_or("an event of nobody")?;
        if user.filled("type").as_deref() == Some("BOT") {
            return Err("what a bot says");
        }
        let name = if settings.use_display_name {
            "displayName"
        } else {
            "name"
        };
        let person = user
            .filled(name)
            .ok_or("an event of somebody without an id")?;
        let thread = self.message.as_ref();
        let thread = thread.and_then(|message| message.object("thread")?.filled("name"));
        let conversation = match settings.granularity {
            Granularity::Sender => None,
            // In a direct chat, each message is a thread.
            Granularity::Thread if !self.is_direct() && thread.is_some() => thread.clone(),
            Granularity::Space | Granularity::Thread => self.space.filled("name"),
        };
        Ok(Message {
            id: heard.id,
            conversation: conversation.unwrap_or_else(|| person.clone()),
            sender: person,
            text: heard.words,
            attachments: heard.attachments,
            location: None,
            metadata: Some(self.metadata(&user, thread)),
            input_channel: None,
            reply: None,
        })
    }

    fn heard(&self, settings: &Settings) -> Result<Heard, &'static str> {
        Ok(match (self.kind.as_str(), &self.message) {
            // Who mentions the bot to add it to a space says something.
            ("MESSAGE" | "ADDED_TO_SPACE" | "APP_COMMAND", Some(message)) => Heard {
                id: message.filled("name"),
                words: said::words(message),
                attachments: said::attachments(message),
            },
            ("ADDED_TO_SPACE", None) if self.is_direct() => {
                Heard::words(Some(settings.user_added.clone()))
            }
            ("ADDED_TO_SPACE", None) => Heard::words(Some(settings.room_added.clone())),
            ("REMOVED_FROM_SPACE", _) => Heard::words(Some(settings.removed.clone())),
            ("APP_COMMAND", None) => Heard::words(self.command(settings)),
            ("CARD_CLICKED", _) if action::is_dialog_cancelled(self.body) => {
                return Err("a dialog that was closed");
            }
            ("CARD_CLICKED", _) => Heard::words(action::pressed(self.body)),
            _ => return Err("a kind of event that is none for the bot"),
        })
    }

    /// Who wrote the message, or pressed the button.
    fn user(&self) -> Option<JsonObject> {
        let wrote = self.message.as_ref();
        let wrote = wrote.filter(|_| self.kind != "CARD_CLICKED");
        wrote
            .and_then(|message| message.object("sender"))
            .or_else(|| self.body.object("user"))
    }

    /// A command of the app's menu, of which Chat tells the number alone.
    fn command(&self, settings: &Settings) -> Option<String> {
        let id = self.body.object("appCommandMetadata")?.id("appCommandId")?;
        let name = settings.app_command.trim_start_matches('/');
        Some(rasa::intent(name, Some(&json!({ "id": id }))))
    }

    /// In both of the ways in which Google has written it.
    fn is_direct(&self) -> bool {
        let space = &self.space;
        space.filled("type").as_deref() == Some("DM")
            || space.filled("spaceType").as_deref() == Some("DIRECT_MESSAGE")
            || space.is_true("singleUserBotDm")
    }

    /// Rasa's `room`, and who and where under Google's names.
    fn metadata(&self, user: &JsonObject, thread: Option<String>) -> String {
        let room = self.space.filled("displayName");
        let room = room.filter(|_| !self.is_direct());
        let action = self.body.object("action").unwrap_or_default();
        let common = self.body.object("common").unwrap_or_default();
        json!({
            "room": room,
            "space": self.space.filled("name"),
            "thread": thread,
            "user": user.filled("name"),
            "display_name": user.filled("displayName"),
            "email": user.filled("email"),
            "locale": common.filled("userLocale"),
            "event_type": self.kind,
            "dialog_event_type": self.body.filled("dialogEventType"),
            "parameters": action.value::<Value>("parameters"),
            "form_inputs": common.value::<Value>("formInputs"),
        })
        .to_string()
    }
}
