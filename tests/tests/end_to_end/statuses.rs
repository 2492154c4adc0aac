//! What the platform says of parts that it took.

use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard_tests::{Answer, Builder, Platform, Switchboard};

async fn report(server: &Switchboard, receipt: &str, statuses: &[&str]) {
    for status in statuses {
        let event =
            json!({"type": "status", "id": receipt, "status": status, "detail": "so it said"});
        let (code, _) = server.deliver(&json!({ "events": [event] })).await;
        assert_eq!(code, StatusCode::OK);
    }
}

async fn status(server: &Switchboard, receipt: &str) -> Value {
    server.life(receipt).await["parts"][0]["status"].clone()
}

#[tokio::test]
async fn a_status_never_moves_backwards() {
    let platform = Platform::start().await;
    let server = Builder::new().courier(&platform, "").start();
    server.say("m1", "c", "hi").await;
    let taken = platform.wait_taken(1).await;
    let receipt = taken[0].receipt.clone().expect("taken");
    server.quiet().await;
    assert_eq!(status(&server, &receipt).await, Value::Null);
    for (said, stands) in [
        ("sent", "sent"),
        ("queued", "sent"),
        ("delivered", "delivered"),
        ("sent", "delivered"),
        ("failed", "delivered"),
        ("read", "read"),
        ("delivered", "read"),
    ] {
        report(&server, &receipt, &[said]).await;
        assert_eq!(status(&server, &receipt).await, stands, "after {said}");
    }
    assert!(server.dead_letters().await.is_empty());
    // Nobody is asked or sent anything because of it.
    assert_eq!(platform.posted().len(), 1);
}

#[tokio::test]
async fn one_that_comes_before_the_receipt_is_not_lost() {
    let platform = Platform::start().await;
    platform.does(|_| Answer::TakeAtGate);
    let mut server = Builder::new().courier(&platform, "").start();
    server.say("m1", "c", "hi").await;
    let posted = platform.wait_posted(1).await;
    let receipt = posted[0].receipt.clone().expect("taken");
    report(&server, &receipt, &["delivered", "sent"]).await;
    platform.open(1);
    server.quiet().await;
    assert_eq!(status(&server, &receipt).await, "delivered");
    server.kill();
    server.restart();
    assert_eq!(status(&server, &receipt).await, "delivered");
}

#[tokio::test]
async fn one_of_a_part_that_nobody_knows_does_no_harm() {
    let platform = Platform::start().await;
    let server = Builder::new().courier(&platform, "").start();
    report(&server, "never given", &["delivered", "failed"]).await;
    server.say("m1", "c", "hi").await;
    platform.wait_taken(1).await;
}

#[tokio::test]
async fn a_part_that_the_platform_could_not_deliver_after_all_is_a_dead_letter() {
    let platform = Platform::start().await;
    let server = Builder::new().courier(&platform, "").start();
    server.say("m1", "c", "hi").await;
    let taken = platform.wait_taken(1).await;
    let receipt = taken[0].receipt.clone().expect("taken");
    server.quiet().await;
    report(&server, &receipt, &["failed", "sent"]).await;
    assert_eq!(status(&server, &receipt).await, "failed");
    let letters = server.wait_dead(1).await;
    assert_eq!(letters[0]["id"], json!(taken[0].id));
    let error = letters[0]["error"].as_str().expect("a text");
    assert!(error.contains("so it said"), "{error}");
}
