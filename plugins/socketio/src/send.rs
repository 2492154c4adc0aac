//! One part: one event to the room of the conversation, in the shapes that rasa-webchat draws.
//!
//! Widgets take a key that is null, or missing where they count on it, for a text of that name; so none is null, choices
//! always have a text, and cards always a list of buttons.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use switchboard_sdk::{
    Button, Card, ChoicesContent, Content, Host, JsonObject, MediaContent, Part, Receipt,
    SendError, SocketError, from_json, to_json,
};

use crate::Settings;
use crate::settings::BOT_TYPING;

pub(crate) fn send(
    host: &dyn Host,
    settings: &Settings,
    conversation: &str,
    part: &Part,
) -> Result<Receipt, SendError> {
    let mut message = match &part.content {
        Content::Text(content) => json!({ "text": content.text }),
        Content::Choices(choices) => choices_message(choices),
        Content::Image(media) => attachment("image", media)?,
        Content::Video(media) => attachment("video", media)?,
        Content::File(media) => file(media)?,
        Content::Cards(cards) => template(cards),
        Content::Custom(json) => return custom(host, settings, conversation, json),
        Content::Typing => return emit(host, settings, conversation, BOT_TYPING, "[]"),
        Content::Audio(_) | Content::Location(_) => {
            let text = "widgets show neither sound nor places";
            return Err(SendError::Unsupported(text.to_owned()));
        }
    };
    // By which a bot opens the widget or sets the target of links.
    let metadata =
        JsonObject::or_empty(part.extra.as_ref()).value::<Map<String, Value>>("metadata");
    if let Some(metadata) = metadata {
        message["metadata"] = Value::Object(metadata);
    }
    let arguments = to_json(&[message]);
    emit(
        host,
        settings,
        conversation,
        &settings.bot_event,
        &arguments,
    )
}

fn emit(
    host: &dyn Host,
    settings: &Settings,
    room: &str,
    event: &str,
    arguments: &str,
) -> Result<Receipt, SendError> {
    match host.emit(room, event, arguments) {
        Ok(()) => Ok(Receipt::without_id()),
        // A conversation that is one connection is over with it.
        Err(SocketError::Nobody(text)) => Err(SendError::away(settings.session_persistence, text)),
        Err(error) => Err(error.into()),
    }
}

/// Both kinds as quick replies, as with Rasa: what widgets know.
fn choices_message(choices: &ChoicesContent) -> Value {
    let replies: Value = choices.buttons.iter().map(quick_reply).collect();
    let text = choices.text.as_deref().unwrap_or_default();
    json!({ "text": text, "quick_replies": replies })
}

/// One that opens a page has Rasa's keys as well: not every client knows the others.
fn quick_reply(button: &Button) -> Value {
    let title = button.label().unwrap_or_default();
    let payload = button.payload.as_deref().unwrap_or(title);
    let mut reply = json!({ "content_type": "text", "title": title, "payload": payload });
    if let Some(url) = &button.url {
        reply["type"] = "web_url".into();
        reply["url"] = url.as_str().into();
    }
    reply
}

fn attachment(kind: &str, media: &MediaContent) -> Result<Value, SendError> {
    let Some(url) = &media.url else {
        return source(media);
    };
    let mut payload = json!({ "src": url });
    if let Some(caption) = &media.caption {
        payload["title"] = caption.as_str().into();
    }
    Ok(json!({ "attachment": { "type": kind, "payload": payload } }))
}

/// A file as the bot gave it, which is what Rasa emits; else its address.
fn file(media: &MediaContent) -> Result<Value, SendError> {
    match &media.url {
        Some(url) if media.source.is_none() => Ok(json!({ "text": url })),
        _ => source(media),
    }
}

/// An attachment of the bot's own kind.
fn source(media: &MediaContent) -> Result<Value, SendError> {
    let source = media.source.as_ref().map(String::as_bytes);
    let source: Option<Value> = from_json(source);
    let none = || SendError::permanent("no-url", "the attachment has no address");
    Ok(json!({ "attachment": source.ok_or_else(none)? }))
}

fn template(cards: &[Card]) -> Value {
    let elements: Value = cards.iter().map(element).collect();
    json!({
        "attachment": {
            "type": "template",
            "payload": { "template_type": "generic", "elements": elements },
        },
    })
}

/// With the keys that the bot gave beyond the known ones, such as a `default_action` of its own.
fn element(card: &Card) -> Value {
    let mut element = extras(card.extra.as_ref());
    for (name, text) in [
        ("title", &card.title),
        ("subtitle", &card.subtitle),
        ("image_url", &card.image_url),
    ] {
        insert(&mut element, name, text.as_deref());
    }
    if let Some(url) = &card.url {
        let action = json!({ "type": "web_url", "url": url });
        element.entry("default_action").or_insert(action);
    }
    let buttons = card.buttons.iter().map(card_button);
    element.insert("buttons".to_owned(), buttons.collect());
    Value::Object(element)
}

/// Widgets do nothing with a button on a card that has no type.
fn card_button(button: &Button) -> Value {
    let mut keys = extras(button.extra.as_ref());
    let kind = if button.url.is_some() {
        "web_url"
    } else {
        "postback"
    };
    keys.entry("type").or_insert(kind.into());
    let title = button.label();
    insert(&mut keys, "title", title);
    insert(&mut keys, "url", button.url.as_deref());
    let payload = button.payload.as_deref();
    insert(&mut keys, "payload", payload.or(title));
    Value::Object(keys)
}

fn extras(json: Option<&String>) -> Map<String, Value> {
    let mut keys: Map<String, Value> = from_json(json.map(String::as_bytes)).unwrap_or_default();
    keys.retain(|_, value| !value.is_null());
    keys
}

fn insert(keys: &mut Map<String, Value>, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        keys.insert(name.to_owned(), text.into());
    }
}

/// What Rasa calls python-socketio's `emit` with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Emit {
    data: Box<RawValue>,
    room: Option<String>,
    to: Option<String>,
    #[serde(rename = "namespace")]
    _namespace: Option<IgnoredAny>,
    #[serde(rename = "skip_sid")]
    _skip_sid: Option<IgnoredAny>,
}

/// In Rasa's form, or what widgets get as it is.
fn custom(
    host: &dyn Host,
    settings: &Settings,
    conversation: &str,
    json: &str,
) -> Result<Receipt, SendError> {
    let rasas: Option<Emit> = from_json(Some(json.as_bytes()));
    let (room, data) = match &rasas {
        Some(Emit { data, room, to, .. }) => (room.as_ref().or(to.as_ref()), data.get()),
        None => (None, json),
    };
    let room = room.map_or(conversation, String::as_str);
    let arguments = ["[", data, "]"].concat();
    emit(host, settings, room, &settings.bot_event, &arguments)
}
