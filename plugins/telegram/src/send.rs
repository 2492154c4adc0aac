//! One part: one call. Where Telegram refuses it for a reason that can be mended, it is made once more: nothing was sent
//! by then.

mod card;
mod custom;
mod keyboard;
mod media;

use std::time::Duration;

use serde_json::{Map, Value, json};
use switchboard_sdk::{
    Address, ChoicesContent, Content, Host, JsonObject, Location, LogLevel, Part, Receipt,
    SendError, StateError, to_json,
};

use crate::Settings;
use crate::api::{self, Failure, Refused};
use crate::place::{self, Place};

/// Keys of a reply that go along with what is sent, under the names that the Bot API has for them.
const OPTIONS: [&str; 4] = [
    "parse_mode",
    "disable_notification",
    "protect_content",
    "link_preview_options",
];

/// What stands beside buttons that have no text: Telegram wants one.
const NO_TEXT: &str = "…";

/// Under this, with the id of a group behind it, is the id of the supergroup that it has become.
const MOVED: &str = "moved:";

/// How long a move is remembered, 30 days. After that, it costs a call to hear of it again.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A call of the Bot API.
#[derive(Debug, Default)]
struct Call {
    method: String,
    body: Map<String, Value>,
    /// A text to send in the place of a file that Telegram cannot fetch.
    instead: Option<String>,
}

impl Call {
    fn new(method: &str) -> Self {
        Self {
            method: method.to_owned(),
            ..Self::default()
        }
    }

    fn text(text: &str) -> Self {
        Self::new("sendMessage").with("text", text)
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value.into());
        self
    }

    fn set(&mut self, name: &str, value: Value) {
        self.body.insert(name.to_owned(), value);
    }
}

pub(crate) fn send(
    host: &dyn Host,
    settings: &Settings,
    to: &Address,
    part: &Part,
) -> Result<Receipt, SendError> {
    let mut place = Place::to(to);
    if let Some(supergroup) = moved(host, &place.chat) {
        place.chat = supergroup;
    }
    let extra = JsonObject::or_empty(part.extra.as_ref());
    let mut call = match &part.content {
        // A bot that asks for a blank message, or a text with more than one blank line in a row: there is nothing to show.
        Content::Text(content) if content.text.trim().is_empty() => {
            return Ok(Receipt::without_id());
        }
        Content::Text(content) => Call::text(&content.text),
        Content::Choices(choices) => question(host, choices, &extra)?,
        Content::Image(media) => media::call(media::Kind::Photo, media),
        Content::File(media) => media::call(media::Kind::of(media), media),
        Content::Audio(media) => media::call(media::Kind::Audio, media),
        Content::Video(media) => media::call(media::Kind::Video, media),
        Content::Cards(cards) => card::call(host, cards, &extra)?,
        Content::Location(spot) => pin(spot),
        Content::Custom(json) => custom::call(json)?,
        Content::Typing => {
            let mut call = Call::new("sendChatAction").with("action", "typing");
            place.write_chat(&mut call.body);
            return deliver(host, settings, call);
        }
    };
    if !matches!(part.content, Content::Custom(_)) {
        if let Some(mode) = settings.parse_mode {
            call.set("parse_mode", json!(mode));
        }
        write_options(&mut call, &extra);
    }
    // Custom JSON may name another chat.
    if !call.body.contains_key("chat_id") {
        place.write_chat(&mut call.body);
        place.write_answer(&mut call.body, settings.reply_in_groups);
    }
    deliver(host, settings, call)
}

fn question(
    host: &dyn Host,
    choices: &ChoicesContent,
    extra: &JsonObject,
) -> Result<Call, SendError> {
    let text = choices.text.as_deref().map(str::trim);
    let text = text.filter(|text| !text.is_empty()).unwrap_or(NO_TEXT);
    let mut call = Call::text(text);
    if !choices.buttons.is_empty() {
        let keyboard = keyboard::of(host, &choices.buttons, extra)?;
        call.set("reply_markup", keyboard);
    }
    Ok(call)
}

