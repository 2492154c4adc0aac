//! Messages in Slack's Block Kit, in the shape in which Rasa writes them.

use serde_json::{Value, json};
use switchboard_sdk::{Button, Card, ChoicesContent, JsonObject, text};

use crate::settings::{MAX_ALT_TEXT, MAX_SECTION, MAX_TITLE, UNIT};

pub(super) fn choices(choices: &ChoicesContent) -> Value {
    let text = choices.text.as_deref().filter(|text| !text.is_empty());
    let section = text.map(|text| section("plain_text", text));
    message(text, section, &choices.buttons)
}

/// As Rasa shows a card, with its image beside the text, and its title leading to its page.
pub(super) fn card(card: &Card) -> Value {
    let title = card.title.as_deref().unwrap_or_default();
    let subtitle = card.subtitle.as_deref().unwrap_or_default();
    let whole = [title, " : ", subtitle].concat();
    let mut section = match &card.url {
        Some(url) => {
            let title = [&["<", url, "|"].concat(), escaped(title).as_str(), ">"].concat();
            section(
                "mrkdwn",
                &[&title, " : ", escaped(subtitle).as_str()].concat(),
            )
        }
        None => section("plain_text", &whole),
    };
    if let Some(url) = &card.image_url {
        let alt_text = if title.is_empty() { url } else { title };
        section["accessory"] = picture(url, alt_text);
    }
    message(Some(&whole), Some(section), &card.buttons)
}

pub(super) fn image(url: &str, caption: Option<&str>) -> Value {
    let mut block = picture(url, caption.unwrap_or(url));
    if let Some(caption) = caption {
        block["title"] = json!({ "type": "plain_text", "text": caption });
    }
    json!({ "text": caption.unwrap_or(url), "blocks": [block] })
}

/// `text` is what notifications and screen readers get.
fn message(text: Option<&str>, section: Option<Value>, buttons: &[Button]) -> Value {
    let elements: Vec<Value> = buttons.iter().map(button).collect();
    // Slack refuses a row without buttons.
    let row = (!elements.is_empty()).then(|| json!({ "type": "actions", "elements": elements }));
    let blocks: Vec<Value> = section.into_iter().chain(row).collect();
    match text {
        Some(text) => json!({ "text": text, "blocks": blocks }),
        None => json!({ "blocks": blocks }),
    }
}

fn section(kind: &str, text: &str) -> Value {
    let text = text::cut(text, MAX_SECTION, UNIT);
    json!({ "type": "section", "text": { "type": kind, "text": text } })
}

fn picture(url: &str, alt_text: &str) -> Value {
    let alt_text = text::cut(alt_text, MAX_ALT_TEXT, UNIT);
    json!({ "type": "image", "image_url": url, "alt_text": alt_text })
}

/// A button with an address opens it and says nothing to the bot. One without a payload says its title.
fn button(button: &Button) -> Value {
    let title = text::cut(button.label().unwrap_or("…"), MAX_TITLE, UNIT);
    let mut element = json!({ "type": "button", "text": { "type": "plain_text", "text": title } });
    match (&button.url, &button.payload) {
        (Some(url), _) => element["url"] = json!(url),
        (None, Some(payload)) => element["value"] = json!(payload),
        (None, None) => element["value"] = json!(title),
    }
    let style = JsonObject::or_empty(button.extra.as_ref()).filled("style");
    if let Some(style @ ("primary" | "danger")) = style.as_deref() {
        element["style"] = json!(style);
    }
    element
}

/// Text that Slack must not read as its markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
