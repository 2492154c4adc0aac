//! Parts as Meta's message objects. The host has cut them to what [`describe`](crate::settings::describe) says fits.
//!
//! What a bot writes for Rasa's connector goes out as there: keys of buttons and cards that Rasa does not know are Meta's,
//! and passed on. What Meta insists on and the bot left out is put in.

use serde_json::{Map, Value, json};
use switchboard_sdk::{
    Button, Card, ChoiceStyle, ChoicesContent, Content, MediaContent, SendError,
};

use crate::settings::{CARD_TITLE, TITLE, cut};

/// Where Meta wants a text, and the bot gave none.
const NO_TEXT: &str = "…";

/// The message object, and whether Meta has to fetch a file for it.
pub(super) fn message(content: &Content) -> Result<(Value, bool), SendError> {
    Ok(match content {
        Content::Text(content) => (json!({ "text": content.text }), false),
        Content::Choices(choices) => (question(choices), false),
        Content::Cards(cards) => {
            let elements: Vec<Value> = cards.iter().map(element).collect();
            let payload = json!({ "template_type": "generic", "elements": elements });
            (attachment("template", &payload), true)
        }
        Content::Image(media) => (file("image", media)?, true),
        Content::Audio(media) => (file("audio", media)?, true),
        Content::Video(media) => (file("video", media)?, true),
        Content::File(media) => (file("file", media)?, true),
        Content::Location(_) | Content::Custom(_) | Content::Typing => {
            let text = "Messenger has no message of this kind";
            return Err(SendError::Unsupported(text.to_owned()));
        }
    })
}

/// A message object of the bot's own, and whom it goes to: the conversation's user, unless it names another in
/// `sender`, as Rasa has it.
pub(super) fn custom(json: &str, user: &str) -> Result<(String, Value), SendError> {
    let mut message: Value = serde_json::from_str(json)
        .map_err(|_| SendError::permanent("custom", "the custom JSON is none"))?;
    let sender = match &mut message {
        Value::Object(keys) => keys.remove("sender"),
        Value::Array(items) => items
            .iter_mut()
            .find_map(|item| item.as_object_mut()?.remove("sender")),
        _ => None,
    };
    let id = sender.as_ref().and_then(|sender| sender.get("id"));
    let user = match id {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => user.to_owned(),
    };
    Ok((user, message))
}

fn question(choices: &ChoicesContent) -> Value {
    let text = choices.text.as_deref().unwrap_or(NO_TEXT);
    if choices.buttons.is_empty() {
        return json!({ "text": text });
    }
    match choices.style {
        ChoiceStyle::QuickReplies => {
            let replies: Vec<Value> = choices.buttons.iter().map(quick_reply).collect();
            json!({ "text": text, "quick_replies": replies })
        }
        ChoiceStyle::Buttons => {
            let buttons: Vec<Value> = choices.buttons.iter().map(button).collect();
            let payload = json!({ "template_type": "button", "text": text, "buttons": buttons });
            attachment("template", &payload)
        }
    }
}

fn quick_reply(button: &Button) -> Value {
    let mut extra = object(button.extra.as_deref());
    let kind = extra.remove("content_type");
    let kind = kind.unwrap_or_else(|| "text".into());
    // The other kinds ask for what Meta knows of the user, and have neither title nor payload of their own.
    let is_text = kind == "text";
    let mut keys = Map::new();
    keys.insert("content_type".to_owned(), kind);
    let title = button.title.as_deref().map(|title| cut(title, TITLE));
    let payload = button.payload.as_ref();
    let payload = payload.or(button.title.as_ref().filter(|_| is_text));
    put(&mut keys, "title", title.as_deref());
    put(&mut keys, "payload", payload.map(String::as_str));
    if let Some(image) = extra.remove("image_url") {
        keys.insert("image_url".to_owned(), image);
    }
    Value::Object(keys)
}

/// Its keys as the bot gave them. Without a type, one with an address opens it, and any other is a postback.
fn button(button: &Button) -> Value {
    let mut keys = object(button.extra.as_deref());
    let default = match button.url {
        Some(_) => "web_url",
        None => "postback",
    };
    let has_type = keys.contains_key("type");
    let kind = keys.entry("type").or_insert_with(|| default.into());
    let is_postback = *kind == "postback";
    let title = button.title.as_deref().map(|title| cut(title, TITLE));
    put(&mut keys, "title", title.as_deref());
    put(&mut keys, "url", button.url.as_deref());
    if has_type || is_postback {
        put(&mut keys, "payload", button.payload.as_deref());
    }
    if is_postback && !keys.contains_key("payload") {
        put(&mut keys, "payload", button.title.as_deref());
    }
    Value::Object(keys)
}

fn element(card: &Card) -> Value {
    let mut keys = object(card.extra.as_deref());
    let short = |text: &str| cut(text, CARD_TITLE);
    let (title, subtitle) = match (&card.title, &card.subtitle) {
        (Some(title), subtitle) => (short(title), subtitle.as_deref().map(short)),
        // Meta insists on a title.
        (None, Some(subtitle)) => (short(subtitle), None),
        (None, None) => (NO_TEXT.to_owned(), None),
    };
    put(&mut keys, "title", Some(&title));
    put(&mut keys, "subtitle", subtitle.as_deref());
    put(&mut keys, "image_url", card.image_url.as_deref());
    if let Some(url) = &card.url {
        let opens = || json!({ "type": "web_url", "url": url });
        keys.entry("default_action").or_insert_with(opens);
    }
    if !card.buttons.is_empty() {
        let buttons = card.buttons.iter().map(button).collect();
        keys.insert("buttons".to_owned(), buttons);
    }
    Value::Object(keys)
}

/// A file at an address; its kind is the one that the bot's own form says, where Meta knows it. Without an address, the
/// bot's own form is Meta's: a file that was uploaded before, or a template.
fn file(kind: &str, media: &MediaContent) -> Result<Value, SendError> {
    let source = object(media.source.as_deref());
    let said = source.get("type").and_then(Value::as_str);
    match (&media.url, said, source.get("payload")) {
        (Some(url), said, _) => {
            let said = said.filter(|kind| ["audio", "file", "image", "video"].contains(kind));
            Ok(attachment(said.unwrap_or(kind), &json!({ "url": url })))
        }
        (None, Some(kind), Some(payload)) => Ok(attachment(kind, payload)),
        (None, ..) => {
            let text = "the attachment has neither an address nor `type` and `payload` as Messenger knows them";
            Err(SendError::Unsupported(text.to_owned()))
        }
    }
}

fn attachment(kind: &str, payload: &Value) -> Value {
    json!({ "attachment": { "type": kind, "payload": payload } })
}

fn put(keys: &mut Map<String, Value>, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        keys.insert(name.to_owned(), value.into());
    }
}

/// What the host hands on as an object.
fn object(json: Option<&str>) -> Map<String, Value> {
    json.and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default()
}
