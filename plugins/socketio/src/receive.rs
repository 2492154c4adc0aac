//! What clients emit: a request for a session, something that a user said, and whatever else.

use serde_json::value::RawValue;
use switchboard_sdk::{
    AcceptError, Host, Json, JsonKind, JsonObject, LogLevel, Message, SocketError, SocketEvent,
    to_json,
};

use crate::Settings;
use crate::session::Session;
use crate::settings::{SESSION_CONFIRM, SESSION_REQUEST};
use crate::verify::{SUBJECT, subject};

/// Where rasa-webchat puts what its page gives it.
const CUSTOM_DATA: &str = "customData";

/// The longest id that a client may give a message, bytes.
const MAX_MESSAGE_ID: usize = 128;

pub(crate) fn receive(
    host: &dyn Host,
    settings: &Settings,
    event: &SocketEvent,
) -> Result<(), String> {
    let subject = subject(event.context.as_ref());
    let subject = subject.as_deref();
    if event.name == SESSION_REQUEST {
        session(host, settings, event, subject)
    } else if event.name == settings.user_event {
        message(host, settings, event, subject)
    } else {
        debug(host, "an event that is none of the channel's was left out");
        Ok(())
    }
}

/// Confirms the session that the client names, or a new one. The confirmation goes first: what waited for the session
/// follows as soon as the client is in its room.
fn session(
    host: &dyn Host,
    settings: &Settings,
    event: &SocketEvent,
    subject: Option<&str>,
) -> Result<(), String> {
    // Some clients send nothing, some null; what is no object names none.
    let wanted = event.data().unwrap_or_default().id("session_id");
    let known = match wanted {
        Some(token) => Session::named(host, settings, token, subject)?,
        None => None,
    };
    let session = match known {
        Some(session) => session,
        None => Session::fresh(host, settings, subject)?,
    };
    host.emit(&event.socket, SESSION_CONFIRM, &to_json(&[&session.token]))
        .map_err(socket_error)?;
    if settings.session_persistence {
        host.join_room(&event.socket, &session.conversation)
            .map_err(socket_error)?;
    }
    Ok(())
}

fn message(
    host: &dyn Host,
    settings: &Settings,
    event: &SocketEvent,
    subject: Option<&str>,
) -> Result<(), String> {
    let said = event.data().map_err(|error| error.to_string())?;
    let conversation = if settings.session_persistence {
        let conversation = conversation(host, settings, &said, subject)?;
        // A client need not have asked for the session on this connection.
        host.join_room(&event.socket, &conversation)
            .map_err(socket_error)?;
        conversation
    } else {
        event.socket.clone()
    };
    let text = match said.kind("message") {
        Some(JsonKind::Boolean | JsonKind::Array | JsonKind::Object) => {
            return Err("a message that is no text was left out".to_owned());
        }
        _ => said.id("message").unwrap_or_default(),
    };
    if text.trim().is_empty() {
        debug(host, "an empty message was left out");
        return Ok(());
    }
    let id = said
        .id("message_id")
        .filter(|id| id.len() <= MAX_MESSAGE_ID);
    let message = Message {
        // Others may use the same for theirs.
        id: id.map(|id| [&conversation, "/", &id].concat()),
        metadata: metadata(host, settings, &said, subject),
        sender: subject.unwrap_or(&conversation).to_owned(),
        ..Message::new(conversation.as_str(), text)
    };
    host.accept(message.into()).map_err(accept_error)
}

/// That of the session which the client names. A widget without one is set up in another way than the channel, which its
/// operator can mend.
fn conversation(
    host: &dyn Host,
    settings: &Settings,
    said: &JsonObject,
    subject: Option<&str>,
) -> Result<String, String> {
    let named = match said.id("session_id") {
        Some(token) => Session::named(host, settings, token, subject)?.ok_or(
            "a message was left out because its `session_id` is not one that the client was given",
        ),
        None => {
            Err("a message without `session_id` was left out; clients get one by `session_request`")
        }
    };
    named.map(|session| session.conversation).map_err(|why| {
        host.log(LogLevel::Warn, why, &[]);
        why.to_owned()
    })
}

/// What the client gave beside the text, and whose token it has, which the client cannot say otherwise.
fn metadata(
    host: &dyn Host,
    settings: &Settings,
    said: &JsonObject,
    subject: Option<&str>,
) -> Option<Json> {
    let key = settings.metadata_key.as_str();
    let parsed = || JsonObject::parse(said.filled(key)?.as_bytes()).ok();
    let given = said.object(key).or_else(parsed);
    if given.is_none() && said.json(key).is_some() {
        debug(
            host,
            "the metadata of a message are no object; it goes without",
        );
    }
    let mut metadata = given.unwrap_or_default();
    if key != CUSTOM_DATA
        && let Some(custom) = said.value::<Box<RawValue>>(CUSTOM_DATA)
    {
        metadata.insert(CUSTOM_DATA, &custom);
    }
    if let Some(subject) = subject {
        metadata.insert(SUBJECT, subject);
    }
    Some(metadata.to_json()).filter(|json| json != "{}")
}

fn debug(host: &dyn Host, text: &str) {
    host.log(LogLevel::Debug, text, &[]);
}

fn socket_error(error: SocketError) -> String {
    match error {
        SocketError::Nobody(text)
        | SocketError::Congested(text)
        | SocketError::Invalid(text)
        | SocketError::NotAvailable(text) => text,
    }
}

fn accept_error(error: AcceptError) -> String {
    match error {
        AcceptError::Invalid(text)
        | AcceptError::TooMany(text)
        | AcceptError::Unavailable(text)
        | AcceptError::NotAvailable(text) => text,
    }
}
