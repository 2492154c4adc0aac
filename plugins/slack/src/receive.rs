//! One request that is known to be Slack's: which of its kinds it is. Whatever was read and understood is acknowledged
//! with an empty 200; what is no event of interest is too, for Slack would send it again and get the same.

mod action;
mod clean;
mod command;
mod event;

use serde_json::{Value, json};
use switchboard_sdk::{Form, Host, JsonError, LogLevel, Refusal, Request, Response, to_json};

use crate::Settings;
use crate::place::{Place, without_null};

pub(crate) fn receive(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<Response, Refusal> {
    log_retry(host, settings, request);
    match request.media_type().as_deref() {
        Some("application/json") => event_request(host, settings, request),
        // Nothing is said, and no form begins with a brace.
        None if request.body.trim_ascii_start().starts_with(b"{") => {
            event_request(host, settings, request)
        }
        _ => form_request(host, settings, &request.form()?),
    }
}

/// The Events API.
fn event_request(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<Response, Refusal> {
    let body: Value = object(request.json()?)?;
    if let (Some(challenge), true) = (body["challenge"].as_str(), body["event"].is_null()) {
        return Ok(Response::text(200, challenge));
    }
    if body["type"] == "app_rate_limited" {
        let text = "Slack holds events back: the app is sent more than 30,000 an hour";
        host.log(LogLevel::Warn, text, &[]);
    } else {
        event::event(host, settings, &body)?;
    }
    Ok(Response::empty(200))
}

/// Interactivity, slash commands and Slack's probe of the address.
fn form_request(host: &dyn Host, settings: &Settings, form: &Form) -> Result<Response, Refusal> {
    if let Some(payload) = form.json("payload")? {
        return action::payload(host, settings, object(payload)?);
    }
    if form.filled("command").is_some() {
        command::command(host, settings, form)?;
    } else if form.filled("ssl_check").is_none() {
        let text = "the form has none of `payload`, `command` and `ssl_check`";
        return Err(Refusal::BadRequest(text.to_owned()));
    }
    Ok(Response::empty(200))
}

fn object(value: Value) -> Result<Value, JsonError> {
    if value.is_object() {
        Ok(value)
    } else {
        Err(JsonError::new("what Slack sends is a JSON object"))
    }
}

/// For the operator who wonders. It decides nothing: that an event comes again does not tell whether it was taken.
fn log_retry(host: &dyn Host, settings: &Settings, request: &Request) {
    if let Some(number) = request.header(&settings.slack_retry_number_header) {
        let reason = request.header(&settings.slack_retry_reason_header);
        let fields = [("number", number), ("reason", reason.unwrap_or_default())];
        host.log(LogLevel::Debug, "Slack sends an event again", &fields);
    }
}

/// What is acknowledged and goes no further.
fn leave_out(host: &dyn Host, kind: &str, why: &str) {
    let fields = [("type", kind), ("reason", why)];
    host.log(LogLevel::Debug, "left out", &fields);
}

/// `message_changed` is `message-changed` at the bot.
fn kebab_case(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

/// What Rasa's users find in the metadata, and what they asked for.
fn metadata(place: &Place<'_>, users: &[&str], more: Value) -> String {
    let mut metadata = json!({
        "out_channel": place.channel,
        "thread_id": place.thread,
        "users": users,
        "user": place.user,
    });
    if let (Some(all), Value::Object(more)) = (metadata.as_object_mut(), without_null(more)) {
        all.extend(more);
    }
    to_json(&metadata)
}
