//! What Rocket.Chat shows beneath a text: attachments with buttons, pictures, links to files.

use serde_json::{Map, Value, json};
use switchboard_sdk::{Button, Card, ChoicesContent, Json, MediaContent, SendError};

/// A text with its buttons, all in one attachment.
pub(super) fn of_choices(
    choices: &ChoicesContent,
) -> Result<Vec<(&'static str, Value)>, SendError> {
    let mut message = Vec::new();
    if let Some(text) = choices.text.as_deref().filter(|text| !text.is_empty()) {
        message.push(("text", text.into()));
    }
    let actions = actions(&choices.buttons);
    if !actions.is_empty() {
        message.push(("attachments", json!([{ "actions": actions }])));
    }
    if message.is_empty() {
        let text = "there is neither a text nor a button with anything on it";
        return Err(SendError::permanent("empty", text));
    }
    Ok(message)
}

/// A card under Rocket.Chat's names. Keys of the bot's own are kept, for there are more than a card has.
pub(super) fn of_card(card: &Card) -> Value {
    let mut attachment = object(card.extra.as_ref());
    let texts = [
        ("title", &card.title),
        ("text", &card.subtitle),
        ("title_link", &card.url),
        ("image_url", &card.image_url),
    ];
    for (name, text) in texts {
        if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
            attachment.insert(name.to_owned(), text.into());
        }
    }
    let actions = actions(&card.buttons);
    if !actions.is_empty() {
        attachment.insert("actions".to_owned(), actions.into());
    }
    attachment.into()
}

/// Media at an address, or an attachment of Rocket.Chat's own kind as the bot gave it.
pub(super) fn of_media(media: &MediaContent, kind: &str) -> Result<Map<String, Value>, SendError> {
    let mut attachment = object(media.source.as_ref());
    let Some(url) = &media.url else {
        return if attachment.is_empty() {
            let text = "the attachment has no address that Rocket.Chat could show";
            Err(SendError::permanent("no-url", text))
        } else {
            Ok(attachment)
        };
    };
    // Rasa's bots give all media as an attachment with its type in it.
    let kind = attachment
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or(kind);
    let (link, is_file) = match kind {
        "image" => ("image_url", false),
        "audio" => ("audio_url", false),
        "video" => ("video_url", false),
        _ => ("title_link", true),
    };
    if link == "image_url" {
        attachment.entry("collapsed").or_insert(false.into());
    }
    let caption = media.caption.as_deref().or(media.name.as_deref());
    let file_name = caption.or_else(|| is_file.then(|| name_in(url)));
    if let Some(title) = file_name.filter(|title| !title.is_empty()) {
        attachment.entry("title").or_insert(title.into());
    }
    attachment.entry(link).or_insert(url.as_str().into());
    Ok(attachment)
}

/// A press says the payload in the presser's name, as a message that comes in like any other.
fn actions(buttons: &[Button]) -> Vec<Value> {
    let action = |button: &Button| {
        let label = button.label()?;
        Some(match (&button.url, &button.payload) {
            (Some(url), _) => json!({ "type": "button", "text": label, "url": url }),
            (None, payload) => json!({
                "type": "button",
                "text": label,
                "msg": payload.as_deref().filter(|payload| !payload.is_empty()).unwrap_or(label),
                "msg_in_chat_window": true,
            }),
        })
    };
    buttons.iter().filter_map(action).collect()
}

fn object(json: Option<&Json>) -> Map<String, Value> {
    json.and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default()
}

/// The last segment of an address, by which people know the file; the address itself where there is none.
fn name_in(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.is_empty() { url } else { name }
}
