//! One activity that is known to be Microsoft's: which kind it is. What was read is acknowledged with an empty 200,
//! whether it is of interest or not; of an invoke the status is the answer.

mod attachments;
mod happening;
mod invoke;
mod mention;
mod message;

use serde_json::json;
use switchboard_sdk::{Host, Json, JsonObject, LengthUnit, LogLevel, Refusal, Response, text};

use crate::Settings;
use crate::settings::Granularity;

pub(crate) fn receive(
    host: &dyn Host,
    settings: &Settings,
    body: &JsonObject,
) -> Result<Response, Refusal> {
    let kind = body.filled("type").unwrap_or_default();
    let activity = match Activity::read(settings, body, &kind) {
        Ok(activity) => activity,
        Err(why) => {
            leave_out(host, &kind, why);
            return Ok(Response::empty(200));
        }
    };
    if kind == "invoke" {
        return invoke::invoke(host, &activity);
    }
    let events = match kind.as_str() {
        "message" => message::event(&activity).map(|event| vec![event]),
        _ => happening::events(&activity),
    };
    match events {
        Ok(events) => {
            for event in events {
                host.accept(event)?;
            }
        }
        Err(why) => leave_out(host, &kind, why),
    }
    Ok(Response::empty(200))
}

/// What happened, where and to whom.
struct Activity<'a> {
    body: &'a JsonObject,
    kind: &'a str,
    granularity: Granularity,
    channel: String,
    /// Where it was said: `conversation.id`.
    place: String,
    /// Who said it.
    from: String,
    /// The bot.
    recipient: Option<String>,
}

impl<'a> Activity<'a> {
    /// Why not, if it is of no use.
    fn read(
        settings: &Settings,
        body: &'a JsonObject,
        kind: &'a str,
    ) -> Result<Self, &'static str> {
        let id = |name: &str| body.object(name).and_then(|object| object.id("id"));
        let activity = Self {
            body,
            kind,
            granularity: settings.granularity,
            channel: body.filled("channelId").unwrap_or_default(),
            place: id("conversation").ok_or("an activity without a conversation")?,
            from: id("from").ok_or("an activity of nobody")?,
            recipient: id("recipient"),
        };
        if activity.place.len().max(activity.from.len()) > MAX_ID {
            return Err("an activity with an id that is too long");
        }
        if activity.recipient.as_ref() == Some(&activity.from) {
            return Err("the bot's own activity");
        }
        Ok(activity)
    }

    /// What the bot calls the talk with someone.
    fn conversation(&self, person: &str) -> String {
        match self.granularity {
            Granularity::Sender => person.to_owned(),
            Granularity::Conversation => self.place.clone(),
        }
    }

    /// What is the same when the activity is sent again, and in no other: ids are unique within a conversation of a channel.
    /// `None` if it has none, or a longer one than the host takes.
    fn id(&self, more: &[&str]) -> Option<String> {
        let id = self.body.id("id")?;
        let mut pieces = vec![self.channel.as_str(), &self.place, &id];
        pieces.extend(more);
        let id = pieces.join("|");
        (id.len() <= MAX_EVENT_ID).then_some(id)
    }

    /// Where answers to someone go, as `send` reads it: what Microsoft calls a conversation reference.
    fn reply(&self, person: Option<&JsonObject>) -> Json {
        let body = self.body;
        let mut reply = body.pick(&["serviceUrl", "channelId", "locale"]);
        let conversation = body.object("conversation").unwrap_or_default();
        let conversation = conversation.pick(&["id", "conversationType", "isGroup", "tenantId"]);
        insert(&mut reply, "conversation", &conversation);
        if let Some(bot) = body.object("recipient") {
            insert(&mut reply, "bot", &bot);
        }
        let from = body.object("from").unwrap_or_default();
        let person = person.unwrap_or(&from);
        insert(&mut reply, "user", &person.pick(&["id", "aadObjectId"]));
        if let (Some(id), "message" | "invoke") = (body.id("id"), self.kind) {
            reply.insert("activityId", &id);
        }
        reply.to_json()
    }
}

/// The longest id of a person or a place, bytes. Microsoft's have some 200.
const MAX_ID: usize = 1_024;

/// The longest id of an event that the host takes, bytes.
const MAX_EVENT_ID: usize = 1_024;

/// Puts an object into another, its values as they came.
fn insert(into: &mut JsonObject, name: &str, object: &JsonObject) {
    let value: Result<Box<serde_json::value::RawValue>, _> =
        serde_json::from_str(&object.to_json());
    if let Ok(value) = value {
        into.insert(name, &value);
    }
}

/// `messageReaction` is `message-reaction` at the bot.
fn kebab_case(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 2);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}

/// What is acknowledged and goes no further.
fn leave_out(host: &dyn Host, kind: &str, why: &str) {
    let kind = text::cut(kind, 100, LengthUnit::Bytes);
    host.log(
        LogLevel::Debug,
        "left out",
        &[("type", &kind), ("reason", why)],
    );
}

/// The answer to an invoke that a card made, as Microsoft's universal actions want it.
fn taken() -> Response {
    let body = json!({
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": "",
    });
    Response::json(200, &body)
}
