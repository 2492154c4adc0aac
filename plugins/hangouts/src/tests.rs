//! What cases cannot show: a bot that fails, what is warned of, settings that start nothing; and what is too large to be
//! written down.

mod large;

use serde_json::{Value, json};
use switchboard_sdk::fake::{self, FakeHost};
use switchboard_sdk::{BotError, Content, Part, Refusal, Request};

use crate::Hangouts;

fn request() -> Request {
    let event = json!({
        "type": "MESSAGE", "user": {"name": "users/1"}, "message": {"name": "spaces/S1/messages/M1", "text": "hi"},
    });
    fake::post("/webhooks/hangouts/webhook", event.to_string())
}

/// What Chat shows where the bot says this.
fn answer(parts: Vec<Part>) -> Value {
    let host = FakeHost::<Hangouts>::new("{}");
    host.bot_answers(parts);
    let response = host.receive("webhook", request()).expect("an answer");
    serde_json::from_slice(&response.body).expect("JSON")
}

#[test]
fn a_bot_that_fails_is_no_answer() {
    let host = FakeHost::<Hangouts>::new("{}");
    let error = BotError::TimedOut("late".to_owned());
    host.bot_fails([], error.clone());
    let response = host.receive("webhook", request());
    assert_eq!(response, Err(Refusal::BotFailed(error)));
}

#[test]
fn what_the_host_does_not_hand_over_is_nothing() {
    assert_eq!(answer(vec![Content::Typing.into()]), json!({}));
}

#[test]
fn warnings() {
    let of = |settings: &str| FakeHost::<Hangouts>::new(settings).warnings();
    assert!(of(r#"{"project_id":"1"}"#).is_empty());
    assert!(of(r#"{"endpoint_url":"https://bot.example.com/"}"#).is_empty());
    let [project] = &of(r#"{"project_id":""}"#)[..] else {
        panic!("one warning")
    };
    assert!(project.contains("`project_id`"), "{project}");
    let [name] = &of(r#"{"project_id":"1","use_display_name":true}"#)[..] else {
        panic!("one warning")
    };
    assert!(name.contains("`use_display_name`"), "{name}");
}

#[test]
#[should_panic(expected = "`conversation_granularity` is `sender`, `space` or `thread`")]
fn another_granularity() {
    let _ = FakeHost::<Hangouts>::new(r#"{"conversation_granularity":"room"}"#);
}
