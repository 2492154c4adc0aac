//! Too much of what is allowed in small amounts.

use switchboard_sdk::{HttpRequest, LogLevel, Message, Refusal};

use crate::{Call, Outcome, said};

pub(crate) fn act(what: &str, call: &Call<'_>) -> Option<Outcome> {
    let host = call.host;
    match what {
        "log" => {
            for number in 0..1_000 {
                host.log(LogLevel::Info, &format!("line {number}\nfake line"), &[]);
            }
            said("logged")
        }
        "long_log" => {
            let long = "x".repeat(10_000);
            host.log(LogLevel::Info, &long, &[(&long[..], &long[..]); 100]);
            said("logged")
        }
        "print" => {
            print();
            panic!("after all of it")
        }
        "host_call" => {
            let size = call.number("size").unwrap_or(20 << 20);
            host.log(LogLevel::Info, &"x".repeat(size), &[]);
            said("logged")
        }
        "events" => {
            let text = "x".repeat(call.number("size").unwrap_or(1));
            let accept = |_| {
                let accepted = host.accept(Message::new("u", &text).into());
                accepted.map_err(|error| format!("{error:?}"))
            };
            let (done, error) = until_refused(accept);
            Some(Err(Refusal::BadRequest(format!("{done} {error}"))))
        }
        "asks" => told(until_refused(|_| {
            let answer = host.ask(Message::new("u", "again"));
            answer.map_err(|error| format!("{error:?}"))
        })),
        "state_flood" => {
            let value = vec![0; call.number("size").unwrap_or(1)];
            told(until_refused(|number| {
                let set = host.state_set(&format!("key {number}"), &value, None);
                set.map_err(|error| error.to_string())
            }))
        }
        "fetches" => told(until_refused(|_| {
            let answer = host.fetch(HttpRequest::post(&call.url()));
            answer.map_err(|error| error.to_string())
        })),
        "fetch_body" => {
            let body = vec![b'x'; call.number("size").unwrap_or_default()];
            let request = HttpRequest::post(&call.url()).body("text/plain", body);
            match host.fetch(request) {
                Ok(response) => said(format!("{} bytes came", response.body.len())),
                Err(error) => said(error.to_string()),
            }
        }
        _ => None,
    }
}

#[expect(
    clippy::disallowed_macros,
    reason = "what it prints is what a language prints by itself"
)]
fn print() {
    for number in 0..5_000 {
        eprintln!("line {number}");
    }
}

/// How often it worked, and why no longer.
fn until_refused<T>(mut act: impl FnMut(usize) -> Result<T, String>) -> (usize, String) {
    let mut done = 0;
    loop {
        match act(done) {
            Ok(_) => done += 1,
            Err(error) => return (done, error),
        }
    }
}

fn told((done, error): (usize, String)) -> Option<Outcome> {
    said(format!("{done} {error}"))
}
