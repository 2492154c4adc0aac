//! What Omnichannel posts for a live chat: new messages under the type `Message`; under every other type something that
//! happened to the chat, with all that was said in it so far, which is no news.

use serde_json::value::RawValue;
use switchboard_sdk::{JsonObject, Message, OtherEvent, Refusal};

use super::{Context, Found, LeftOut, bounded, files, fingerprint, reply, room};
use crate::session;

/// The type of new messages.
const MESSAGE: &str = "Message";

/// What the bot gets to see of the chat as metadata, under Rocket.Chat's names.
const CHAT: [&str; 12] = [
    "_id",
    "type",
    "label",
    "topic",
    "tags",
    "customFields",
    "createdAt",
    "lastMessageAt",
    "agent",
    "departmentId",
    "servedBy",
    "crmData",
];

/// Of what happened besides: the transcript, and who was there before and after.
const HAPPENING: [&str; 6] = [
    "messages",
    "oldDepartmentId",
    "oldServedBy",
    "closedAt",
    "closedBy",
    "closer",
];

/// Of the visitor. The token is not among them: with it one speaks as the visitor.
const VISITOR: [&str; 11] = [
    "_id",
    "name",
    "username",
    "email",
    "phone",
    "department",
    "ip",
    "browser",
    "os",
    "customFields",
    "livechatData",
];

/// Of a message, beside its text and files.
const ITEM: [&str; 6] = [
    "_id",
    "username",
    "ts",
    "editedAt",
    "navigation",
    "closingMessage",
];

/// The longest name of a type, bytes.
const MAX_TYPE: usize = 64;

pub(super) fn events(
    context: &Context<'_>,
    body: &JsonObject,
    raw: &[u8],
) -> Result<Vec<Found>, Refusal> {
    let Some(room) = room(body, "_id") else {
        let text = "a request about a visitor without a chat was left out";
        return Ok(vec![Err(LeftOut(text))]);
    };
    let visitor = body.object("visitor").unwrap_or_default();
    let mut metadata = body.pick(&CHAT);
    insert(&mut metadata, "visitor", &visitor, &VISITOR);
    let chat = Chat {
        context,
        room,
        sender: visitor.filled("_id"),
        metadata,
    };
    match body.filled("type") {
        Some(kind) if kind != MESSAGE => Ok(vec![chat.happening(body, &kind, raw)]),
        _ => {
            let items = body.items("messages").unwrap_or_default();
            let items = items.iter().map(|item| {
                let item = JsonObject::parse(item.as_bytes());
                item.map_or_else(
                    |_| Ok(Err(LeftOut("a message that is no object was left out"))),
                    |item| chat.message(&item),
                )
            });
            items.collect()
        }
    }
}

/// Puts those keys of an object that the bot gets to see under a key of another.
fn insert(into: &mut JsonObject, name: &str, object: &JsonObject, keys: &[&str]) {
    let picked = object.pick(keys).to_json();
    if let Ok(picked) = serde_json::from_str::<&RawValue>(&picked) {
        into.insert(name, picked);
    }
}

/// A live chat, of which something is told.
struct Chat<'a> {
    context: &'a Context<'a>,
    room: String,
    sender: Option<String>,
    metadata: JsonObject,
}

impl Chat<'_> {
    fn message(&self, item: &JsonObject) -> Result<Found, Refusal> {
        let Context { host, settings } = self.context;
        let name = item.filled("username");
        // Whoever is not the visitor has an id as an agent: the bot itself, or a person who took over.
        if item.json("agentId").is_some()
            || session::is_own(*host, settings, None, name.as_deref())?
        {
            return Ok(Err(LeftOut("a message that an agent wrote was left out")));
        }
        let said = item.filled("msg");
        let id = self.id(item, said.as_deref());
        let happened = [
            ("navigation", "livechat-navigation"),
            ("closingMessage", "livechat-closing-message"),
        ];
        if let Some((_, name)) = happened.iter().find(|(key, _)| item.json(key).is_some()) {
            let event = OtherEvent {
                id,
                reply: Some(reply(&self.room, None)),
                ..OtherEvent::new(&self.room, *name, self.metadata_of(item).to_json())
            };
            return Ok(Ok(event.into()));
        }
        let (attachments, caption) = files::attachments(settings, item);
        let text = said.or(caption);
        if text.is_none() && attachments.is_empty() {
            return Ok(Err(LeftOut(
                "a message with neither text nor files was left out",
            )));
        }
        let message = Message {
            id,
            conversation: self.room.clone(),
            sender: self
                .sender
                .clone()
                .or(name)
                .unwrap_or_else(|| self.room.clone()),
            text,
            attachments,
            location: None,
            metadata: Some(self.metadata_of(item).to_json()),
            input_channel: None,
            reply: Some(reply(&self.room, None)),
        };
        Ok(Ok(message.into()))
    }

    /// The message's own id, and when it was edited; older servers tell none, there it is when what was said.
    fn id(&self, item: &JsonObject, said: Option<&str>) -> Option<String> {
        let time = |name| item.id(name).map(|time| bounded(&time));
        match item.filled("_id") {
            Some(id) => {
                let edited = time("editedAt").map_or(String::new(), |at| [":", &at].concat());
                Some([&self.room, ":", &bounded(&id), &edited].concat())
            }
            None => {
                let said = fingerprint(said.unwrap_or_default().as_bytes());
                Some([&self.room, ":", &time("ts")?, ":", &said].concat())
            }
        }
    }

    fn metadata_of(&self, item: &JsonObject) -> JsonObject {
        let mut metadata = self.metadata.clone();
        insert(&mut metadata, "message", item, &ITEM);
        metadata
    }

    /// `LivechatSessionTaken` is the event `livechat-session-taken`. It has no id; one that is sent again is the same
    /// to the letter.
    fn happening(&self, body: &JsonObject, kind: &str, raw: &[u8]) -> Found {
        let Some(name) = kebab_case(kind) else {
            return Err(LeftOut("a request of an odd type was left out"));
        };
        let visitor = body.object("visitor").unwrap_or_default();
        let mut data = body.pick(&[&CHAT[..], &HAPPENING[..]].concat());
        insert(&mut data, "visitor", &visitor, &VISITOR);
        let event = OtherEvent {
            id: Some([kind, ":", &self.room, ":", &fingerprint(raw)].concat()),
            reply: Some(reply(&self.room, None)),
            ..OtherEvent::new(&self.room, name, data.to_json())
        };
        Ok(event.into())
    }
}

/// `LivechatSession` as `livechat-session`; `None` for what is no such word.
fn kebab_case(kind: &str) -> Option<String> {
    let is_word = kind.len() <= MAX_TYPE
        && kind.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && kind.starts_with(|first: char| first.is_ascii_alphabetic());
    is_word.then(|| {
        let mut name = String::with_capacity(kind.len() + 4);
        for letter in kind.chars() {
            if letter.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    })
}
