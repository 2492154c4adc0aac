//! One part: one activity, to the conversation that the reference of the latest message names.

mod card;
mod media;

use serde_json::{Map, Value, json};
use switchboard_sdk::{Address, ChoiceStyle, Content, Host, JsonObject, Receipt, SendError};

use crate::settings::MAX_BUTTONS;
use crate::{Settings, api};

pub(crate) fn send(
    host: &dyn Host,
    settings: &Settings,
    to: &Address,
    content: &Content,
) -> Result<Receipt, SendError> {
    let Some(place) = Place::of(to) else {
        let text = "nobody in this conversation has been heard yet, so that the service to write to is not known";
        return Err(SendError::permanent("no-reference", text));
    };
    let activity = match content {
        Content::Text(content) => place.message([("text", json!(content.text))]),
        Content::Choices(choices) => {
            let actions = card::actions(&choices.buttons);
            let text = choices.text.as_deref().unwrap_or_default();
            if choices.style == ChoiceStyle::QuickReplies && place.shows_suggestions(&actions) {
                let suggested = json!({ "to": [], "actions": actions });
                place.message([("text", json!(text)), ("suggestedActions", suggested)])
            } else {
                place.message([("attachments", card::of_choices(text, &actions).into())])
            }
        }
        Content::Cards(cards) => place.message(card::of_cards(cards)?),
        Content::Image(media) => place.message(media::image(media)?),
        Content::File(media) | Content::Audio(media) | Content::Video(media) => {
            place.message(media::file(media, place.is_teams())?)
        }
        Content::Custom(json) => custom(json, &place)?,
        Content::Typing => place.activity("typing"),
        Content::Location(_) => {
            let text = "the Bot Framework has no places to send";
            return Err(SendError::Unsupported(text.to_owned()));
        }
    };
    let json = Value::Object(activity).to_string();
    api::post(
        host,
        settings,
        &place.service_url,
        &place.id,
        json.as_bytes(),
    )
}

/// An activity as the bot gave it, with what it does not say filled in.
fn custom(json: &str, place: &Place) -> Result<Map<String, Value>, SendError> {
    let Ok(custom) = serde_json::from_str::<Map<String, Value>>(json) else {
        let text = "custom JSON must be an object with the keys of an activity";
        return Err(SendError::permanent("custom", text));
    };
    let mut activity = place.message([]);
    activity.extend(custom);
    Ok(activity)
}

/// Where an activity goes: a conversation reference, as `receive` wrote it.
struct Place {
    service_url: String,
    /// Of the conversation.
    id: String,
    reference: JsonObject,
}

impl Place {
    fn of(to: &Address) -> Option<Self> {
        let reference = JsonObject::or_empty(to.reply.as_ref());
        Some(Self {
            service_url: reference.filled("serviceUrl")?,
            id: reference.object("conversation")?.filled("id")?,
            reference,
        })
    }

    fn is_teams(&self) -> bool {
        self.reference.filled("channelId").as_deref() == Some("msteams")
    }

    /// Teams shows a few of them where nobody else reads along, and knows only those that say what stands on them.
    fn shows_suggestions(&self, actions: &[Value]) -> bool {
        let conversation = self.reference.object("conversation").unwrap_or_default();
        let is_personal = conversation.filled("conversationType").as_deref() == Some("personal");
        let are_few = actions.len() <= MAX_BUTTONS;
        let are_said = actions.iter().all(|action| action["type"] == "imBack");
        !self.is_teams() || is_personal && are_few && are_said
    }

    /// What every activity says: from whom to whom.
    fn activity(&self, kind: &str) -> Map<String, Value> {
        let mut activity = Map::new();
        let mut put = |name: &str, value: Value| activity.insert(name.to_owned(), value);
        put("type", kind.into());
        put("conversation", json!({ "id": self.id }));
        if let Some(bot) = self.reference.value("bot") {
            put("from", bot);
        }
        if let Some(user) = self
            .reference
            .object("user")
            .and_then(|user| user.filled("id"))
        {
            put("recipient", json!({ "id": user }));
        }
        if let Some(id) = self.reference.filled("activityId") {
            put("replyToId", id.into());
        }
        activity
    }

    /// A message; as with Rasa, Teams tells of it in the user's feed.
    fn message(
        &self,
        content: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Map<String, Value> {
        let mut message = self.activity("message");
        let mut put = |name: &str, value| message.insert(name.to_owned(), value);
        put(
            "channelData",
            json!({ "notification": { "alert": "true" } }),
        );
        put("text", "".into());
        for (name, value) in content {
            put(name, value);
        }
        message
    }
}
