//! What a connector keeps: with the events or not at all, across restarts, for as long as it said, and not without end.

use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard_tests::{Builder, Platform, Switchboard, client, eventually, message};

async fn kept(server: &Switchboard, key: &str) -> Option<String> {
    let url = server.at(&format!("/webhooks/courier/state/{key}"));
    let response = client().get(url).send().await.expect("an answer");
    match response.status() {
        StatusCode::OK => Some(response.text().await.expect("a text")),
        StatusCode::NOT_FOUND => None,
        other => panic!("{key}: {other}"),
    }
}

async fn keep(server: &Switchboard, writes: Value) -> StatusCode {
    server.deliver(&json!({ "state": writes })).await.0
}

async fn swap(server: &Switchboard, expected: Option<&str>, value: Option<&str>) -> bool {
    let body = json!({"expected": expected, "write": {"key": "lock", "value": value}});
    let response = server
        .post("/webhooks/courier/swap", body.to_string())
        .await;
    let answer: Value =
        serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON");
    answer["swapped"].as_bool().expect("true or false")
}

#[tokio::test]
async fn it_outlasts_the_process() {
    let platform = Platform::start().await;
    let mut server = Builder::new().courier(&platform, "").start();
    let writes =
        json!([{"key": "a", "value": "1"}, {"key": "b", "value": "2", "ttl_ms": 3_600_000}]);
    assert_eq!(keep(&server, writes).await, StatusCode::OK);
    assert!(swap(&server, None, Some("mine")).await);
    server.kill();
    server.restart();
    assert_eq!(kept(&server, "a").await.as_deref(), Some("1"));
    assert_eq!(kept(&server, "b").await.as_deref(), Some("2"));
    assert!(!swap(&server, None, Some("theirs")).await);
    assert!(swap(&server, Some("mine"), None).await);
    assert_eq!(kept(&server, "lock").await, None);
    let gone = json!([{"key": "a", "value": null}]);
    assert_eq!(keep(&server, gone).await, StatusCode::OK);
    server.kill();
    server.restart();
    assert_eq!(kept(&server, "a").await, None);
}

#[tokio::test]
async fn it_goes_when_its_time_is_up() {
    let platform = Platform::start().await;
    let server = Builder::new().courier(&platform, "").start();
    let writes = json!([{"key": "short", "value": "1", "ttl_ms": 50}, {"key": "long", "value": "2", "ttl_ms": 3_600_000}]);
    assert_eq!(keep(&server, writes).await, StatusCode::OK);
    eventually("it is gone", async || {
        kept(&server, "short").await.is_none().then_some(())
    })
    .await;
    assert_eq!(kept(&server, "long").await.as_deref(), Some("2"));
}

#[tokio::test]
async fn of_a_refused_call_nothing_stays() {
    let platform = Platform::start().await;
    let server = Builder::new().courier(&platform, "").start();
    let before = json!([{"key": "k", "value": "before"}]);
    assert_eq!(keep(&server, before).await, StatusCode::OK);
    for (trouble, status) in [
        ("refuse", StatusCode::FORBIDDEN),
        ("trap", StatusCode::BAD_GATEWAY),
    ] {
        let mut delivery = json!({
            "events": [message(trouble, "c", trouble)],
            "state": [{"key": "k", "value": trouble}, {"key": "new", "value": trouble}],
        });
        delivery[trouble] = json!(true);
        assert_eq!(server.deliver(&delivery).await.0, status);
        assert_eq!(kept(&server, "k").await.as_deref(), Some("before"));
        assert_eq!(kept(&server, "new").await, None);
    }
    // Neither were the ids seen, nor did a turn come of them.
    server.say("refuse", "c", "now in earnest").await;
    platform.wait_taken(1).await;
    server.quiet().await;
    assert_eq!(platform.texts("c"), ["echo: now in earnest"]);
}

#[tokio::test]
async fn there_is_a_limit_and_what_is_over_it_takes_the_events_along() {
    let platform = Platform::start().await;
    let limits = "limits:\n  state: 1 KiB\n  state_keys: 3";
    let server = Builder::new().courier(&platform, limits).start();
    let large = "x".repeat(600);
    let first = json!([{"key": "a", "value": large}]);
    assert_eq!(keep(&server, first.clone()).await, StatusCode::OK);
    let second = json!({
        "events": [message("m1", "c", "too much")],
        "state": [{"key": "b", "value": large}],
    });
    let (status, body) = server.deliver(&second).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let text = body["error"]["message"].as_str().expect("a text");
    assert!(text.contains("limits.state"), "{text}");
    assert_eq!(kept(&server, "b").await, None);
    // The same again in its place is no more than there was.
    assert_eq!(keep(&server, first).await, StatusCode::OK);

    let keys = |names: &[&str]| {
        let writes = names.iter().map(|key| json!({"key": key, "value": ""}));
        Value::Array(writes.collect())
    };
    assert_eq!(keep(&server, keys(&["c", "d"])).await, StatusCode::OK);
    assert_eq!(
        keep(&server, keys(&["e"])).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let room = json!([{"key": "a", "value": null}]);
    assert_eq!(keep(&server, room).await, StatusCode::OK);
    assert_eq!(server.deliver(&second).await.0, StatusCode::OK);
    platform.wait_taken(1).await;
    server.quiet().await;
    assert_eq!(platform.texts("c"), ["echo: too much"]);
}

#[tokio::test]
async fn of_many_who_swap_one_wins() {
    let platform = Platform::start().await;
    let server = Builder::new().courier(&platform, "").start();
    let names: Vec<String> = (0..32).map(|number| number.to_string()).collect();
    let swaps = names.iter().map(|name| swap(&server, None, Some(name)));
    let won = futures_util::future::join_all(swaps).await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    let winner = won.iter().position(|won| *won).expect("one");
    let holder = kept(&server, "lock").await;
    assert_eq!(holder.as_deref(), Some(&names[winner][..]));
}
