//! One notice of Webex: it says what happened to which id, and what it is about is fetched.
//!
//! What cannot be fetched now is answered with 503, so that Webex sends the notice again; nothing of it was taken.

mod action;
mod files;
mod mention;
mod message;
mod other;

pub(crate) use action::{PARENT, PAYLOAD};

use switchboard_sdk::{
    AcceptError, Event, Host, Json, JsonObject, LengthUnit, LogLevel, Refusal, Request, Response,
    text,
};

use crate::Settings;
use crate::api::Missing;
use crate::me::{self, Me, Unknown};

pub(crate) fn receive(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<Response, Refusal> {
    let body = request.json_object()?;
    let Some(notice) = Notice::read(&body) else {
        debug(
            host,
            "a request that is no notice of Webex was left out",
            &[],
        );
        return Ok(Response::empty(200));
    };
    match take(host, settings, &notice) {
        Ok(()) => Ok(Response::empty(200)),
        Err(Failure::Refused(refusal)) => Err(refusal),
        Err(Failure::Missing(missing)) => Ok(notice.without_content(host, &missing)),
    }
}

fn take(host: &dyn Host, settings: &Settings, notice: &Notice) -> Result<(), Failure> {
    let context = Context {
        host,
        settings,
        notice,
        me: me::me(host, settings)?,
    };
    let event = match (notice.resource.as_str(), notice.event.as_str()) {
        ("messages", "created") => message::event(&context)?,
        ("attachmentActions", "created") => action::event(&context)?,
        _ => other::event(&context),
    };
    match event {
        Ok(event) => host.accept(event)?,
        Err(LeftOut(why)) => {
            let (resource, event) = (logged(&notice.resource), logged(&notice.event));
            debug(host, why, &[("resource", &resource), ("event", &event)]);
        }
    }
    Ok(())
}

/// What Webex posts: which resource, what happened to it, who did it, and some of its fields.
struct Notice {
    resource: String,
    event: String,
    actor: Option<String>,
    id: String,
    data: JsonObject,
    /// `data` as it came.
    json: Json,
}

impl Notice {
    fn read(body: &JsonObject) -> Option<Self> {
        let data = body.object("data")?;
        Some(Self {
            resource: body.filled("resource")?,
            event: body.filled("event")?,
            actor: body.filled("actorId"),
            id: data.filled("id")?,
            data,
            json: body.json("data")?,
        })
    }

    /// The id of the thing and not of the notice, which is the webhook's and always the same.
    fn event_id(&self) -> String {
        [&self.resource, ":", &self.id].concat()
    }

    fn without_content(&self, host: &dyn Host, missing: &Missing) -> Response {
        let (level, why) = match missing {
            Missing::Gone(why) => (LogLevel::Debug, why),
            Missing::Later(_, why) => (LogLevel::Warn, why),
            Missing::Unauthorized(why) => (LogLevel::Error, why),
        };
        let resource = logged(&self.resource);
        let fields = [("resource", resource.as_str()), ("reason", why)];
        match missing.after() {
            None => {
                host.log(level, "what a notice is about is not there", &fields);
                Response::empty(200)
            }
            Some(seconds) => {
                let text =
                    "what a notice is about could not be fetched; Webex is asked to send it again";
                host.log(level, text, &fields);
                Response::empty(503).header("retry-after", &seconds.to_string())
            }
        }
    }
}

/// What each kind of notice is read with.
struct Context<'a> {
    host: &'a dyn Host,
    settings: &'a Settings,
    notice: &'a Notice,
    me: Me,
}

impl Context<'_> {
    /// Whether the bot did it itself.
    fn is_echo(&self) -> bool {
        self.notice.actor.as_ref() == Some(&self.me.id)
    }
}

/// Why an event is none for the bot.
struct LeftOut(&'static str);

/// The event, or why there is none.
type Found = Result<Event, LeftOut>;

/// Where answers go, as `send` reads it.
fn reply(room: &str, parent: Option<String>, person: &str) -> Json {
    let mut reply = JsonObject::default();
    reply.insert("roomId", room);
    reply.insert("personId", person);
    if let Some(parent) = parent {
        reply.insert("parentId", &parent);
    }
    reply.to_json()
}

/// A value for the log. Whoever calls can write anything there, at any length.
pub(crate) fn logged(value: &str) -> String {
    text::cut(value, 100, LengthUnit::Bytes)
}

fn debug(host: &dyn Host, text: &str, fields: &[(&str, &str)]) {
    host.log(LogLevel::Debug, text, fields);
}

/// Why nothing came of a notice.
enum Failure {
    Refused(Refusal),
    Missing(Missing),
}

impl From<Missing> for Failure {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<Unknown> for Failure {
    fn from(unknown: Unknown) -> Self {
        match unknown {
            Unknown::AtWebex(missing) => Self::Missing(missing),
            Unknown::Here(error) => Self::Refused(error.into()),
        }
    }
}

impl From<AcceptError> for Failure {
    fn from(error: AcceptError) -> Self {
        Self::Refused(error.into())
    }
}
