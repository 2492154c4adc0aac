//! One part: one message in the room, and in the thread, of the one that it answers.

mod attachment;

use serde_json::{Map, Value, json};
use switchboard_sdk::{Address, Content, Host, JsonObject, LogLevel, Receipt, SendError};

use crate::{Settings, api};

pub(crate) fn send(
    host: &dyn Host,
    settings: &Settings,
    to: &Address,
    content: &Content,
) -> Result<Receipt, SendError> {
    let place = Place::of(to);
    let message = match content {
        Content::Text(content) if content.text.trim().is_empty() => {
            host.log(LogLevel::Debug, "a blank text is not sent", &[]);
            return Ok(Receipt::without_id());
        }
        Content::Text(content) => place.message([("text", json!(content.text))]),
        Content::Choices(choices) => place.message(attachment::of_choices(choices)?),
        Content::Cards(cards) if cards.is_empty() => {
            return Err(SendError::Unsupported(
                "there is no card in the part".to_owned(),
            ));
        }
        Content::Cards(cards) => place.message([(
            "attachments",
            cards.iter().map(attachment::of_card).collect(),
        )]),
        Content::Image(media) => attached(&place, attachment::of_media(media, "image")?),
        Content::File(media) => attached(&place, attachment::of_media(media, "file")?),
        Content::Audio(media) => attached(&place, attachment::of_media(media, "audio")?),
        Content::Video(media) => attached(&place, attachment::of_media(media, "video")?),
        Content::Custom(json) => custom(json, &place)?,
        Content::Location(_) | Content::Typing => {
            let text = "Rocket.Chat's API has no places and no sign of typing";
            return Err(SendError::Unsupported(text.to_owned()));
        }
    };
    let answer = api::post_message(host, settings, &message)?;
    let posted = answer.object("message").unwrap_or_default();
    Ok(Receipt {
        id: posted.filled("_id"),
    })
}

fn attached(place: &Place, attachment: Map<String, Value>) -> Map<String, Value> {
    place.message([("attachments", json!([attachment]))])
}

/// The body of `chat.postMessage` as the bot gave it, to the conversation where it names no other place. As in Rasa a
/// room may be called `room_id`, and `channel` goes before it.
fn custom(json: &str, place: &Place) -> Result<Map<String, Value>, SendError> {
    let Ok(mut message) = serde_json::from_str::<Map<String, Value>>(json) else {
        let text = "custom JSON must be an object, the body of Rocket.Chat's `chat.postMessage`";
        return Err(SendError::permanent("custom", text));
    };
    let is_filled =
        |value: &Value| value.as_str().is_none_or(|text| !text.is_empty()) && !value.is_null();
    let room = message.remove("room_id");
    let room = message.remove("roomId").filter(is_filled).or(room);
    match message.remove("channel").filter(is_filled) {
        Some(channel) => {
            message.insert("channel".to_owned(), channel);
        }
        None => match room.filter(is_filled) {
            Some(room) => {
                message.insert("roomId".to_owned(), room);
            }
            None => {
                for (name, value) in place.message([]) {
                    message.entry(name).or_insert(value);
                }
            }
        },
    }
    Ok(message)
}

/// Where a message goes.
struct Place {
    room: String,
    thread: Option<String>,
}

impl Place {
    /// Where the question came from, else the room that the conversation is named after.
    fn of(to: &Address) -> Self {
        let reply = JsonObject::or_empty(to.reply.as_ref());
        match reply.filled("roomId") {
            Some(room) => Self {
                room,
                thread: reply.filled("tmid"),
            },
            None => Self {
                room: to.conversation.clone(),
                thread: None,
            },
        }
    }

    fn message(
        &self,
        content: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Map<String, Value> {
        // No room's id begins like that: `#general` and `@asha` are what people call a channel and a user.
        let place = match self.room.starts_with(['#', '@']) {
            true => "channel",
            false => "roomId",
        };
        let mut message = Map::new();
        message.insert(place.to_owned(), self.room.as_str().into());
        if let Some(thread) = &self.thread {
            message.insert("tmid".to_owned(), thread.as_str().into());
        }
        let content = content.into_iter();
        message.extend(content.map(|(name, value)| (name.to_owned(), value)));
        message
    }
}
