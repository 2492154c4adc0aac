//! Code that does not end, grows, or dies.

use std::hint::black_box;
use std::thread;
use std::time::Duration;

use switchboard_sdk::{HttpRequest, LogLevel, Message};

use crate::{Call, Outcome, said};

pub(crate) fn act(what: &str, call: &Call<'_>) -> Option<Outcome> {
    let host = call.host;
    match what {
        "panic" => panic!("as you wish"),
        "loop" => {
            host.log(LogLevel::Info, "it begins", &[]);
            loop {
                black_box(());
            }
        }
        "burn" => {
            // Some hundred milliseconds, and then an answer like any other.
            let rounds = (0..200_000_000_u64).fold(0, |sum: u64, n| black_box(sum.wrapping_add(n)));
            said(rounds.to_string())
        }
        "log_loop" => loop {
            host.log(LogLevel::Info, "again", &[]);
        },
        "state_loop" => loop {
            let _ = black_box(host.state_get("key"));
        },
        "fetch_loop" => loop {
            let _ = black_box(host.fetch(HttpRequest::post(&call.url())));
        },
        "ask_loop" => loop {
            let _ = black_box(host.ask(Message::new("u", "again")));
        },
        "sleep" => {
            host.log(LogLevel::Info, "it begins", &[]);
            sleep();
            said("awake")
        }
        "ask" => match host.ask(Message::new("u", "well?")) {
            Ok(parts) => said(format!("{} parts", parts.len())),
            Err(error) => said(format!("{error:?}")),
        },
        "wait" => said(wait(call)),
        "stack" => said(deep(u64::MAX).to_string()),
        "memory" => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(vec![1_u8; 1 << 20]);
                black_box(&hoard);
            }
        }
        #[cfg(target_family = "wasm")]
        "handles" => said(crate::handles::hoard(100_000).to_string()),
        "replies" => {
            let mut hoard = Vec::new();
            loop {
                // Each in a conversation of its own, where it need not wait for the one before.
                let conversation = format!("u{}", hoard.len());
                match host.ask_stream(Message::new(conversation, "well?")) {
                    Ok(reply) => hoard.push(reply),
                    Err(error) => return said(format!("{} {error:?}", hoard.len())),
                }
            }
        }
        // Asks again while the first answer is open: the second waits for the first.
        "ask_twice" => {
            let open = host.ask_stream(Message::new("u", "well?"));
            let second = host.ask(Message::new("u", "well?"));
            said(format!("{} {}", open.is_ok(), second.is_ok()))
        }
        "keep_reply" => match host.ask_stream(Message::new("u", "well?")) {
            Ok(reply) => {
                // Never let go of, as long as the instance lives.
                std::mem::forget(reply);
                said("kept")
            }
            Err(error) => said(format!("{error:?}")),
        },
        _ => None,
    }
}

/// Requests one after the other to somebody slow: it waits, and computes next to nothing.
fn wait(call: &Call<'_>) -> String {
    let mut done = 0;
    for _ in 0..call.number("times").unwrap_or_default() {
        match call.host.fetch(HttpRequest::post(&call.url())) {
            Ok(_) => done += 1,
            Err(error) => return error.to_string(),
        }
    }
    done.to_string()
}

#[expect(
    clippy::disallowed_methods,
    reason = "that it holds up whoever waits is the point"
)]
fn sleep() {
    thread::sleep(Duration::from_secs(3_600));
}

#[expect(
    unconditional_recursion,
    reason = "that it has no end is the point; `black_box` keeps it from becoming a loop"
)]
fn deep(level: u64) -> u64 {
    let below = deep(black_box(level) - 1);
    black_box(below) + 1
}
