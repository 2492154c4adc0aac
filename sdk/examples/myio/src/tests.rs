use switchboard_sdk::fake::{self, FakeHost};
use switchboard_sdk::{Message, Part, Refusal};

use crate::MyIo;

#[test]
fn answers_with_the_bots_messages() {
    let host = FakeHost::<MyIo>::new(r#"{"username":"bot"}"#);
    host.bot_answers([Part::text("one"), Part::text("two")]);
    let body = r#"{"sender":"u1","message":"hi","metadata":{"lang":"en"}}"#;

    let response = host.receive("webhook", fake::post("/webhooks/myio/webhook", body));

    let response = response.expect("the request is well-formed");
    assert_eq!(response.status, 200);
    assert_eq!(
        String::from_utf8_lossy(&response.body),
        r#"[{"recipient_id":"u1","text":"one"},{"recipient_id":"u1","text":"two"}]"#
    );
    let message = Message {
        metadata: Some(r#"{"lang":"en"}"#.to_owned()),
        ..Message::new("u1", "hi")
    };
    assert_eq!(host.asked(), [message]);
}

#[test]
fn does_not_answer_itself() {
    let host = FakeHost::<MyIo>::new(r#"{"username":"bot"}"#);
    let body = r#"{"sender":"bot","message":"one"}"#;
    let response = host.receive("webhook", fake::post("/webhooks/myio/webhook", body));
    assert!(response.is_ok());
    assert!(host.asked().is_empty());
}

#[test]
fn no_setting_and_no_sender_are_needed() {
    let host = FakeHost::<MyIo>::new("{}");
    host.bot_answers([]);
    let body = r#"{"message":"hi"}"#;
    let response = host.receive("webhook", fake::post("/webhooks/myio/webhook", body));
    assert!(response.is_ok());
    assert_eq!(host.asked(), [Message::new("default", "hi")]);
}

#[test]
fn refuses_what_is_no_message() {
    let host = FakeHost::<MyIo>::new(r#"{"username":"bot"}"#);
    let request = fake::post("/webhooks/myio/webhook", r#"{"sender":"u1"}"#);
    let text = "`message` must be a string, found nothing".to_owned();
    assert_eq!(
        host.receive("webhook", request),
        Err(Refusal::BadRequest(text))
    );
}
