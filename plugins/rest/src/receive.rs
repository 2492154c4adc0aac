//! One request: who asks, what they say, and the answer in one of two forms.

use serde::Serialize;
use switchboard_sdk::collector::{self, Object};
use switchboard_sdk::rasa::Inbound;
use switchboard_sdk::{
    Header, Host, LogLevel, Message, Refusal, Request, Response, ResponseError, to_json,
};

use crate::Settings;

/// What Rasa calls a streamed answer, though it is JSON line by line and no event stream. Clients look for it.
const STREAM_TYPE: &str = "text/event-stream";

pub(crate) fn receive(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<Response, Refusal> {
    authorize(host, settings, request)?;
    let inbound = Inbound::parse(request)?;
    let recipient = inbound.sender.clone();
    let message = inbound.into_message();
    if wants_stream(request) {
        return stream(host, &recipient, message);
    }
    let parts = host.ask(message)?;
    Ok(Response::json(200, &collector::objects(&recipient, &parts)))
}

fn authorize(host: &dyn Host, settings: &Settings, request: &Request) -> Result<(), Refusal> {
    if settings.token.is_none() {
        return Ok(());
    }
    let Some(token) = request.bearer_token() else {
        let text = "the request has no `Authorization: Bearer` header, and the channel has a token";
        return Err(Refusal::Unauthorized(text.to_owned()));
    };
    if host.secret_equals("token", token.as_bytes())? {
        Ok(())
    } else {
        Err(Refusal::Unauthorized(
            "the bearer token is not the channel's".to_owned(),
        ))
    }
}

fn wants_stream(request: &Request) -> bool {
    request
        .query_param("stream")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Writes each part as soon as the bot has produced it. Nothing is written before the first, so that a bot that is down
/// is still a refusal with its own status; once the status is out, the failure is the last line.
fn stream(host: &dyn Host, recipient: &str, message: Message) -> Result<Response, Refusal> {
    let mut lines = Lines { host, begun: false };
    for part in host.ask_stream(message)? {
        let line = match part {
            Ok(part) => Object::of(recipient, &part).map(|object| object.to_json()),
            Err(error) if lines.begun => {
                let text = "the bot failed within a streamed answer";
                host.log(LogLevel::Warn, text, &[("error", error.text())]);
                Some(Failure::line(recipient))
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(Err(error)) = line.map(|line| lines.write(line)) {
            let error = error.to_string();
            host.log(
                LogLevel::Debug,
                "a streamed answer was not read",
                &[("error", &error)],
            );
            break;
        }
    }
    // What a bot with nothing to say answers; ignored where lines were written.
    Ok(Response::with_body(200, STREAM_TYPE, Vec::new()))
}

/// The response, begun with its first line.
struct Lines<'host> {
    host: &'host dyn Host,
    begun: bool,
}

impl Lines<'_> {
    fn write(&mut self, mut line: String) -> Result<(), ResponseError> {
        if !self.begun {
            let headers: [Header; 1] = [("content-type".to_owned(), STREAM_TYPE.into())];
            self.host.begin_response(200, &headers)?;
            self.begun = true;
        }
        line.push('\n');
        self.host.write_response(line.as_bytes())
    }
}

/// The last line of an answer that the bot did not finish.
#[derive(Serialize)]
struct Failure<'a> {
    recipient_id: &'a str,
    error: FailureText<'a>,
}

#[derive(Serialize)]
struct FailureText<'a> {
    code: &'a str,
    message: &'a str,
}

impl Failure<'_> {
    /// Why is the operator's to know: the error's text may say where the bot lives.
    fn line(recipient: &str) -> String {
        let failure = Failure {
            recipient_id: recipient,
            error: FailureText {
                code: "bot_failed",
                message: "the bot failed before its answer was complete",
            },
        };
        to_json(&failure)
    }
}
