//! One part: one message, posted to the room, and into the thread, of the one that it answers.

mod card;

use serde_json::{Map, Value, json};
use switchboard_sdk::{Address, Content, Host, JsonObject, MediaContent, Receipt, SendError};

use crate::{Settings, api};

pub(crate) fn send(
    host: &dyn Host,
    settings: &Settings,
    to: &Address,
    content: &Content,
) -> Result<Receipt, SendError> {
    let place = Place::of(settings, to);
    let message = match content {
        Content::Text(content) => place.message([("text", json!(content.text))]),
        Content::Choices(choices) => place.message(card::of_choices(choices, place.parent())),
        Content::Cards(cards) => {
            let Some(card) = cards.first() else {
                return Err(SendError::Unsupported(
                    "there is no card in the part".to_owned(),
                ));
            };
            place.message(card::of_card(card, place.parent()))
        }
        Content::Image(media)
        | Content::File(media)
        | Content::Audio(media)
        | Content::Video(media) => place.message(file(media)?),
        Content::Custom(json) => custom(json, &Place::of_custom(to))?,
        Content::Location(_) | Content::Typing => {
            let text = "Webex has no places and no sign of typing";
            return Err(SendError::Unsupported(text.to_owned()));
        }
    };
    let request = api::request(settings, "POST", "/messages").json(&message);
    let answer = api::call(host, request)?;
    let id = answer.json_object().ok();
    Ok(Receipt {
        id: id.and_then(|answer| answer.filled("id")),
    })
}

/// The file at an address, which Webex fetches.
fn file(media: &MediaContent) -> Result<Vec<(&'static str, Value)>, SendError> {
    let Some(url) = &media.url else {
        return Err(SendError::permanent(
            "no-url",
            "the attachment has no address that Webex could fetch it from",
        ));
    };
    let mut file = vec![("files", json!([url]))];
    if let Some(caption) = media.caption.as_deref().filter(|text| !text.is_empty()) {
        file.push(("text", caption.into()));
    }
    Ok(file)
}

/// The parameters of `POST /messages` as the bot gave them, to the conversation where it names nobody.
fn custom(json: &str, place: &Place) -> Result<Map<String, Value>, SendError> {
    let Ok(mut message) = serde_json::from_str::<Map<String, Value>>(json) else {
        let text = "custom JSON must be an object with the parameters of Webex's `POST /messages`";
        return Err(SendError::permanent("custom", text));
    };
    let targets = ["roomId", "toPersonId", "toPersonEmail"];
    if !targets.iter().any(|target| message.contains_key(*target)) {
        for (name, value) in place.message([]) {
            message.entry(name).or_insert(value);
        }
    }
    Ok(message)
}

/// Where a message goes.
struct Place {
    room: String,
    parent: Option<String>,
}

impl Place {
    /// Where the question came from; else the fixed room, else the room that the conversation is named after.
    fn of(settings: &Settings, to: &Address) -> Self {
        let room = settings.room().unwrap_or(&to.conversation);
        Self::answering(to, room)
    }

    /// As with Rasa, custom JSON does not know of the fixed room.
    fn of_custom(to: &Address) -> Self {
        Self::answering(to, &to.conversation)
    }

    fn answering(to: &Address, otherwise: &str) -> Self {
        let reply = JsonObject::or_empty(to.reply.as_ref());
        match reply.filled("roomId") {
            Some(room) => Self {
                room,
                parent: reply.filled("parentId"),
            },
            None => Self {
                room: otherwise.to_owned(),
                parent: None,
            },
        }
    }

    fn parent(&self) -> Option<&str> {
        self.parent.as_deref()
    }

    fn message(
        &self,
        content: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Map<String, Value> {
        let mut message = Map::new();
        message.insert("roomId".to_owned(), self.room.as_str().into());
        if let Some(parent) = self.parent() {
            message.insert("parentId".to_owned(), parent.into());
        }
        message.extend(
            content
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        message
    }
}
