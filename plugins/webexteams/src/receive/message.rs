//! A message that someone wrote.

use switchboard_sdk::Message;

use super::{Context, Found, LeftOut, files, mention, reply};
use crate::api::{self, Missing};

/// What the bot gets to see as metadata, under Webex's names.
const METADATA: [&str; 15] = [
    "id",
    "parentId",
    "roomId",
    "roomType",
    "personId",
    "personEmail",
    "text",
    "markdown",
    "html",
    "mentionedPeople",
    "mentionedGroups",
    "files",
    "isVoiceClip",
    "created",
    "updated",
];

pub(super) fn event(context: &Context<'_>) -> Result<Found, Missing> {
    let (notice, me) = (context.notice, &context.me);
    // Before it is fetched: every answer of the bot comes back as a notice.
    let author = notice.data.filled("personId");
    if context.is_echo() || author.as_ref() == Some(&me.id) {
        return Ok(Err(LeftOut("the bot's own message")));
    }
    let Some(id) = api::segment(&notice.id) else {
        return Ok(Err(LeftOut("a message whose id is none")));
    };
    let found = api::get(
        context.host,
        context.settings,
        &["/messages/", &id].concat(),
    )?;
    let (Some(room), Some(person)) = (found.filled("roomId"), found.filled("personId")) else {
        return Ok(Err(LeftOut("a message without room or author")));
    };
    if person == me.id {
        return Ok(Err(LeftOut("the bot's own message")));
    }
    let said = found
        .filled("text")
        .map(|said| mention::taken_off(&said, &found, me).to_owned());
    let (attachments, blocked) = files::attachments(context, &found);
    if said.is_none() && attachments.is_empty() {
        return Ok(Err(LeftOut("a message with neither text nor files")));
    }
    let mut metadata = found.pick(&METADATA);
    if !blocked.is_empty() {
        metadata.insert("blockedFiles", &blocked);
    }
    let message = Message {
        id: Some(notice.event_id()),
        reply: Some(reply(&room, found.filled("parentId"), &person)),
        conversation: room,
        sender: person,
        text: said,
        attachments,
        location: None,
        metadata: Some(metadata.to_json()),
        input_channel: None,
    };
    Ok(Ok(message.into()))
}
