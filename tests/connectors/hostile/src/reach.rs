//! Calls to the outside, where it may go and where it may not.

use std::time::Duration;

use switchboard_sdk::{HttpError, HttpRequest, HttpResponse, LogLevel, Refusal};

use crate::{Call, Outcome, said};

pub(crate) fn act(what: &str, call: &Call<'_>) -> Option<Outcome> {
    let host = call.host;
    let secret = call.secret();
    let fetch = HttpRequest::post(&call.url());
    match what {
        // The secret in the header and in the body.
        "fetch" => {
            let fetch = fetch.header("x-secret", &secret).json(&secret);
            said(told(host.fetch(fetch)))
        }
        // What somebody sent goes on: in the address, a header and the body.
        "forward" => {
            let text = String::from_utf8_lossy(&call.request.body).into_owned();
            let fetch = fetch
                .query("text", &text)
                .header("x-text", &text)
                .body("text/plain", text.into_bytes());
            said(told(host.fetch(fetch)))
        }
        "look" => {
            let timeout = call.number("timeout_ms").unwrap_or(60_000);
            let fetch = HttpRequest::get(&call.url()).timeout(Duration::from_millis(
                timeout.try_into().unwrap_or(u64::MAX),
            ));
            match host.fetch(fetch) {
                Ok(answer) => {
                    let header = |name| answer.header(name).unwrap_or_default().to_owned();
                    said(format!(
                        "status {}, {} bytes, location {:?}, encoding {:?}",
                        answer.status,
                        answer.body.len(),
                        header("location"),
                        header("content-encoding"),
                    ))
                }
                Err(error) => said(error.to_string()),
            }
        }
        "repeat" => match host.fetch(fetch.header("x-secret", &secret)) {
            Ok(answer) => {
                let said = String::from_utf8_lossy(&answer.body).into_owned();
                host.log(LogLevel::Warn, &said, &[("said", &said)]);
                Some(Err(Refusal::BadRequest(said)))
            }
            Err(error) => said(error.to_string()),
        },
        _ => None,
    }
}

fn told(answer: Result<HttpResponse, HttpError>) -> String {
    match answer {
        Ok(answer) => format!("status {}", answer.status),
        Err(error) => error.to_string(),
    }
}
