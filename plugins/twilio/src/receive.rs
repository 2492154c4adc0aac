//! One request: a message of a user, or news of one of ours.
//!
//! Which of the two it is, the parameters say and not the route: a Messaging Service reports on delivery wherever its
//! operator has told it to.

mod message;
mod status;

use switchboard_sdk::{Form, Host, LogLevel, Refusal, Request, Response};

use crate::{Settings, reply, verify};

/// TwiML that says nothing: the bot's answer goes out by the API. Twilio notes every other answer as an error.
const NOTHING: &[u8] = br#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;

pub(crate) fn receive(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<Response, Refusal> {
    let form = match request.method.as_str() {
        "POST" => request.form()?,
        _ => Form::parse(request.query.as_bytes()),
    };
    let called = verify::verify(host, settings, request, &form)?;
    if let Some(word) = status::word(&form) {
        match status::read(&form, word) {
            Some(update) => host.accept(update.into())?,
            None => ignored(
                host,
                "a report of delivery that says nothing we know",
                &form,
            ),
        }
    } else {
        let status_callback = called.as_deref().and_then(reply::status_callback);
        match message::read(&form, settings, host.now(), status_callback) {
            Ok(message) => host.accept(message.into())?,
            Err(why) => ignored(host, why, &form),
        }
    }
    Ok(Response::with_body(200, "text/xml", NOTHING.to_vec()))
}

fn ignored(host: &dyn Host, what: &str, form: &Form) {
    let field = |name| form.get(name).unwrap_or_default();
    let fields = [
        ("message_sid", field("MessageSid")),
        ("message_type", field("MessageType")),
        ("message_status", field("MessageStatus")),
    ];
    host.log(LogLevel::Debug, what, &fields);
}
