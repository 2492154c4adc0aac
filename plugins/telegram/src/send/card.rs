//! A card: its picture with its words below, and its buttons below these. Telegram has no row of cards to leaf through, so
//! each is a message.

use switchboard_sdk::{Button, Card, Host, JsonObject, LengthUnit, SendError, text};

use super::{Call, keyboard};
use crate::settings::MAX_CAPTION;

pub(super) fn call(host: &dyn Host, cards: &[Card], extra: &JsonObject) -> Result<Call, SendError> {
    // One is what is declared.
    let [card] = cards else {
        let text = "Telegram shows one card in a message";
        return Err(SendError::Unsupported(text.to_owned()));
    };
    let words = words(card);
    let mut call = match card.image_url.as_deref().filter(|url| !url.is_empty()) {
        Some(image) => {
            let caption = text::cut(&words, MAX_CAPTION, LengthUnit::Utf16Units);
            let mut call = Call::new("sendPhoto")
                .with("photo", image)
                .with("caption", caption);
            call.instead = Some(words);
            call
        }
        None => Call::text(&words),
    };
    let buttons = buttons(card);
    if !buttons.is_empty() {
        let keyboard = keyboard::of(host, &buttons, extra)?;
        call.set("reply_markup", keyboard);
    }
    Ok(call)
}

/// As Rasa writes it, without a colon where there is but one of the two.
fn words(card: &Card) -> String {
    let words = [&card.title, &card.subtitle];
    let words: Vec<&str> = words
        .into_iter()
        .flatten()
        .map(String::as_str)
        .filter(|word| !word.trim().is_empty())
        .collect();
    if words.is_empty() {
        return super::NO_TEXT.to_owned();
    }
    words.join(" : ")
}

/// Those of the card, and one more for the page that a press on the card itself would open.
fn buttons(card: &Card) -> Vec<Button> {
    let mut buttons = card.buttons.clone();
    let page = card.url.as_ref().filter(|url| keyboard::is_address(url));
    buttons.extend(page.map(|url| Button {
        title: card.title.clone(),
        payload: None,
        url: Some(url.clone()),
        extra: None,
    }));
    buttons
}
