//! What someone said or pressed.

use switchboard_sdk::{Event, JsonKind, JsonObject, Location, Message};

use super::{Activity, attachments, mention};

/// What the bot gets to see as metadata, under Microsoft's names; `attachments` is Rasa's. `callerId` is left out: nobody
/// but the bot itself may set it.
const METADATA: [&str; 16] = [
    "attachments",
    "channelData",
    "channelId",
    "conversation",
    "entities",
    "from",
    "id",
    "locale",
    "localTimestamp",
    "name",
    "recipient",
    "replyToId",
    "serviceUrl",
    "text",
    "timestamp",
    "value",
];

pub(super) fn event(activity: &Activity<'_>) -> Result<Event, &'static str> {
    let said = said(activity.body, activity.recipient.as_deref());
    let attachments = attachments::attachments(activity.body);
    let location = location(activity.body);
    if said.is_none() && attachments.is_empty() && location.is_none() {
        return Err("a message that says nothing");
    }
    let mut message = with_text(activity, activity.id(&[]), said);
    message.attachments = attachments;
    message.location = location;
    Ok(message.into())
}

/// A message of the one who caused the activity.
pub(super) fn with_text(
    activity: &Activity<'_>,
    id: Option<String>,
    text: Option<String>,
) -> Message {
    Message {
        id,
        conversation: activity.conversation(&activity.from),
        sender: activity.from.clone(),
        text,
        attachments: Vec::new(),
        location: None,
        metadata: Some(activity.body.pick(&METADATA).to_json()),
        input_channel: None,
        reply: Some(activity.reply(None)),
    }
}

/// What was written; else what was pressed or filled in.
fn said(body: &JsonObject, bot: Option<&str>) -> Option<String> {
    let text = body.filled("text");
    let text = text.map(|text| mention::taken_off(&text, body, bot));
    let text = text.filter(|text| !text.trim().is_empty());
    text.or_else(|| submitted(body))
}

/// The `value` of a card's button: a text, the text that an object calls its payload, or else what it is as JSON.
fn submitted(body: &JsonObject) -> Option<String> {
    if body.kind("value") == Some(JsonKind::String) {
        return body.filled("value");
    }
    let payload = body
        .object("value")
        .and_then(|value| value.filled("payload"));
    payload.or_else(|| body.json("value"))
}

/// The first place among the entities.
fn location(body: &JsonObject) -> Option<Location> {
    body.objects("entities").iter().find_map(|entity| {
        let point = match entity.filled("type")?.as_str() {
            "GeoCoordinates" => entity.clone(),
            "Place" => entity.object("geo")?,
            _ => return None,
        };
        let place = Location::at(&point.number("latitude")?, &point.number("longitude")?)?;
        Some(Location {
            title: entity.filled("name").or_else(|| point.filled("name")),
            address: entity.filled("address"),
            ..place
        })
    })
}
