//! What an outgoing webhook posts for a message, or for a file that was uploaded.

use switchboard_sdk::{JsonObject, Message, Refusal};

use super::{Context, Found, LeftOut, bounded, files, fingerprint, reply, room};
use crate::session;

/// What the bot gets to see as metadata, under Rocket.Chat's names. The token is not among them.
const METADATA: [&str; 11] = [
    "channel_id",
    "channel_name",
    "message_id",
    "timestamp",
    "user_id",
    "user_name",
    "alias",
    "trigger_word",
    "isEdited",
    "tmid",
    "siteUrl",
];

pub(super) fn event(context: &Context<'_>, body: &JsonObject) -> Result<Found, Refusal> {
    let (id, name) = (body.filled("user_id"), body.filled("user_name"));
    // `true`, or on older servers an object with the integration's id.
    let is_machine = body.json("bot").is_some_and(|bot| bot != "false");
    if is_machine
        || session::is_own(
            context.host,
            context.settings,
            id.as_deref(),
            name.as_deref(),
        )?
    {
        return Ok(Err(LeftOut("a message that a bot wrote was left out")));
    }
    let Some(room) = room(body, "channel_id") else {
        return Ok(Err(LeftOut("a request without a room was left out")));
    };
    // A file comes with the whole message, a text does not.
    let message = body.object("message").unwrap_or_default();
    let (attachments, caption) = files::attachments(context.settings, &message);
    let thread = body.filled("tmid").or_else(|| message.filled("tmid"));
    let text = body.filled("text").or(caption);
    if text.is_none() && attachments.is_empty() {
        return Ok(Err(LeftOut(
            "a request with neither text nor files was left out",
        )));
    }
    let id_of = |id: String| {
        let id = bounded(&id);
        if !attachments.is_empty() {
            // Its text may come as a message of its own.
            [&id, ":file"].concat()
        } else if body.is_true("isEdited") {
            let text = text.as_deref().unwrap_or_default();
            [&id, ":", &fingerprint(text.as_bytes())].concat()
        } else {
            id
        }
    };
    let id_of_message = body.filled("message_id").map(id_of);
    let message = Message {
        id: id_of_message,
        sender: id.or(name).unwrap_or_else(|| room.clone()),
        text: text.map(|text| without_trigger_word(context, body, text)),
        attachments,
        location: None,
        metadata: Some(body.pick(&METADATA).to_json()),
        input_channel: None,
        reply: Some(reply(&room, thread.as_deref())),
        conversation: room,
    };
    Ok(Ok(message.into()))
}

fn without_trigger_word(context: &Context<'_>, body: &JsonObject, text: String) -> String {
    let word = body
        .filled("trigger_word")
        .filter(|_| context.settings.strip_trigger_word);
    let rest = word.and_then(|word| text.strip_prefix(&*word).map(|rest| rest.trim().to_owned()));
    match rest {
        Some(rest) if !rest.is_empty() => rest,
        _ => text,
    }
}
