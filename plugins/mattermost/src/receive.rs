//! One request: which of the three kinds it is, and whether it may be believed. What is acknowledged is so at once;
//! Mattermost sends nothing a second time.

mod action;
mod command;
mod message;

pub(crate) use action::{ACTION, PROOF, ROOT};

use serde_json::json;
use switchboard_sdk::{
    Form, Host, JsonObject, LengthUnit, LogLevel, Refusal, Request, Response, text,
};

use crate::{Settings, verify};

pub(crate) fn receive(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<Response, Refusal> {
    let body = body(request)?;
    // As in Rasa: what has a trigger word is a message, whatever else it has.
    let is_message = body.kind("trigger_word").is_some();
    if request.method != "POST" && (is_message || body.filled("command").is_none()) {
        return Ok(Response::empty(405).header("allow", "POST"));
    }
    if is_message {
        verify::hook(host, settings, body.filled("token").as_deref())?;
        message::message(host, settings, &body)?;
        return Ok(Response::empty(200));
    }
    if body.kind("context").is_some() {
        action::action(host, settings, &body)?;
    } else if body.filled("command").is_some() {
        let token = body.filled("token");
        let token = token.as_deref().or_else(|| authorization(request));
        verify::hook(host, settings, token)?;
        command::command(host, settings, &body)?;
    } else {
        leave_out(host, "a request", "it is no message, press or command");
        return Ok(Response::empty(200));
    }
    // A user whose press or command is answered with nothing at all gets to see an error.
    Ok(Response::json(200, &json!({})))
}

/// A form, which is Mattermost's default, or JSON. Rasa reads JSON of any content type.
fn body(request: &Request) -> Result<JsonObject, Refusal> {
    if request.method != "POST" {
        return Ok(object(&request.query_params));
    }
    let is_form = match request.media_type().as_deref() {
        Some(kind) => kind == "application/x-www-form-urlencoded",
        // Nothing is said, and no form begins with a brace.
        None => !request.body.trim_ascii_start().starts_with(b"{"),
    };
    if is_form && !request.body.is_empty() {
        return Ok(object(Form::parse(&request.body).pairs()));
    }
    Ok(request.json_object()?)
}

/// The first of a repeated name holds.
fn object(pairs: &[(String, String)]) -> JsonObject {
    let mut object = JsonObject::default();
    for (name, value) in pairs.iter().rev() {
        object.insert(name, value);
    }
    object
}

/// The header of a slash command.
fn authorization(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("token").then(|| token.trim())
}

/// The names under which metadata has what Mattermost says of every request.
const COMMON: [&str; 6] = [
    "team_id",
    "team_domain",
    "channel_id",
    "channel_name",
    "user_id",
    "user_name",
];

/// What is acknowledged and goes no further. Whoever calls can write anything, at any length.
fn leave_out(host: &dyn Host, what: &str, why: &str) {
    let what = text::cut(what, 100, LengthUnit::Bytes);
    let fields = [("what", what.as_str()), ("reason", why)];
    host.log(LogLevel::Debug, "left out", &fields);
}
