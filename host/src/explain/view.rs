//! What is on record, as JSON for programs: times in RFC 3339, JSON within JSON unfolded.
//!
//! Not the store's own records: those follow the contract and the tables, this is what people write scripts against.
//! The platform's address for answers stays inside, as some platforms' addresses let their bearer speak.

use serde::{Deserialize as _, Serialize};
use serde_json::{Map, Value, json};

use super::time::rfc3339;
use super::{explain, now};
use crate::bindings::types::{ChoiceStyle, Content, Part};
use crate::store::{
    DeadLetter, EventRecord, EventState, Life, Millis, Note, PartRecord, PartState, Uuid,
};

/// Keys of the contract's records that hold JSON as text.
const FOLDED: [&str; 4] = ["data", "extra", "metadata", "source"];

/// The life of one message.
#[derive(Debug, Serialize)]
pub(crate) struct LifeView {
    event: Option<EventView>,
    parts: Vec<PartView>,
    notes: Vec<NoteView>,
    /// As `switchboard explain` prints it.
    explanation: String,
}

#[derive(Debug, Serialize)]
struct EventView {
    id: Uuid,
    channel: String,
    conversation: String,
    platform_id: Option<String>,
    body: Value,
    state: EventState,
    attempts: u32,
    received_at: String,
    started_at: Option<String>,
    closed_at: Option<String>,
    due_at: Option<String>,
    ahead: u64,
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct PartView {
    id: Uuid,
    event: Option<Uuid>,
    channel: String,
    conversation: String,
    content: Value,
    state: PartState,
    status: Option<&'static str>,
    receipt: Option<String>,
    attempts: u32,
    created_at: String,
    first_tried_at: Option<String>,
    tried_at: Option<String>,
    closed_at: Option<String>,
    due_at: Option<String>,
    ahead: u64,
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct NoteView {
    id: Uuid,
    at: String,
    text: String,
}

/// What could not be done.
#[derive(Debug, Serialize)]
pub(crate) struct LetterView {
    id: Uuid,
    kind: &'static str,
    channel: String,
    conversation: String,
    payload: Value,
    state: &'static str,
    error: String,
    attempts: u32,
    created_at: String,
    dead_at: String,
}

impl From<Life> for LifeView {
    fn from(life: Life) -> Self {
        Self {
            explanation: explain(&life, now()),
            event: life.event.map(Into::into),
            parts: life.parts.into_iter().map(Into::into).collect(),
            notes: life.notes.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<EventRecord> for EventView {
    fn from(event: EventRecord) -> Self {
        Self {
            id: event.id,
            channel: event.channel,
            conversation: event.conversation,
            platform_id: event.platform_id,
            // Strings and numbers always serialize.
            body: event_body(serde_json::to_value(&event.body).unwrap_or_default()),
            state: event.state,
            attempts: event.attempts,
            received_at: rfc3339(event.received_at),
            started_at: time(event.started_at),
            closed_at: time(event.closed_at),
            due_at: time(event.due_at),
            ahead: event.ahead,
            error: event.error,
        }
    }
}

impl From<PartRecord> for PartView {
    fn from(part: PartRecord) -> Self {
        Self {
            id: part.id,
            event: part.event,
            channel: part.channel,
            conversation: part.conversation,
            content: part_content(part.content),
            state: part.state,
            status: part.status,
            receipt: part.receipt,
            attempts: part.attempts,
            created_at: rfc3339(part.created_at),
            first_tried_at: time(part.first_tried_at),
            tried_at: time(part.tried_at),
            closed_at: time(part.closed_at),
            due_at: time(part.due_at),
            ahead: part.ahead,
            error: part.error,
        }
    }
}

impl From<Note> for NoteView {
    fn from(note: Note) -> Self {
        Self {
            id: note.id,
            at: rfc3339(note.at),
            text: note.text,
        }
    }
}

impl From<DeadLetter> for LetterView {
    fn from(letter: DeadLetter) -> Self {
        Self {
            id: letter.id,
            kind: letter.kind,
            channel: letter.channel,
            conversation: letter.conversation,
            payload: match letter.kind {
                "event" => event_body(letter.payload),
                _ => part_content(letter.payload),
            },
            state: letter.state,
            error: letter.error,
            attempts: letter.attempts,
            created_at: rfc3339(letter.created_at),
            dead_at: rfc3339(letter.dead_at),
        }
    }
}

fn time(at: Option<Millis>) -> Option<String> {
    at.map(rfc3339)
}

/// `{"message": {…}}` or `{"other": {…}}`.
fn event_body(mut body: Value) -> Value {
    for inner in body.as_object_mut().into_iter().flat_map(Map::values_mut) {
        if let Some(fields) = inner.as_object_mut() {
            fields.remove("reply");
        }
    }
    unfold(&mut body);
    body
}

/// `{"kind": "text", "text": …}`; what cannot be read is shown as it stands.
fn part_content(stored: Value) -> Value {
    let Ok(part) = Part::deserialize(&stored) else {
        return stored;
    };
    let (kind, fields) = match &part.content {
        Content::Text(text) => ("text", json!(text)),
        Content::Choices(choices) => {
            let mut fields = json!(choices);
            fields["style"] = match choices.style {
                ChoiceStyle::Buttons => "buttons",
                ChoiceStyle::QuickReplies => "quick_replies",
            }
            .into();
            ("choices", fields)
        }
        Content::Image(media) => ("image", json!(media)),
        Content::File(media) => ("file", json!(media)),
        Content::Audio(media) => ("audio", json!(media)),
        Content::Video(media) => ("video", json!(media)),
        Content::Cards(cards) => ("cards", json!({ "cards": cards })),
        Content::Location(location) => ("location", json!(location)),
        Content::Custom(custom) => ("custom", json!({ "data": custom })),
        Content::Typing => ("typing", json!({})),
    };
    let mut content = fields;
    content["kind"] = kind.into();
    content["extra"] = json!(part.extra);
    unfold(&mut content);
    content
}

/// Puts JSON in the place of text that is JSON.
fn unfold(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(unfold),
        Value::Object(fields) => {
            for (name, field) in fields {
                match field.as_str().map(serde_json::from_str) {
                    Some(Ok(json)) if FOLDED.contains(&name.as_str()) => *field = json,
                    _ => unfold(field),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_says_its_kind_and_holds_no_json_in_text() {
        let stored = json!({
            "content": {"Choices": {"text": "Which?", "style": "QuickReplies", "buttons": [
                {"title": "A", "payload": "/a", "url": null, "extra": "{\"color\":\"red\"}"}]}},
            "extra": "{\"button_type\":\"reply\"}"
        });
        assert_eq!(
            part_content(stored),
            json!({
                "kind": "choices", "text": "Which?", "style": "quick_replies", "extra": {"button_type": "reply"},
                "buttons": [{"title": "A", "payload": "/a", "url": null, "extra": {"color": "red"}}]
            })
        );
        // A user's text stays text, whatever it looks like.
        let stored = json!({"content": {"Text": {"text": "{\"a\":1}"}}, "extra": null});
        let shown = json!({"kind": "text", "text": "{\"a\":1}", "extra": null});
        assert_eq!(part_content(stored), shown);
        let unreadable = json!({"content": {"Hologram": {}}});
        assert_eq!(part_content(unreadable.clone()), unreadable);
    }

    #[test]
    fn the_address_for_answers_stays_inside() {
        let stored = json!({"message": {"text": "hi", "metadata": "{\"a\":[1]}", "reply": "{\"url\":\"hidden\"}"}});
        let shown = json!({"message": {"text": "hi", "metadata": {"a": [1]}}});
        assert_eq!(event_body(stored), shown);
    }
}
