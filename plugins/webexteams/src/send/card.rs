//! Choices and cards as an Adaptive Card (<https://adaptivecards.io>) of version 1.3, the newest that Webex shows, with a
//! text for notifications and for clients that show none.

use serde_json::{Value, json};
use switchboard_sdk::{Button, Card, ChoicesContent, LengthUnit, text};

use crate::receive::{PARENT, PAYLOAD};
use crate::settings::MAX_TEXT;

/// A message's fields.
type Fields = [(&'static str, Value); 2];

pub(super) fn of_choices(choices: &ChoicesContent, parent: Option<&str>) -> Fields {
    let question = filled(choices.text.as_deref());
    let body = question.map(paragraph).into_iter().collect();
    fields(
        question.into_iter().collect(),
        body,
        &choices.buttons,
        None,
        parent,
    )
}

pub(super) fn of_card(card: &Card, parent: Option<&str>) -> Fields {
    let title = filled(card.title.as_deref());
    let subtitle = filled(card.subtitle.as_deref());
    let image = filled(card.image_url.as_deref());
    let url = filled(card.url.as_deref());
    let body = [
        image.map(
            |url| json!({ "type": "Image", "url": url, "altText": title.unwrap_or_default() }),
        ),
        title.map(|title| {
            let mut block = paragraph(title);
            block["weight"] = "Bolder".into();
            block["size"] = "Medium".into();
            block
        }),
        subtitle.map(paragraph),
    ];
    let lines = [title, subtitle, url].into_iter().flatten().collect();
    let body = body.into_iter().flatten().collect();
    fields(lines, body, &card.buttons, url, parent)
}

fn fields<'part>(
    mut lines: Vec<&'part str>,
    body: Vec<Value>,
    buttons: &'part [Button],
    url: Option<&str>,
    parent: Option<&str>,
) -> Fields {
    let actions: Vec<Value> = buttons
        .iter()
        .map(|button| action(button, parent))
        .collect();
    lines.extend(buttons.iter().map(label));
    let words = text::cut(&lines.join("\n"), MAX_TEXT, LengthUnit::Bytes);
    let mut card = json!({
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.3",
        "body": body,
        "actions": actions,
    });
    if let Some(url) = url {
        card["selectAction"] = json!({ "type": "Action.OpenUrl", "url": url });
    }
    let attachment = json!({
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": card,
    });
    [("text", words.into()), ("attachments", json!([attachment]))]
}

fn paragraph(text: &str) -> Value {
    json!({ "type": "TextBlock", "text": text, "wrap": true })
}

/// What the button opens, or what it says; without a payload, its title.
fn action(button: &Button, parent: Option<&str>) -> Value {
    let title = label(button);
    if let Some(url) = filled(button.url.as_deref()) {
        return json!({ "type": "Action.OpenUrl", "title": title, "url": url });
    }
    let payload = filled(button.payload.as_deref()).unwrap_or(title);
    let mut data = json!({ PAYLOAD: payload });
    if let Some(parent) = parent {
        data[PARENT] = parent.into();
    }
    json!({ "type": "Action.Submit", "title": title, "data": data })
}

fn label(button: &Button) -> &str {
    button.label().unwrap_or_default()
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}
