//! Interactivity: what was pressed, chosen or filled in.

use serde_json::{Value, json};
use switchboard_sdk::{Host, Message, OtherEvent, Refusal, Response, to_json};

use super::event::{first_text, list};
use super::{kebab_case, leave_out, metadata};
use crate::place::Place;
use crate::settings::Settings;

pub(super) fn payload(
    host: &dyn Host,
    settings: &Settings,
    mut payload: Value,
) -> Result<Response, Refusal> {
    // Slack's old proof of who calls. It is a secret of the app, and nobody's business behind this point.
    if let Some(keys) = payload.as_object_mut() {
        keys.remove("token");
    }
    let kind = payload["type"].as_str().unwrap_or_default();
    match kind {
        // Asked at each key that a user strikes, and answered within the same request: the bot cannot.
        "block_suggestion" | "dialog_suggestion" => {
            return Ok(Response::json(200, &json!({ "options": [] })));
        }
        "view_submission"
        | "view_closed"
        | "shortcut"
        | "message_action"
        | "dialog_submission"
        | "dialog_cancellation" => other(host, settings, &payload, kind)?,
        _ if payload["actions"].is_array() => actions(host, settings, &payload, kind)?,
        _ => leave_out(host, kind, "it has no actions"),
    }
    Ok(Response::empty(200))
}

/// Each action with a value is a message whose text is that value.
fn actions(
    host: &dyn Host,
    settings: &Settings,
    payload: &Value,
    kind: &str,
) -> Result<(), Refusal> {
    let Some(place) = place(payload) else {
        leave_out(host, kind, "it has no user");
        return Ok(());
    };
    for (index, action) in list(&payload["actions"]).iter().enumerate() {
        let Some(text) = value(action) else {
            // Such as a link: Slack tells of it and opens the page itself.
            leave_out(host, kind, "the action has no value");
            continue;
        };
        let more = json!({
            "team": payload["team"]["id"],
            "channel": place.channel,
            "event_type": kind,
            "user_name": first_text(&[&payload["user"]["username"], &payload["user"]["name"]]),
            "message_ts": first_text(&[&payload["message"]["ts"], &payload["container"]["message_ts"], &payload["message_ts"]]),
            "trigger_id": payload["trigger_id"],
            "callback_id": payload["callback_id"],
            "action": action,
            "state": match &payload["state"] {
                Value::Null => &payload["view"]["state"],
                state => state,
            },
        });
        host.accept(
            Message {
                id: id(payload, action, place.user, index),
                conversation: place.conversation(settings.granularity()),
                metadata: Some(metadata(&place, &[place.user], more)),
                reply: Some(place.reply(payload["response_url"].as_str())),
                ..Message::new(place.user, text)
            }
            .into(),
        )?;
    }
    Ok(())
}

fn other(host: &dyn Host, settings: &Settings, payload: &Value, kind: &str) -> Result<(), Refusal> {
    let Some(place) = place(payload) else {
        leave_out(host, kind, "it has no user");
        return Ok(());
    };
    let conversation = place.conversation(settings.granularity());
    host.accept(
        OtherEvent {
            id: payload["trigger_id"].as_str().map(str::to_owned),
            reply: Some(place.reply(payload["response_url"].as_str())),
            ..OtherEvent::new(conversation, kebab_case(kind), to_json(payload))
        }
        .into(),
    )?;
    Ok(())
}

/// A message that only its reader sees is not part of the payload, and its container is.
fn place(payload: &Value) -> Option<Place<'_>> {
    let (message, container) = (&payload["message"], &payload["container"]);
    let channel = [&payload["channel"]["id"], &container["channel_id"]];
    let thread = [
        &message["thread_ts"],
        &container["thread_ts"],
        &payload["original_message"]["thread_ts"],
        &message["ts"],
        &container["message_ts"],
        &payload["message_ts"],
    ];
    Some(Place {
        user: payload["user"]["id"].as_str()?,
        channel: first_text(&channel),
        thread: first_text(&thread),
    })
}

/// One for each press: Slack's trigger, which is used once, or what else tells two presses apart.
fn id(payload: &Value, action: &Value, user: &str, index: usize) -> Option<String> {
    let message = [&payload["container"]["message_ts"], &payload["message_ts"]];
    let time = [&action["action_ts"], &payload["action_ts"]];
    let mut id = match payload["trigger_id"].as_str() {
        Some(trigger) => trigger.to_owned(),
        None => [first_text(&message)?, first_text(&time)?, user].join(":"),
    };
    if index > 0 {
        id.push(':');
        id.push_str(&index.to_string());
    }
    Some(id)
}

/// What an element of any kind was set to; several values with commas between. `None` for one that has none.
fn value(action: &Value) -> Option<String> {
    const ONE: [&str; 7] = [
        "value",
        "selected_user",
        "selected_conversation",
        "selected_channel",
        "selected_date",
        "selected_time",
        "selected_date_time",
    ];
    const SEVERAL: [&str; 4] = [
        "selected_options",
        "selected_users",
        "selected_conversations",
        "selected_channels",
    ];
    let option = &action["selected_option"]["value"];
    let mut one = ONE.iter().map(|key| &action[*key]).chain([option]);
    if let Some(value) = one.find_map(text) {
        return Some(value);
    }
    let mut several = SEVERAL.iter().map(|key| &action[*key]);
    let chosen = several.find_map(Value::as_array)?.iter();
    let values = chosen.filter_map(|one| text(one).or_else(|| text(&one["value"])));
    Some(values.collect::<Vec<_>>().join(", "))
}

/// Date and time come as a number.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
