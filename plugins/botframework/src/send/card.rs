//! Hero cards, and what can be pressed on them.

use serde_json::{Map, Value, json};
use switchboard_sdk::{Button, Card, JsonObject, SendError};

use crate::settings::MAX_BUTTONS;

const HERO: &str = "application/vnd.microsoft.card.hero";

pub(super) fn hero(content: Value) -> Value {
    json!({ "contentType": HERO, "content": content })
}

/// As with Rasa, the question is the card's subtitle. What does not fit on one card stands on the next.
pub(super) fn of_choices(text: &str, actions: &[Value]) -> Vec<Value> {
    let mut cards = actions.chunks(MAX_BUTTONS);
    let buttons = cards.next().unwrap_or_default();
    let first = hero(json!({ "subtitle": text, "buttons": buttons }));
    let more = cards.map(|buttons| hero(json!({ "buttons": buttons })));
    std::iter::once(first).chain(more).collect()
}

/// What the buttons do. One on which nothing stands is none.
pub(super) fn actions(buttons: &[Button]) -> Vec<Value> {
    buttons.iter().filter_map(action).collect()
}

/// `type` and `value` are Microsoft's own, for bots that give them; else an address is opened, and a payload is what the bot
/// hears. The user sees it as said where it is what stands on the button, and nothing otherwise.
fn action(button: &Button) -> Option<Value> {
    let label = button.label()?;
    let extra = JsonObject::or_empty(button.extra.as_ref());
    let own = extra
        .filled("type")
        .filter(|kind| TYPES.contains(&kind.as_str()));
    let payload = button.payload.as_deref().unwrap_or(label);
    let (kind, value) = match (own, &button.url) {
        (Some(kind), url) => {
            let usual = match kind.as_str() {
                "openUrl" | "downloadFile" | "showImage" => url.as_deref().unwrap_or(payload),
                _ => payload,
            };
            let value = extra.value("value").unwrap_or_else(|| usual.into());
            (kind, value)
        }
        (None, Some(url)) => ("openUrl".to_owned(), url.as_str().into()),
        (None, None) if payload == label => ("imBack".to_owned(), payload.into()),
        (None, None) => ("postBack".to_owned(), payload.into()),
    };
    let mut action = Map::new();
    for name in ["image", "text", "displayText"] {
        if let Some(more) = extra.value(name) {
            action.insert(name.to_owned(), more);
        }
    }
    action.insert("type".to_owned(), kind.into());
    action.insert("title".to_owned(), label.into());
    action.insert("value".to_owned(), value);
    Some(action.into())
}

/// What Microsoft knows; others are of another platform, such as Messenger's `web_url`.
const TYPES: [&str; 10] = [
    "call",
    "downloadFile",
    "imBack",
    "messageBack",
    "openUrl",
    "playAudio",
    "playVideo",
    "postBack",
    "showImage",
    "signin",
];

/// One beside the other. A card that brings `attachments` of its own shows those.
pub(super) fn of_cards(cards: &[Card]) -> Result<Vec<(&'static str, Value)>, SendError> {
    let mut attachments = Vec::new();
    for card in cards {
        let extra = JsonObject::or_empty(card.extra.as_ref());
        match extra.value::<Vec<Value>>("attachments") {
            Some(own) => attachments.extend(own),
            None => attachments.push(of_card(card)),
        }
    }
    if attachments.is_empty() {
        return Err(SendError::Unsupported(
            "there is no card in the part".to_owned(),
        ));
    }
    let layout = if attachments.len() > 1 {
        "carousel"
    } else {
        "list"
    };
    Ok(vec![
        ("attachmentLayout", layout.into()),
        ("attachments", attachments.into()),
    ])
}

fn of_card(card: &Card) -> Value {
    let mut content = Map::new();
    let mut put = |name: &str, value: Value| content.insert(name.to_owned(), value);
    if let Some(title) = &card.title {
        put("title", title.as_str().into());
    }
    if let Some(subtitle) = &card.subtitle {
        put("subtitle", subtitle.as_str().into());
    }
    if let Some(url) = &card.image_url {
        put("images", json!([{ "url": url }]));
    }
    if let Some(url) = &card.url {
        put("tap", json!({ "type": "openUrl", "value": url }));
    }
    let actions = actions(&card.buttons);
    if !actions.is_empty() {
        put("buttons", actions.into());
    }
    hero(content.into())
}
