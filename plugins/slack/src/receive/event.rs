//! Events: messages and mentions for the bot, and what else happens where it is.

use serde_json::{Value, json};
use switchboard_sdk::{Attachment, Event, Host, LogLevel, Message, OtherEvent, Refusal, to_json};

use super::clean::clean;
use super::{kebab_case, leave_out, metadata};
use crate::place::Place;
use crate::settings::Settings;

/// Messages of these kinds were written by a person; all other subtypes tell of something.
const WRITTEN: [&str; 3] = ["file_share", "thread_broadcast", "me_message"];

/// Slack itself, which writes to everybody.
const SYSTEM_USERS: [&str; 2] = ["USLACK", "USLACKBOT"];

pub(super) fn event(host: &dyn Host, settings: &Settings, body: &Value) -> Result<(), Refusal> {
    let event = &body["event"];
    let Some(kind) = event["type"].as_str() else {
        leave_out(host, "", "it has no event with a type");
        return Ok(());
    };
    if matches!(kind, "app_uninstalled" | "tokens_revoked") {
        let text = "the app was removed from a workspace, or its tokens were: nothing can be sent there any more";
        let team = body["team_id"].as_str().unwrap_or_default();
        host.log(LogLevel::Warn, text, &[("type", kind), ("team", team)]);
        return Ok(());
    }
    let is_message = matches!(kind, "message" | "app_mention");
    if is_message && !is_for_the_bot(settings, kind, event) {
        leave_out(
            host,
            kind,
            "it is neither a direct message nor a mention, nor in `slack_channel`",
        );
        return Ok(());
    }
    let subtype = event["subtype"].as_str().filter(|_| is_message);
    let accepted = match subtype {
        None if is_message => message(settings, body, kind),
        Some(subtype) if WRITTEN.contains(&subtype) => message(settings, body, kind),
        _ => other(settings, body, subtype.unwrap_or(kind)),
    };
    match accepted {
        Ok(event) => host.accept(event)?,
        Err(why) => leave_out(host, subtype.unwrap_or(kind), why),
    }
    Ok(())
}

/// As in Rasa: all of a direct conversation and of `slack_channel`, elsewhere what mentions the bot. Slack tells of a
/// mention twice where the app also reads the channel, so that a plain message there never counts.
fn is_for_the_bot(settings: &Settings, kind: &str, event: &Value) -> bool {
    let channel = event["channel"].as_str();
    kind == "app_mention"
        || matches!(event["channel_type"].as_str(), Some("im" | "app_home"))
        || (channel.is_some() && channel == settings.slack_channel())
}

fn message(settings: &Settings, body: &Value, kind: &str) -> Result<Event, &'static str> {
    let event = &body["event"];
    if is_own(body, event) {
        return Err("a bot wrote it");
    }
    let (Some(user), Some(channel)) = (event["user"].as_str(), event["channel"].as_str()) else {
        return Err("it has no user or no channel");
    };
    let written = event["text"].as_str().filter(|text| !text.is_empty());
    let attachments: Vec<_> = list(&event["files"]).iter().map(attachment).collect();
    if written.is_none() && attachments.is_empty() {
        return Err("it has neither text nor files");
    }
    let sent_at = event["ts"].as_str();
    let place = Place {
        user,
        channel: Some(channel),
        thread: event["thread_ts"].as_str().or(sent_at),
    };
    let users = addressed(body);
    let more = json!({
        "team": body["team_id"],
        "channel": channel,
        "channel_type": event["channel_type"],
        "event_type": kind,
        "message_ts": sent_at,
    });
    let id = match sent_at {
        // The same for a message and the mention in it, and for each time that Slack sends either.
        Some(sent_at) => Some([channel, sent_at].join(":")),
        None => body["event_id"].as_str().map(str::to_owned),
    };
    Ok(Event::Message(Message {
        id,
        conversation: place.conversation(settings.granularity()),
        sender: user.to_owned(),
        text: written.map(|text| clean(text, &users)),
        attachments,
        location: None,
        metadata: Some(metadata(&place, &users, more)),
        input_channel: None,
        reply: Some(place.reply(None)),
    }))
}

/// Something that happened where a user and perhaps a channel are known.
fn other(settings: &Settings, body: &Value, name: &str) -> Result<Event, &'static str> {
    let event = &body["event"];
    // An edited message stands in `message`, one that is gone in `previous_message`.
    let inner = match &event["message"] {
        Value::Null => &event["previous_message"],
        inner => inner,
    };
    let assistant = &event["assistant_thread"];
    if is_own(body, event) || is_own(body, inner) {
        return Err("a bot did it");
    }
    let user = [
        &event["user"],
        &event["user"]["id"],
        &event["user_id"],
        &inner["user"],
        &assistant["user_id"],
    ];
    let channel = [
        &event["channel"],
        &event["channel"]["id"],
        &event["item"]["channel"],
        &event["channel_id"],
        &assistant["channel_id"],
    ];
    let thread = [
        &event["thread_ts"],
        &inner["thread_ts"],
        &inner["ts"],
        &assistant["thread_ts"],
    ];
    let Some(user) = first_text(&user) else {
        return Err("it belongs to no user");
    };
    let place = Place {
        user,
        channel: first_text(&channel),
        thread: first_text(&thread),
    };
    let conversation = place.conversation(settings.granularity());
    Ok(Event::Other(OtherEvent {
        id: body["event_id"].as_str().map(str::to_owned),
        reply: Some(place.reply(None)),
        ..OtherEvent::new(conversation, kebab_case(name), to_json(event))
    }))
}

pub(super) fn first_text<'a>(values: &[&'a Value]) -> Option<&'a str> {
    values.iter().find_map(|value| value.as_str())
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Whether the bot, another one or Slack itself wrote it: two bots that answer each other do not stop.
fn is_own(body: &Value, event: &Value) -> bool {
    let app = &body["api_app_id"];
    let user = event["user"].as_str();
    let bots = list(&body["authorizations"]).iter();
    let mut bots = bots.filter(|one| one["is_bot"] == true);
    event["bot_id"].as_str().is_some_and(|id| !id.is_empty())
        || (app.is_string() && event["app_id"] == *app)
        || user.is_some_and(|user| SYSTEM_USERS.contains(&user))
        || (user.is_some() && bots.any(|bot| bot["user_id"].as_str() == user))
}

/// The users whose mention addresses the bot, as Rasa finds them.
fn addressed(body: &Value) -> Vec<&str> {
    match &body["authed_users"] {
        Value::Null => first_text(&[&body["authorizations"][0]["user_id"]])
            .into_iter()
            .collect(),
        users => list(users).iter().filter_map(Value::as_str).collect(),
    }
}

fn attachment(file: &Value) -> Attachment {
    let text = |name: &str| file[name].as_str().map(str::to_owned);
    let media_type = text("mimetype");
    let kind = Attachment::kind_of(media_type.as_deref().unwrap_or_default());
    Attachment {
        url: text("url_private_download").or_else(|| text("url_private")),
        id: text("id"),
        media_type,
        name: text("name"),
        size: file["size"].as_u64(),
        ..Attachment::new(kind)
    }
}
