//! One event, and what the bot says to it. What is none for the bot is answered with an empty object, which shows nothing.

use serde_json::json;
use switchboard_sdk::{
    Attachment, Host, JsonObject, LengthUnit, LogLevel, Message, Refusal, Response, text,
};

use crate::answer;
use crate::settings::{Granularity, Settings};

pub(crate) fn receive(
    host: &dyn Host,
    settings: &Settings,
    event: &JsonObject,
) -> Result<Response, Refusal> {
    let message = match message(settings, event) {
        Ok(message) => message,
        Err(why) => {
            let kind = event.filled("type").unwrap_or_default();
            let kind = text::cut(&kind, 100, LengthUnit::Bytes);
            host.log(
                LogLevel::Debug,
                "left out",
                &[("type", &kind), ("reason", why)],
            );
            return Ok(Response::json(200, &json!({})));
        }
    };
    let parts = host.ask(message)?;
    Ok(Response::json(200, &answer::answer(host, &parts)))
}

/// What the bot hears, or why nothing.
fn message(settings: &Settings, event: &JsonObject) -> Result<Message, &'static str> {
    let said = event.object("message");
    let space = event
        .object("space")
        .or_else(|| said.as_ref()?.object("space"))
        .unwrap_or_default();
    let kind = event.filled("type").unwrap_or_default();
    let (id, words, attachments) = match (kind.as_str(), &said) {
        // Who mentions the bot to add it to a space says something.
        ("MESSAGE", Some(said)) | ("ADDED_TO_SPACE", Some(said)) => {
            (said.filled("name"), words(said), attachments(said))
        }
        ("ADDED_TO_SPACE", None) if is_direct(&space) => {
            (None, Some(settings.user_added.clone()), Vec::new())
        }
        ("ADDED_TO_SPACE", None) => (None, Some(settings.room_added.clone()), Vec::new()),
        ("REMOVED_FROM_SPACE", _) => (None, Some(settings.removed.clone()), Vec::new()),
        ("CARD_CLICKED", _) => (None, pressed(event), Vec::new()),
        _ => return Err("a kind of event that is none for the bot"),
    };
    if words.is_none() && attachments.is_empty() {
        return Err("an event that says nothing");
    }
    let sender = said.as_ref().filter(|_| kind != "CARD_CLICKED");
    let user = sender
        .and_then(|said| said.object("sender"))
        .or_else(|| event.object("user"))
        .ok_or("an event of nobody")?;
    if user.filled("type").as_deref() == Some("BOT") {
        return Err("what a bot says");
    }
    let by = if settings.use_display_name {
        "displayName"
    } else {
        "name"
    };
    let person = user
        .filled(by)
        .ok_or("an event of somebody without an id")?;
    let thread = said.as_ref().and_then(|said| said.object("thread"));
    let thread = thread.and_then(|thread| thread.filled("name"));
    let place = space.filled("name");
    let conversation = match settings.granularity {
        Granularity::Sender => None,
        Granularity::Space => place,
        Granularity::Thread => thread.clone().or(place),
    };
    Ok(Message {
        id,
        conversation: conversation.unwrap_or_else(|| person.clone()),
        sender: person,
        text: words,
        attachments,
        location: None,
        metadata: Some(metadata(event, &space, &user, thread)),
        input_channel: None,
        reply: None,
    })
}

/// What was written, without the mention of the bot; of a slash command all of it.
fn words(said: &JsonObject) -> Option<String> {
    let all = said.filled("text");
    let words = match said.object("slashCommand") {
        Some(_) => all,
        None => said.filled("argumentText").or(all),
    };
    words.filter(|words| !words.trim().is_empty())
}

/// The payload of a button.
fn pressed(event: &JsonObject) -> Option<String> {
    event.object("action")?.filled("actionMethodName")
}

fn attachments(said: &JsonObject) -> Vec<Attachment> {
    let files = said.objects("attachment");
    let files = files.iter().take(100).map(|file| {
        let media_type = file.filled("contentType");
        let resource = file.object("attachmentDataRef").unwrap_or_default();
        let kind = Attachment::kind_of(media_type.as_deref().unwrap_or_default());
        Attachment {
            url: file.filled("downloadUri"),
            id: resource
                .filled("resourceName")
                .or_else(|| file.filled("name")),
            name: file.filled("contentName"),
            media_type,
            ..Attachment::new(kind)
        }
    });
    files.collect()
}

/// In both of the ways in which Google has written it.
fn is_direct(space: &JsonObject) -> bool {
    space.filled("type").as_deref() == Some("DM")
        || space.filled("spaceType").as_deref() == Some("DIRECT_MESSAGE")
        || space.is_true("singleUserBotDm")
}

/// Rasa's `room`, and who and where under Google's names.
fn metadata(
    event: &JsonObject,
    space: &JsonObject,
    user: &JsonObject,
    thread: Option<String>,
) -> String {
    let room = space.filled("displayName").filter(|_| !is_direct(space));
    let parameters = event.object("action");
    let parameters = parameters.and_then(|action| action.value::<serde_json::Value>("parameters"));
    json!({
        "room": room,
        "space": space.filled("name"),
        "thread": thread,
        "user": user.filled("name"),
        "display_name": user.filled("displayName"),
        "email": user.filled("email"),
        "event_type": event.filled("type"),
        "parameters": parameters,
    })
    .to_string()
}
