//! One request: what an outgoing webhook posts for one message, or Omnichannel for a live chat.
//!
//! Whatever is odd is acknowledged: an outgoing webhook that retries would do so up to a day, live chat ten times.

mod files;
mod livechat;
mod webhook;

use switchboard_sdk::{
    Event, Host, Json, JsonObject, LengthUnit, LogLevel, Refusal, Request, Response, signature,
    text,
};

use crate::{Settings, verify};

/// Which of the two it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Webhook,
    Livechat,
}

impl Kind {
    /// As in Rasa, a visitor makes a live chat.
    fn of(body: &JsonObject) -> Self {
        match body.kind("visitor") {
            Some(_) => Self::Livechat,
            None => Self::Webhook,
        }
    }
}

pub(crate) fn receive(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<Response, Refusal> {
    let body = request.json_object()?;
    let kind = Kind::of(&body);
    verify::verify(host, settings, request, &body, kind)?;
    let context = Context { host, settings };
    match kind {
        Kind::Webhook => {
            let found = webhook::event(&context, &body)?;
            context.take(found)?;
        }
        Kind::Livechat => {
            for found in livechat::events(&context, &body, &request.body)? {
                context.take(found)?;
            }
        }
    }
    // To an outgoing webhook an empty body is a failure, and one with `text` in it a message.
    Ok(Response::json(200, &serde_json::Map::new()))
}

/// What a request is read with.
struct Context<'a> {
    host: &'a dyn Host,
    settings: &'a Settings,
}

impl Context<'_> {
    fn take(&self, found: Found) -> Result<(), Refusal> {
        match found {
            Ok(event) => self.host.accept(event)?,
            Err(LeftOut(why)) => {
                self.host.log(LogLevel::Debug, why, &[]);
            }
        }
        Ok(())
    }
}

/// Why something is no event for the bot.
struct LeftOut(&'static str);

/// The event, or why there is none.
type Found = Result<Event, LeftOut>;

/// Where answers go, as `send` reads it.
fn reply(room: &str, thread: Option<&str>) -> Json {
    let mut reply = JsonObject::default();
    reply.insert("roomId", room);
    if let Some(thread) = thread {
        reply.insert("tmid", thread);
    }
    reply.to_json()
}

/// Something short that differs where the bytes differ (FNV-1a, 64 bits), for ids of what has none of its own. Nothing
/// secret depends on it.
fn fingerprint(bytes: &[u8]) -> String {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash: u64 = bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix);
    signature::to_hex(&hash.to_be_bytes())
}

/// The longest id of a room, bytes. Rocket.Chat's are far shorter; one over the host's bounds would be refused, and
/// with it all that came beside.
const MAX_ROOM: usize = 256;

/// The id of the room under a key.
fn room(body: &JsonObject, name: &str) -> Option<String> {
    body.filled(name).filter(|room| room.len() <= MAX_ROOM)
}

/// An id in the host's bounds; Rocket.Chat's have 17 characters, and whoever calls can write longer ones.
fn bounded(id: &str) -> String {
    text::cut(id, 256, LengthUnit::Bytes)
}
