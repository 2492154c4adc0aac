//! What is no message: who came and went, reactions, changes.

use switchboard_sdk::{Event, Json, JsonObject, OtherEvent};

use super::{Activity, kebab_case};

/// What a bot may want to know. The others are signs of typing and of nothing, and kinds that Microsoft may add.
const KINDS: [&str; 11] = [
    "command",
    "commandResult",
    "contactRelationUpdate",
    "endOfConversation",
    "event",
    "handoff",
    "installationUpdate",
    "messageDelete",
    "messageReaction",
    "messageUpdate",
    "suggestion",
];

/// What the bot is told of them, under Microsoft's names.
const DATA: [&str; 24] = [
    "action",
    "channelData",
    "channelId",
    "code",
    "conversation",
    "entities",
    "from",
    "id",
    "locale",
    "membersAdded",
    "membersRemoved",
    "name",
    "reactionsAdded",
    "reactionsRemoved",
    "recipient",
    "relatesTo",
    "replyToId",
    "serviceUrl",
    "text",
    "timestamp",
    "topicName",
    "type",
    "value",
    "valueType",
];

/// Of one activity; the host takes 1,000 events a call.
const MAX_MEMBERS: usize = 200;

pub(super) fn events(activity: &Activity<'_>) -> Result<Vec<Event>, &'static str> {
    if activity.kind == "conversationUpdate" {
        return Ok(update(activity));
    }
    if !KINDS.contains(&activity.kind) {
        return Err("a kind of activity that is none for the bot");
    }
    Ok(vec![event(activity, &kebab_case(activity.kind))])
}

/// Who came and who went, an event each; if nobody did, the update as it is.
fn update(activity: &Activity<'_>) -> Vec<Event> {
    let came = members(activity, "membersAdded", "joined");
    let went = members(activity, "membersRemoved", "left");
    let events: Vec<Event> = came.into_iter().chain(went).take(MAX_MEMBERS).collect();
    if events.is_empty() {
        vec![event(activity, "conversation-update")]
    } else {
        events
    }
}

fn members(activity: &Activity<'_>, key: &str, what: &str) -> Vec<Event> {
    let members = activity.body.objects(key);
    let members = members.iter().filter_map(|member| {
        let id = member.id("id").filter(|id| id.len() <= super::MAX_ID)?;
        Some(if activity.recipient.as_ref() == Some(&id) {
            // Who lets the bot in is the one to talk to.
            event(activity, &["bot-", what].concat())
        } else {
            joined(activity, member, &id, &["member-", what].concat())
        })
    });
    members.collect()
}

fn joined(activity: &Activity<'_>, member: &JsonObject, id: &str, name: &str) -> Event {
    OtherEvent {
        id: event_id(activity, name, id),
        reply: reply(activity, name, Some(member)),
        ..OtherEvent::new(activity.conversation(id), name, data(activity))
    }
    .into()
}

fn event(activity: &Activity<'_>, name: &str) -> Event {
    OtherEvent {
        id: event_id(activity, name, ""),
        reply: reply(activity, name, None),
        ..OtherEvent::new(activity.conversation(&activity.from), name, data(activity))
    }
    .into()
}

pub(super) fn data(activity: &Activity<'_>) -> Json {
    activity.body.pick(&DATA).to_json()
}

/// Nobody is answered where the bot or they themselves are not any more: their earlier address stays.
fn reply(activity: &Activity<'_>, name: &str, person: Option<&JsonObject>) -> Option<Json> {
    let is_farewell = name.ends_with("-left")
        || name == "end-of-conversation"
        || activity.body.filled("action").as_deref() == Some("remove");
    (!is_farewell).then(|| activity.reply(person))
}

/// Changes and reactions bear the id of the message, or one that is used again, so that the time goes with it.
fn event_id(activity: &Activity<'_>, name: &str, member: &str) -> Option<String> {
    let time = activity.body.filled("timestamp").unwrap_or_default();
    activity.id(&[name, member, &time])
}
