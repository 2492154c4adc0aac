//! What Rasa Open Source 3.6.21 did, row by row: `cases/*.jsonl` are recordings of its real connectors in front of a
//! scripted bot. Where we differ on purpose, the row is listed with the reason: here for REST and callback, in
//! `cases/*.differences.yaml` for the connectors of platforms.

mod differences;
mod platform;
mod platforms;
mod row;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use switchboard_tests::{Bot, Builder, Recorder, Switchboard, client};

/// Rows where Rasa takes what we refuse with 400: `message` has to be a text, `sender` a text or a number.
const REFUSED: [&str; 16] = [
    "rest/base/message-null",
    "rest/base/message-zero",
    "rest/base/message-list",
    "rest/base/sender-bool",
    "rest/base/sender-list",
    "rest/base/bad-nan",
    "rest/base/bad-deep-object-500",
    // Half a character: no text in any encoding.
    "rest/base/bad-lone-surrogate",
    "callback/base/bad-nan",
    // Rasa answers 500 to these.
    "rest/base/bad-json-null",
    "rest/base/bad-json-true",
    "rest/base/bad-empty-body",
    "callback/base/bad-json-array",
    "callback/base/bad-json-array-1",
    "callback/base/bad-json-string",
    "callback/base/bad-json-true",
];

/// Rows where Rasa answers 500 since the bot failed: our callback channel has answered before the bot is asked.
const ACCEPTED: [&str; 1] = ["callback/base/kw-fail"];

fn rows(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

async fn replay(row: &Value, server_url: &str) -> reqwest::Response {
    let method: Method = row["method"]
        .as_str()
        .expect("text")
        .parse()
        .expect("a method");
    let path = row["path"].as_str().expect("text");
    let mut request = client().request(method, format!("{server_url}{path}"));
    for header in row["headers"].as_array().expect("a list") {
        let [name, value] = [0, 1].map(|index| header[index].as_str().expect("text"));
        request = request.header(name, value);
    }
    if let Some(body) = row["body"].as_str() {
        request = request.body(body.to_owned());
    }
    if let Some(body) = row["body_b64"].as_str() {
        use base64::Engine;
        let engine = base64::engine::general_purpose::STANDARD;
        request = request.body(engine.decode(body).expect("base64"));
    }
    request.send().await.expect("an answer")
}

/// Compares one answer; true if the message got through.
async fn compare(row: &Value, response: reqwest::Response) -> bool {
    let id = row["id"].as_str().expect("text");
    let status = response.status();
    if REFUSED.contains(&id) {
        assert_eq!(status, StatusCode::BAD_REQUEST, "{id}");
        return false;
    }
    if ACCEPTED.contains(&id) {
        assert_eq!(status, StatusCode::OK, "{id}");
        return false;
    }
    assert_eq!(json!(status.as_u16()), row["status"], "{id}");
    let content_type = response
        .headers()
        .get("content-type")
        .map(|v| v.to_str().expect("text").to_owned());
    let body = response.text().await.expect("a body");
    if status != StatusCode::OK {
        // One form for all errors, which is ours.
        let error: Value = serde_json::from_str(&body).expect("JSON");
        assert!(error["error"]["code"].is_string(), "{id}: {body}");
        return false;
    }
    assert_eq!(
        content_type.as_deref(),
        row["content_type"].as_str(),
        "{id}"
    );
    if let Some(text) = row["text"].as_str() {
        assert_eq!(body, text, "{id}");
    } else if row["lines"].is_array() {
        assert!(body.is_empty() || body.ends_with('\n'), "{id}");
        assert_eq!(json!(rows(&body)), row["lines"], "{id}");
    } else {
        let answer: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(answer, row["json"], "{id}");
    }
    row["heard"]
        .as_array()
        .is_some_and(|heard| !heard.is_empty())
}

/// What the bot heard of a row, as Rasa's agent did.
fn compare_heard(row: &Value, heard: &Value) {
    let agent = &row["heard"][0];
    let id = &row["id"];
    assert_eq!(heard["sender"], agent["sender_id"], "{id}");
    assert_eq!(heard["message"], agent["text"], "{id}");
    assert_eq!(heard["input_channel"], agent["input_channel"], "{id}");
    assert_eq!(heard["metadata"], agent["metadata"], "{id}");
}

#[tokio::test]
async fn rest() {
    let bot = Bot::start().await;
    let server = Switchboard::rest(&bot);
    for row in rows(include_str!("../../cases/rest.jsonl")) {
        let before = bot.heard().len();
        let response = replay(&row, &server.url).await;
        if compare(&row, response).await {
            let heard = bot.heard();
            assert_eq!(heard.len(), before + 1, "{}", row["id"]);
            compare_heard(&row, &heard[before]);
        } else {
            assert_eq!(bot.heard().len(), before, "{}", row["id"]);
        }
    }
}

#[tokio::test]
async fn callback() {
    let bot = Bot::start().await;
    let all = rows(include_str!("../../cases/callback.jsonl"));
    let mut variants: Vec<Value> = all.iter().map(|row| row["settings"].clone()).collect();
    variants.dedup();
    assert!(variants.len() >= 3);
    for settings in variants {
        let target = Recorder::start().await;
        // YAML is a superset of JSON.
        let credentials = json!({ "callback": settings }).to_string();
        let credentials = credentials.replace("http://bot.example.com", target.url());
        let server = Builder::new()
            .credentials(&credentials)
            // Rasa gives a message up when its bot fails.
            .endpoints(&format!("{}  retry_for: 0\n", bot.endpoints()))
            .start();
        for row in all.iter().filter(|row| row["settings"] == settings) {
            let before = target.requests().len();
            let response = replay(row, &server.url).await;
            if !compare(row, response).await {
                continue;
            }
            let expected = row["outbound"].as_array().expect("a list");
            let posts = target.wait_for(before + expected.len()).await;
            if !expected.is_empty() {
                // One before may be heard later: it is no matter of one conversation. And where Rasa loses the metadata,
                // we do not.
                let agent = &row["heard"][0];
                let as_agent = |heard: &Value| {
                    heard["sender"] == agent["sender_id"]
                        && heard["message"] == agent["text"]
                        && heard["input_channel"] == agent["input_channel"]
                };
                assert!(bot.heard().iter().any(as_agent), "{}", row["id"]);
            }
            for (post, expected) in posts[before..].iter().zip(expected) {
                assert_eq!(
                    post.path,
                    expected["url"].as_str().expect("text"),
                    "{}",
                    row["id"]
                );
                assert_eq!(post.json(), expected["json"], "{}", row["id"]);
                for (name, key) in [
                    ("authorization", "authorization"),
                    ("x-custom", "x_custom"),
                    ("content-type", "content_type"),
                ] {
                    assert_eq!(
                        post.header(name),
                        expected[key].as_str(),
                        "{} {name}",
                        row["id"]
                    );
                }
            }
        }
    }
}