fn pin(spot: &Location) -> Call {
    let method = match spot.title {
        Some(_) => "sendVenue",
        None => "sendLocation",
    };
    let mut call = Call::new(method)
        .with("latitude", spot.latitude)
        .with("longitude", spot.longitude);
    if let Some(title) = &spot.title {
        call.set("title", title.as_str().into());
        call.set(
            "address",
            spot.address.as_deref().unwrap_or_default().into(),
        );
    }
    call
}

fn write_options(call: &mut Call, extra: &JsonObject) {
    for name in OPTIONS {
        if let Some(value) = extra.value(name) {
            call.set(name, value);
        }
    }
}

/// Makes the call, and once more for each thing in it that can be mended.
fn deliver(host: &dyn Host, settings: &Settings, mut call: Call) -> Result<Receipt, SendError> {
    let mut has_moved = false;
    loop {
        let refused = match api::call(host, settings, &call.method, &call.body) {
            Ok(answer) => {
                return Ok(Receipt {
                    id: api::message_id(&answer),
                });
            }
            Err(Failure::Refused(refused)) => refused,
            Err(Failure::Unanswered(error)) => return Err(error),
        };
        if refused.is_harmless() {
            return Ok(Receipt::without_id());
        }
        // Each of these takes away what it acts on, so that it happens once.
        let is_mended = (!has_moved && follow(host, &mut call, &refused))
            || as_it_stands(host, &mut call, &refused)
            || as_text(host, &mut call, &refused);
        if !is_mended {
            return Err(refused.into());
        }
        has_moved |= refused.moved_to.is_some();
    }
}

/// The group has become a supergroup, which is another chat: its topics and messages have other ids.
fn follow(host: &dyn Host, call: &mut Call, refused: &Refused) -> bool {
    let Some(supergroup) = &refused.moved_to else {
        return false;
    };
    let group = call
        .body
        .insert("chat_id".to_owned(), place::id(supergroup));
    for name in ["message_thread_id", "reply_parameters"] {
        call.body.remove(name);
    }
    let kept = match group {
        Some(group) => remember_move(host, &to_json(&group), supergroup),
        None => Ok(()),
    };
    if kept.is_err() {
        host.log(
            LogLevel::Debug,
            "a group's move could not be remembered",
            &[],
        );
    }
    true
}

/// Marks that Telegram cannot read are shown.
fn as_it_stands(host: &dyn Host, call: &mut Call, refused: &Refused) -> bool {
    let is_mended =
        refused.says("can't parse entities") && call.body.remove("parse_mode").is_some();
    if is_mended {
        let text = "Telegram could not read the marks in a text; they are shown as they are";
        host.log(LogLevel::Warn, text, &[]);
    }
    is_mended
}

/// A file that Telegram cannot fetch becomes a text with its address.
fn as_text(host: &dyn Host, call: &mut Call, refused: &Refused) -> bool {
    if !media::cannot_be_fetched(refused) {
        return false;
    }
    let Some(text) = call.instead.take() else {
        return false;
    };
    let text_of_its_own = ["photo", "document", "audio", "video", "caption"];
    call.body
        .retain(|name, _| !text_of_its_own.contains(&name.as_str()));
    "sendMessage".clone_into(&mut call.method);
    call.set("text", Value::String(text));
    let text = "Telegram could not fetch a file; a text is sent in its place";
    host.log(LogLevel::Warn, text, &[]);
    true
}

/// Remembers what a group has become.
pub(crate) fn remember_move(
    host: &dyn Host,
    group: &str,
    supergroup: &str,
) -> Result<(), StateError> {
    let key = format!("{MOVED}{group}");
    host.state_set(&key, supergroup.as_bytes(), Some(REMEMBERED))
}

/// What a group has become, where it is known. Not asked of people and supergroups, which do not move.
fn moved(host: &dyn Host, chat: &str) -> Option<String> {
    if !chat.starts_with('-') || chat.starts_with("-100") {
        return None;
    }
    // Where it cannot be asked now, Telegram will tell.
    let supergroup = host.state_get(&format!("{MOVED}{chat}")).ok()??;
    String::from_utf8(supergroup).ok()
}
