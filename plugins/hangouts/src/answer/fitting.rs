//! Chat refuses a message that is too large, all of it: so what does not fit is left out, and the rest is shown.

use serde_json::Value;
use switchboard_sdk::{Host, LengthUnit, LogLevel, text};

/// As much of a text as `place` bytes of JSON hold.
pub(super) fn text(host: &dyn Host, text: String, place: usize) -> String {
    let over = size(&Value::from(text.as_str())).saturating_sub(place);
    if over == 0 {
        return text;
    }
    warn(host);
    // A character takes in JSON at least what it takes as it is.
    let max = text.len().saturating_sub(over);
    text::cut(
        &text,
        u32::try_from(max).unwrap_or(u32::MAX),
        LengthUnit::Bytes,
    )
}

/// As many cards, from the first, as `place` bytes hold.
pub(super) fn cards(host: &dyn Host, cards: Vec<Value>, place: usize) -> Vec<Value> {
    let mut left = place;
    let count = cards.len();
    let fitting = cards.into_iter().map_while(|card| {
        // With the comma behind it.
        left = left.checked_sub(size(&card) + 1)?;
        Some(card)
    });
    let fitting: Vec<Value> = fitting.collect();
    if fitting.len() < count {
        warn(host);
    }
    fitting
}

fn size(value: &Value) -> usize {
    value.to_string().len()
}

fn warn(host: &dyn Host) {
    let text = "the bot's answer is larger than a message of Google Chat, and was cut";
    host.log(LogLevel::Warn, text, &[]);
}
