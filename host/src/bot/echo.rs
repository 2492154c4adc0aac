//! The bot that a new user meets: it repeats, and on some words shows each kind of part.

use serde_json::{Value, json};

use crate::bindings::types::Message;

const IMAGE: &str = "https://www.rust-lang.org/logos/rust-logo-512x512.png";

/// The answer to a message, in Rasa's shape.
pub(crate) fn replies(message: &Message) -> Vec<Value> {
    let text = message.text.as_deref().unwrap_or_default();
    match text {
        "buttons" => vec![json!({"text": "Pick one:", "buttons": [
            {"title": "Yes", "payload": "/affirm"},
            {"title": "No", "payload": "/deny"},
        ]})],
        "quick" => vec![json!({"text": "Pick a colour:", "quick_replies": [
            {"content_type": "text", "title": "Red", "payload": "/red"},
            {"content_type": "text", "title": "Blue", "payload": "/blue"},
        ]})],
        "image" => vec![json!({"text": "An image:", "image": IMAGE})],
        "cards" => vec![json!({"elements": [
            {"title": "Card one", "subtitle": "The first", "image_url": IMAGE,
             "buttons": [{"title": "Open", "payload": "/open_one"}]},
            {"title": "Card two", "subtitle": "The second", "image_url": IMAGE,
             "buttons": [{"title": "Open", "payload": "/open_two"}]},
        ]})],
        "custom" => vec![json!({"custom": {"answer": 42, "nested": {"list": [1, 2, 3]}}})],
        "multi" => vec![
            json!({"text": "one"}),
            json!({"text": "two"}),
            json!({"text": "three"}),
        ],
        _ => vec![json!({ "text": format!("echo: {text}").trim_end() })],
    }
}
