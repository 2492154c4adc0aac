//! Those who take up places and time: slow ones, idle ones, ones that do not listen. Nobody else is locked out by them.

use std::time::Duration;

use serde_json::json;
use switchboard_tests::{Bot, Builder, Switchboard, Wire, client, eventually, statuses};
use tokio::time::{Instant, interval};

const HALF_A_HEAD: &[u8] = b"POST /webhooks/rest/webhook HTTP/1.1\r\nx-a: ";
const HALF_A_BODY: &[u8] =
    b"POST /webhooks/rest/webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n{";

/// On a connection of its own, as somebody new has it.
async fn works(server: &Switchboard) {
    let body = json!({"sender": "u", "message": "hi"}).to_string();
    let response = client()
        .post(server.at("/webhooks/rest/webhook"))
        .header("connection", "close")
        .body(body)
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), 200);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// Writes a byte now and then until the server has had enough.
async fn trickle(server: &Switchboard, begin: &[u8]) -> String {
    let mut wire = Wire::connect(server).await;
    wire.write(begin).await;
    let mut pace = interval(Duration::from_millis(100));
    while !wire.is_closed() {
        pace.tick().await;
        if !wire.write(b" ").await {
            break;
        }
    }
    wire.rest().await
}

#[tokio::test]
async fn a_byte_now_and_then_ends_in_time() {
    let server = Builder::new()
        .argument("--header-timeout=2")
        .argument("--body-timeout=1")
        .start();
    let started = Instant::now();
    let (head, body, ()) = tokio::join!(
        trickle(&server, HALF_A_HEAD),
        trickle(&server, HALF_A_BODY),
        works(&server)
    );
    // Not at the first pause.
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert!(head.is_empty(), "{head}");
    assert_eq!(statuses(&body), [408], "{body}");
    assert!(
        body.contains("request_timeout") && body.contains("within 1s"),
        "{body}"
    );

    // One that has had its answer is not kept for ever either.
    let mut idle = Wire::connect(&server).await;
    idle.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(statuses(&idle.rest().await), [200]);
    works(&server).await;
}

/// So patient that only the want of places ends anything.
fn small(places: usize) -> Builder {
    Builder::new()
        .argument(&format!("--max-connections={places}"))
        .argument("--header-timeout=3600")
        .argument("--body-timeout=3600")
}

#[tokio::test]
async fn no_crowd_locks_others_out() {
    let server = small(40).start();
    for begin in [
        &b""[..],
        HALF_A_HEAD,
        HALF_A_BODY,
        b"GET / HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let mut crowd = Vec::new();
        for _ in 0..60 {
            let mut wire = Wire::connect(&server).await;
            wire.write(begin).await;
            crowd.push(wire);
        }
        works(&server).await;
        // They come again as soon as they are out.
        for _ in 0..3 {
            for wire in &mut crowd {
                if wire.is_closed() || !wire.write(b" ").await {
                    *wire = Wire::connect(&server).await;
                    wire.write(begin).await;
                }
            }
            works(&server).await;
        }
    }
}

#[tokio::test]
async fn a_crowd_leaves_files_for_everything_else() {
    let limited = "ulimit -n 600; exec \"$0\" \"$@\"";
    let server = Builder::new()
        .wrapped(&["sh", "-c", limited])
        .argument("--header-timeout=3600")
        .start();
    let _ = server.logged("88 connections at a time, not 4096");
    let mut crowd = Vec::new();
    for _ in 0..150 {
        crowd.push(Wire::connect(&server).await);
    }
    works(&server).await;
}

#[tokio::test]
async fn who_does_not_read_the_answer_makes_room() {
    let server = small(3).start();
    let body = json!({"sender": "u", "message": "x".repeat(900_000)}).to_string();
    let request = format!(
        "POST /webhooks/rest/webhook HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut deaf = Vec::new();
    for _ in 0..3 {
        let mut wire = Wire::connect(&server).await;
        // More than all buffers on the way hold: at some point the server can write no more, and so reads no more.
        let stuck = async { while wire.write(request.as_bytes()).await {} };
        let stuck = tokio::time::timeout(Duration::from_secs(2), stuck).await;
        assert!(stuck.is_err(), "the server closed");
        deaf.push(wire);
    }
    works(&server).await;
    drop(deaf);
}

#[tokio::test]
async fn who_waits_for_the_bot_keeps_the_place() {
    let bot = Bot::start().await;
    let server = small(4)
        .credentials("rest:\n")
        .endpoints(&bot.endpoints())
        .start();
    let body = json!({"sender": "u", "message": "gate"}).to_string();
    let mut waiting = Wire::connect(&server).await;
    let request = format!(
        "POST /webhooks/rest/webhook HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    waiting.write(request.as_bytes()).await;
    eventually("the bot is asked", async || bot.heard().first().cloned()).await;
    let mut crowd = Vec::new();
    for _ in 0..8 {
        crowd.push(Wire::connect(&server).await);
    }
    for _ in 0..2 {
        let root = client().get(server.at("/")).header("connection", "close");
        let response = root.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
    }
    bot.open_gate();
    waiting.hear("HTTP/1.1 200").await;
}
