//! What a user wrote, sent or pressed.
//!
//! The text is what Rasa takes for it: a quick reply's payload, else what was written, else the address of the first
//! attachment where that is a picture, a recording, a film or a file. A sticker is one of them, as it was an image for
//! Meta until August 2026. The other kinds (places, shared pages and posts) have no text, and Rasa lets them fall.

use std::collections::BTreeMap;

use serde_json::value::{RawValue, to_raw_value};
use switchboard_sdk::{Attachment, Json, JsonObject, Location, Message};

use super::Happening;
use super::reading::{id, items, object, text};

/// Attachments whose address stands for a text.
const SPOKEN: [&str; 5] = ["audio", "file", "image", "sticker", "video"];

/// A message; `None` if there is nothing in it.
pub(super) fn of_message(happening: &Happening, message: &JsonObject) -> Option<Message> {
    let mut location = None;
    let mut attachments = Vec::new();
    for json in items(message, "attachments").unwrap_or_default() {
        let Ok(json) = JsonObject::parse(json.as_bytes()) else {
            continue;
        };
        match place(&json) {
            Some(place) if location.is_none() => location = Some(place),
            _ => attachments.push(attachment(&json)),
        }
    }
    let quick_reply = object(message, "quick_reply");
    let spoken = attachments
        .first()
        .filter(|first| SPOKEN.contains(&first.kind.as_str()));
    let said = quick_reply
        .and_then(|reply| text(&reply, "payload"))
        .or_else(|| text(message, "text"))
        .or_else(|| spoken.and_then(|first| first.url.clone()));
    if said.is_none() && attachments.is_empty() && location.is_none() {
        return None;
    }
    Some(Message {
        id: id(message, "mid").and_then(|mid| happening.id(&[&mid])),
        text: said,
        attachments,
        location,
        ..happening.message("message")
    })
}

/// A press on a button, on the get-started button, or on an item of the menu; `None` if there is no payload.
pub(super) fn of_postback(happening: &Happening, postback: &JsonObject) -> Option<Message> {
    let payload = text(postback, "payload")?;
    let id = match id(postback, "mid") {
        Some(mid) => happening.id(&[&mid]),
        // Before version 11 of the Graph API.
        None => id(&happening.json, "timestamp")
            .and_then(|time| happening.id(&["postback", &time, &payload])),
    };
    Some(Message {
        id,
        text: Some(payload),
        ..happening.message("postback")
    })
}

fn attachment(json: &JsonObject) -> Attachment {
    let payload = object(json, "payload");
    let within = |read: fn(&JsonObject, &str) -> Option<String>, name| {
        payload.as_ref().and_then(|payload| read(payload, name))
    };
    let sticker = within(id, "sticker_id");
    let kind = match &sticker {
        Some(_) => Some("sticker".to_owned()),
        None => text(json, "type"),
    };
    Attachment {
        kind: kind.unwrap_or_else(|| "fallback".to_owned()),
        url: within(text, "url").or_else(|| text(json, "url")),
        id: sticker,
        media_type: None,
        name: text(json, "title").or_else(|| within(text, "title")),
        size: None,
    }
}

fn place(json: &JsonObject) -> Option<Location> {
    let coordinates = object(&object(json, "payload")?, "coordinates")?;
    let degrees = |name, most: f64| {
        let degrees: f64 = id(&coordinates, name)?.parse().ok()?;
        (-most..=most).contains(&degrees).then_some(degrees)
    };
    Some(Location {
        latitude: degrees("lat", 90.0)?,
        longitude: degrees("long", 180.0)?,
        title: text(json, "title"),
        address: None,
    })
}

/// The contract's limit of an event's id, bytes.
const MAX_ID: usize = 1_024;

impl Happening {
    /// What tells this event from others, and not from itself when Meta sends it again.
    pub(super) fn id(&self, parts: &[&str]) -> Option<String> {
        let id = format!("{}/{}", self.user, parts.join("/"));
        (id.len() <= MAX_ID).then_some(id)
    }

    /// Meta's own JSON under `name`, with what stands beside it.
    pub(super) fn metadata(&self, name: &str) -> Json {
        let raw = |name| RawValue::from_string(self.json.json(name)?).ok();
        let page = self.page.as_ref().map(to_raw_value);
        let keys = [
            ("page_id", page.and_then(Result::ok)),
            ("timestamp", raw("timestamp")),
            (name, raw(name)),
        ];
        let keys = keys.into_iter();
        let keys: BTreeMap<_, _> = keys.filter_map(|(key, raw)| Some((key, raw?))).collect();
        serde_json::to_string(&keys).unwrap_or_default()
    }

    /// The Page whose token the answer needs.
    pub(super) fn reply(&self) -> Option<Json> {
        let page = self.page.as_ref()?;
        serde_json::to_string(&BTreeMap::from([("page_id", page)])).ok()
    }

    fn message(&self, name: &str) -> Message {
        Message {
            text: None,
            reply: self.reply(),
            metadata: Some(self.metadata(name)),
            ..Message::new(self.user.clone(), "")
        }
    }
}
