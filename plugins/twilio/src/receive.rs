//! One request: a message of a user, or news of one of ours.
//!
//! Which of the two it is, the parameters say and not the route. So reports of delivery can be asked for at the very
//! address that Twilio has just called, which therefore exists, and a Messaging Service may send them anywhere.

mod message;
mod status;

use switchboard_sdk::{Form, Host, LogLevel, Refusal, Request, Response};

use crate::{Settings, verify};

/// TwiML that says nothing: the bot's answer goes out by the API. Twilio notes every other answer as an error.
const NOTHING: &[u8] = br#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;

pub(crate) fn receive(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<Response, Refusal> {
    let in_body = request.method == "POST";
    let form = if in_body {
        request.form()?
    } else {
        Form::parse(request.query.as_bytes())
    };
    let mut called = verify::verify(host, settings, request, &form)?;
    if let Some(address) = called.as_mut().filter(|_| !in_body) {
        // The query was the message; of a POST it is the operator's.
        address.truncate(address.find('?').unwrap_or(address.len()));
    }
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
        match message::read(&form, settings, host.unix_time(), called) {
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
