//! What a user wrote, sent or pressed.
//!
//! The text is what Rasa takes for it: a quick reply's payload, else what was written, else the address of the first
//! attachment where that is a picture, a recording, a film or a file. A sticker is one of them, as it was an image for
//! Meta until August 2026. The other kinds (places, shared pages and posts) have no text, and Rasa lets them fall.

use serde_json::json;
use switchboard_sdk::{Attachment, Json, JsonObject, Location, Message, to_json};

use super::Happening;

/// Attachments whose address stands for a text.
const SPOKEN: [&str; 5] = ["audio", "file", "image", "sticker", "video"];

/// A message; `None` if there is nothing in it.
pub(super) fn of_message(happening: &Happening, message: &JsonObject) -> Option<Message> {
    let mut location = None;
    let mut attachments = Vec::new();
    for json in message.objects("attachments") {
        match place(&json) {
            Some(place) if location.is_none() => location = Some(place),
            _ => attachments.push(attachment(&json)),
        }
    }
    let quick_reply = message.object("quick_reply");
    let spoken = attachments
        .first()
        .filter(|first| SPOKEN.contains(&first.kind.as_str()));
    let said = quick_reply
        .and_then(|reply| reply.filled("payload"))
        .or_else(|| message.filled("text"))
        .or_else(|| spoken.and_then(|first| first.url.clone()));
    if said.is_none() && attachments.is_empty() && location.is_none() {
        return None;
    }
    Some(Message {
        id: message.id("mid").and_then(|mid| happening.id(&[&mid])),
        text: said,
        attachments,
        location,
        ..happening.message("message")
    })
}

/// A press on a button, on the get-started button, or on an item of the menu; `None` if there is no payload.
pub(super) fn of_postback(happening: &Happening, postback: &JsonObject) -> Option<Message> {
    let payload = postback.filled("payload")?;
    let id = match postback.id("mid") {
        Some(mid) => happening.id(&[&mid]),
        // Before version 11 of the Graph API.
        None => happening
            .json
            .id("timestamp")
            .and_then(|time| happening.id(&["postback", &time, &payload])),
    };
    Some(Message {
        id,
        text: Some(payload),
        ..happening.message("postback")
    })
}

fn attachment(json: &JsonObject) -> Attachment {
    let payload = json.object("payload").unwrap_or_default();
    let sticker = payload.id("sticker_id");
    let kind = match &sticker {
        Some(_) => Some("sticker".to_owned()),
        None => json.filled("type"),
    };
    Attachment {
        url: payload.filled("url").or_else(|| json.filled("url")),
        id: sticker,
        name: json.filled("title").or_else(|| payload.filled("title")),
        ..Attachment::new(kind.unwrap_or_else(|| "fallback".to_owned()))
    }
}

fn place(json: &JsonObject) -> Option<Location> {
    let coordinates = json.object("payload")?.object("coordinates")?;
    Some(Location {
        title: json.filled("title"),
        ..Location::at(&coordinates.id("lat")?, &coordinates.id("long")?)?
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
        let mut metadata = self.json.pick(&["timestamp", name]);
        if let Some(page) = &self.page {
            metadata.insert("page_id", page);
        }
        metadata.to_json()
    }

    /// The Page whose token the answer needs.
    pub(super) fn reply(&self) -> Option<Json> {
        let page = self.page.as_ref()?;
        Some(to_json(&json!({ "page_id": page })))
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
