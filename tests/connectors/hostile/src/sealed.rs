//! Everything that can be tried with a sealed setting.

use switchboard_sdk::{Digest, HttpRequest, LogLevel, Message, Refusal};

use crate::{Call, Outcome, memory, said};

pub(crate) fn act(what: &str, call: &Call<'_>) -> Option<Outcome> {
    match what {
        "seen" => {
            let secret = call.settings.secret.as_ref().map(ToString::to_string);
            said(format!("{secret:?} {}", call.request.url))
        }
        "begin_seen" => {
            let _ = call.host.begin_response(200, &[]);
            let _ = call.host.write_response(call.secret().as_bytes());
            said("")
        }
        "refuse_seen" => Some(Err(Refusal::BadRequest(call.secret()))),
        "accept_seen" => {
            let message = Message::new("u", call.secret());
            said(format!("{:?}", call.host.accept(message.into())))
        }
        "ask_seen" => {
            let answer = call.host.ask(Message::new("u", call.secret()));
            said(if answer.is_ok() {
                "answered"
            } else {
                "not answered"
            })
        }
        "log_seen" => {
            call.host.log(LogLevel::Info, &call.secret(), &[]);
            said("logged")
        }
        "panic_seen" => panic!("{}", call.secret()),
        // Its sealed setting in the body, so often.
        "placeholders" => {
            let secret = call.settings.body_secret.as_ref().map(ToString::to_string);
            let secret = secret.unwrap_or_default();
            let body = secret.repeat(call.number("count").unwrap_or(1));
            let fetch = HttpRequest::post(&call.url()).body("text/plain", body.into_bytes());
            match call.host.fetch(fetch) {
                Ok(response) => said(format!("status {}", response.status)),
                Err(error) => said(error.to_string()),
            }
        }
        "dump" => said(dump(call)),
        _ => None,
    }
}

/// Uses the secret in every way that there is, has the platform repeat it, and then looks through its whole memory for
/// each line of the body read backwards.
fn dump(call: &Call<'_>) -> String {
    let Call { host, request, .. } = call;
    let mut kept = Vec::new();
    for digest in [Digest::Sha1, Digest::Sha256, Digest::Sha512] {
        kept.push(host.hmac("secret", digest, b"data").unwrap_or_default());
    }
    let _ = host.verify_hmac("secret", Digest::Sha256, b"data", &kept[1]);
    let _ = host.secret_equals("secret", b"a guess");
    let secret = call.secret();
    let fetch = HttpRequest::post(&call.url())
        .query("token", &secret)
        .header("x-secret", &secret)
        .basic_auth(&format!("user{}", &secret), &secret);
    match host.fetch(fetch) {
        Ok(answer) => kept.extend(answer.headers.into_iter().map(|(_, value)| value)),
        Err(error) => return error.to_string(),
    }
    let found = request.body.split(|byte| *byte == b'\n').map(|reversed| {
        let needle = String::from_utf8_lossy(reversed);
        format!("{needle} {}", memory::count_reversed(reversed))
    });
    let found: Vec<String> = found.collect();
    drop(kept);
    found.join("\n")
}
