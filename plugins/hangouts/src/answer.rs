//! All that the bot says, as the one message that answers an event: a text, or where a card is among it, cards.

mod fitting;

use serde_json::{Map, Value, json};
use switchboard_sdk::{Button, Card, Content, Host, LogLevel, MediaContent, Part};

/// The largest message, bytes, some 100 of which are for the names around what is shown.
const MAX_SIZE: usize = 32_000 - 100;

/// What is shown, in order.
enum Piece {
    Text(String),
    Card(Value),
}

/// As with Rasa, a text beside a card is a card. Empty where the bot says nothing.
pub(crate) fn answer(host: &dyn Host, parts: &[Part]) -> Map<String, Value> {
    let mut answer = Map::new();
    let mut pieces = Vec::new();
    for part in parts {
        match &part.content {
            Content::Text(content) => pieces.push(Piece::Text(content.text.clone())),
            Content::Choices(choices) => {
                let text = choices.text.as_deref().unwrap_or_default();
                pieces.push(Piece::Card(card(
                    None,
                    widgets(text, None, &choices.buttons),
                )));
            }
            Content::Image(media) => pieces.extend(image(media)),
            Content::Cards(cards) => pieces.extend(cards.iter().map(of_card)),
            Content::Custom(json) => custom(host, json, &mut pieces, &mut answer),
            Content::File(media) | Content::Audio(media) | Content::Video(media) => {
                pieces.extend(link(media));
            }
            // The host has made text of these.
            Content::Location(_) | Content::Typing => {}
        }
    }
    let place = MAX_SIZE.saturating_sub(Value::Object(answer.clone()).to_string().len());
    if pieces.iter().any(|piece| matches!(piece, Piece::Card(_))) {
        let cards = pieces.into_iter().map(|piece| match piece {
            Piece::Card(card) => card,
            Piece::Text(text) => card(None, widgets(&text, None, &[])),
        });
        let cards = fitting::cards(host, cards.collect(), place);
        if !cards.is_empty() {
            answer.insert("cards".to_owned(), cards.into());
        }
    } else if !pieces.is_empty() {
        let texts = pieces.into_iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text),
            Piece::Card(_) => None,
        });
        let texts: Vec<String> = texts.collect();
        let text = fitting::text(host, texts.join("\n"), place);
        answer.insert("text".to_owned(), text.into());
    }
    answer
}

/// What a dialog waits for that was filled in: a message closes it, and so does the word that all is well. What the bot
/// itself answers it with stays.
pub(crate) fn close_dialog(answer: &mut Map<String, Value>) {
    if answer.contains_key("actionResponse") {
        return;
    }
    let response = if answer.is_empty() {
        json!({ "type": "DIALOG", "dialogAction": { "actionStatus": { "statusCode": "OK" } } })
    } else {
        json!({ "type": "NEW_MESSAGE" })
    };
    answer.insert("actionResponse".to_owned(), response);
}

fn card(header: Option<Value>, widgets: Vec<Value>) -> Value {
    let mut card = Map::new();
    if let Some(header) = header {
        card.insert("header".to_owned(), header);
    }
    if !widgets.is_empty() {
        card.insert("sections".to_owned(), json!([{ "widgets": widgets }]));
    }
    card.into()
}

fn widgets(text: &str, image: Option<Value>, buttons: &[Button]) -> Vec<Value> {
    let mut widgets = Vec::new();
    if !text.is_empty() {
        widgets.push(json!({ "textParagraph": { "text": text } }));
    }
    widgets.extend(image);
    let buttons: Vec<Value> = buttons.iter().filter_map(button).collect();
    if !buttons.is_empty() {
        widgets.push(json!({ "buttons": buttons }));
    }
    widgets
}

/// One on which nothing stands is none.
fn button(button: &Button) -> Option<Value> {
    let label = button.label()?;
    let press = match &button.url {
        Some(url) => json!({ "openLink": { "url": url } }),
        None => {
            let payload = button.payload.as_deref().unwrap_or(label);
            json!({ "action": { "actionMethodName": payload } })
        }
    };
    Some(json!({ "textButton": { "text": label, "onClick": press } }))
}

fn image(media: &MediaContent) -> Option<Piece> {
    let url = media.url.as_ref()?;
    let image = json!({ "image": { "imageUrl": url } });
    let caption = media.caption.as_deref().unwrap_or_default();
    Some(Piece::Card(card(None, widgets(caption, Some(image), &[]))))
}

/// Chat takes no files from an app that answers, but shows links.
fn link(media: &MediaContent) -> Option<Piece> {
    let url = media.url.as_deref()?;
    let caption = media
        .caption
        .as_deref()
        .filter(|caption| !caption.is_empty());
    let text = match caption {
        Some(caption) => [caption, "\n", url].concat(),
        None => url.to_owned(),
    };
    Some(Piece::Text(text))
}

fn of_card(shown: &Card) -> Piece {
    let header = shown.title.as_ref().map(|title| match &shown.subtitle {
        Some(subtitle) => json!({ "title": title, "subtitle": subtitle }),
        None => json!({ "title": title }),
    });
    // A header needs a title.
    let text = match shown.title {
        Some(_) => "",
        None => shown.subtitle.as_deref().unwrap_or_default(),
    };
    let image = shown.image_url.as_ref().map(|url| {
        let mut image = json!({ "imageUrl": url });
        if let Some(page) = &shown.url {
            image["onClick"] = json!({ "openLink": { "url": page } });
        }
        json!({ "image": image })
    });
    Piece::Card(card(header, widgets(text, image, &shown.buttons)))
}

/// One of these makes custom JSON a message; Chat refuses what it does not know.
const MESSAGE: [&str; 4] = ["actionResponse", "cards", "cardsV2", "text"];

/// A message as the bot gave it: its text and cards stand among the others, the rest is as it was given.
fn custom(host: &dyn Host, json: &str, pieces: &mut Vec<Piece>, answer: &mut Map<String, Value>) {
    let custom: Map<String, Value> = serde_json::from_str(json).unwrap_or_default();
    if !MESSAGE.iter().any(|name| custom.contains_key(*name)) {
        let text = "custom JSON that is no message of Google Chat was left out";
        host.log(LogLevel::Warn, text, &[]);
        return;
    }
    for (name, value) in custom {
        match (name.as_str(), value) {
            ("text", Value::String(text)) => pieces.push(Piece::Text(text)),
            ("cards", Value::Array(cards)) => pieces.extend(cards.into_iter().map(Piece::Card)),
            (_, value) => {
                answer.insert(name, value);
            }
        }
    }
}
