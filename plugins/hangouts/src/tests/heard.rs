//! What the bot hears, which a case cannot see where the answer is waited for.

use serde_json::{Value, json};
use switchboard_sdk::fake::{self, FakeHost};
use switchboard_sdk::{BotError, Message, Part, Refusal};

use crate::Hangouts;

fn event() -> Value {
    json!({
        "type": "MESSAGE",
        "message": {
            "name": "spaces/S1/messages/M1",
            "sender": {"name": "users/1", "displayName": "Ann", "email": "ann@example.com", "type": "HUMAN"},
            "text": "@Bot hi",
            "argumentText": " hi",
            "thread": {"name": "spaces/S1/threads/T1"},
        },
        "user": {"name": "users/1", "displayName": "Ann", "type": "HUMAN"},
        "space": {"name": "spaces/S1", "type": "ROOM", "displayName": "Team room"},
    })
}

fn heard_with(settings: &str, event: &Value) -> Message {
    let host = FakeHost::<Hangouts>::new(settings);
    host.bot_answers([Part::text("hello")]);
    let request = fake::post("/webhooks/hangouts/webhook", event.to_string());
    let response = host.receive("webhook", request).expect("an answer");
    assert_eq!(response.body, br#"{"text":"hello"}"#);
    host.asked().remove(0)
}

fn heard(event: &Value) -> Message {
    heard_with("{}", event)
}

fn text(event: &Value) -> Option<String> {
    heard(event).text
}

#[test]
fn a_message_in_a_space() {
    let message = heard(&event());
    assert_eq!(message.id.as_deref(), Some("spaces/S1/messages/M1"));
    assert_eq!(
        (&*message.sender, &*message.conversation),
        ("users/1", "users/1")
    );
    assert_eq!(message.text.as_deref(), Some(" hi"), "without the mention");
    let metadata: Value = serde_json::from_str(&message.metadata.expect("metadata")).expect("JSON");
    let expected = json!({
        "room": "Team room",
        "space": "spaces/S1",
        "thread": "spaces/S1/threads/T1",
        "user": "users/1",
        "display_name": "Ann",
        "email": "ann@example.com",
        "event_type": "MESSAGE",
        "parameters": null,
    });
    assert_eq!(metadata, expected);
}

#[test]
fn whose_conversation_it_is() {
    for (settings, conversation, sender) in [
        (r#"{"use_display_name":true}"#, "Ann", "Ann"),
        (
            r#"{"conversation_granularity":"space"}"#,
            "spaces/S1",
            "users/1",
        ),
        (
            r#"{"conversation_granularity":"thread"}"#,
            "spaces/S1/threads/T1",
            "users/1",
        ),
    ] {
        let message = heard_with(settings, &event());
        assert_eq!(
            (&*message.conversation, &*message.sender),
            (conversation, sender)
        );
    }
}

#[test]
fn words() {
    let mut given = event();
    given["message"]["slashCommand"] = json!({"commandId": "1"});
    assert_eq!(
        text(&given).as_deref(),
        Some("@Bot hi"),
        "of a command, all"
    );
    let mut given = event();
    given["message"]["argumentText"] = Value::Null;
    assert_eq!(text(&given).as_deref(), Some("@Bot hi"));
    given["message"]["text"] = json!(r#"/inform{"city": "Rome"}"#);
    assert_eq!(text(&given).as_deref(), Some(r#"/inform{"city": "Rome"}"#));
}

#[test]
fn a_pressed_button() {
    let mut given = event();
    given["type"] = json!("CARD_CLICKED");
    given["action"] =
        json!({"actionMethodName": "/affirm", "parameters": [{"key": "a", "value": "b"}]});
    given["user"]["name"] = json!("users/2");
    let message = heard(&given);
    assert_eq!(message.text.as_deref(), Some("/affirm"));
    assert_eq!(
        message.sender, "users/2",
        "who presses, and not who wrote the card"
    );
    assert_eq!(message.id, None, "pressed twice is said twice");
    assert!(message.metadata.expect("metadata").contains(r#""key":"a""#));
}

#[test]
fn the_bot_comes_and_goes() {
    let came = |space: Value, kind: &str| {
        text(&json!({"type": kind, "user": {"name": "users/1"}, "space": space}))
    };
    let direct = json!({"type": "DM"});
    let user_added = Some("/user_added".to_owned());
    assert_eq!(came(direct.clone(), "ADDED_TO_SPACE"), user_added);
    assert_eq!(
        came(json!({"spaceType": "DIRECT_MESSAGE"}), "ADDED_TO_SPACE"),
        user_added
    );
    assert_eq!(
        came(json!({"singleUserBotDm": true}), "ADDED_TO_SPACE"),
        user_added
    );
    let room = came(json!({"type": "ROOM"}), "ADDED_TO_SPACE");
    assert_eq!(room.as_deref(), Some("/room_added"));
    let removed = came(direct, "REMOVED_FROM_SPACE");
    assert_eq!(removed.as_deref(), Some("/bot_removed"));
    let mut mentioned = event();
    mentioned["type"] = json!("ADDED_TO_SPACE");
    assert_eq!(
        text(&mentioned).as_deref(),
        Some(" hi"),
        "added by a mention"
    );
    let settings = r#"{"user_added_intent_name":"/hello"}"#;
    let event = json!({"type": "ADDED_TO_SPACE", "user": {"name": "u"}, "space": {"type": "DM"}});
    assert_eq!(heard_with(settings, &event).text.as_deref(), Some("/hello"));
}

#[test]
fn files() {
    let mut given = event();
    given["message"]["argumentText"] = Value::Null;
    given["message"]["text"] = Value::Null;
    given["message"]["attachment"] = json!([{
        "name": "spaces/S1/messages/M1/attachments/A1",
        "contentName": "a.png",
        "contentType": "image/png",
        "downloadUri": "https://chat.google.com/a",
        "attachmentDataRef": {"resourceName": "R1"},
    }, {"name": "A2"}]);
    let message = heard(&given);
    assert_eq!(message.text, None);
    let [image, other] = &message.attachments[..] else {
        panic!("two attachments")
    };
    assert_eq!((&*image.kind, image.id.as_deref()), ("image", Some("R1")));
    assert_eq!(image.name.as_deref(), Some("a.png"));
    assert_eq!(image.url.as_deref(), Some("https://chat.google.com/a"));
    assert_eq!((&*other.kind, other.id.as_deref()), ("file", Some("A2")));
}

#[test]
fn a_bot_that_fails_is_no_answer() {
    let host = FakeHost::<Hangouts>::new("{}");
    let error = BotError::TimedOut("late".to_owned());
    host.bot_fails([], error.clone());
    let request = fake::post("/webhooks/hangouts/webhook", event().to_string());
    let response = host.receive("webhook", request);
    assert_eq!(response, Err(Refusal::BotFailed(error)));
}
