//! A stop finishes what is in flight, within a bound. Several threads: one waits for the process to end.

use futures_util::StreamExt;
use reqwest::StatusCode;
use serde_json::json;
use switchboard_tests::{Bot, Builder, Recorder, Switchboard, client};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_flight_is_finished() {
    let bot = Bot::start().await;
    let mut server = Switchboard::rest(&bot);
    let url = server.at("/webhooks/rest/webhook?stream=true");
    let body = json!({"sender": "u", "message": "gate"}).to_string();
    let response = client()
        .post(&url)
        .body(body)
        .send()
        .await
        .expect("an answer");
    let mut pieces = response.bytes_stream();
    pieces.next().await.expect("a piece").expect("no error");
    server.terminate();
    let _ = server.logged("stopping");
    bot.open_gate();
    let second = pieces.next().await.expect("a piece").expect("no error");
    assert!(second.starts_with(b"{\"recipient_id\":\"u\",\"text\":\"second\"}"));
    assert!(pieces.next().await.is_none());
    assert_eq!(server.wait(), Some(0));
    let refused = client().post(&url).body("{}").send().await;
    assert!(
        refused.is_err_and(|error| error.is_connect()),
        "it no longer listens"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_is_answered() {
    let target = Recorder::start().await;
    let mut server = Builder::new()
        .credentials(&format!("callback:\n  url: {}\n", target.url()))
        .start();
    let url = server.at("/webhooks/callback/webhook");
    for number in 0..20 {
        let body = json!({"sender": number.to_string(), "message": "multi"}).to_string();
        let response = client()
            .post(&url)
            .body(body)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
    }
    server.terminate();
    assert_eq!(server.wait(), Some(0));
    assert_eq!(target.requests().len(), 60, "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_bounded() {
    let bot = Bot::start().await;
    let mut server = Builder::new()
        .credentials("rest:\n")
        .endpoints(&bot.endpoints().replace("5s", "1h"))
        .argument("--shutdown-timeout=0")
        .start();
    let url = server.at("/webhooks/rest/webhook");
    let body = json!({"sender": "u", "message": "hang"}).to_string();
    let asked = tokio::spawn(client().post(&url).body(body).send());
    while bot.heard().is_empty() {
        tokio::task::yield_now().await;
    }
    server.terminate();
    assert_eq!(server.wait(), Some(1));
    assert!(server.logged("cut off").contains("WARN"));
    assert!(asked.await.expect("no panic").is_err());
}
