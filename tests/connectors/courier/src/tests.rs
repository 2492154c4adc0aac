use serde_json::{Value, json};
use switchboard_sdk::fake::{self, FakeHost};
use switchboard_sdk::{
    Address, Attempt, BotError, Button, Content, DeliveryStatus, Event, Host, HttpError,
    HttpResponse, Message, OtherEvent, Part, RateScope, Receipt, Refusal, SendError, StateError,
    StatusUpdate,
};

use crate::Courier;

fn courier() -> FakeHost<Courier> {
    FakeHost::new(r#"{"url":"http://127.0.0.1:8080/api/","token":"t0ken"}"#)
}

fn deliver(host: &FakeHost<Courier>, body: &Value) -> Result<Value, Refusal> {
    let response = host.receive("webhook", fake::post("/", body.to_string()))?;
    Ok(serde_json::from_slice(&response.body).expect("JSON"))
}

#[test]
fn every_kind_of_event_is_handed_on() {
    let host = courier();
    let body = json!({"events": [
        {"type": "message", "id": "m1", "conversation": "c", "sender": "s", "text": "hi", "reply": {"thread": 1}},
        {"type": "message", "conversation": "c", "text": "anonymous"},
        {"type": "status", "id": "r1", "status": "failed", "detail": "no such user"},
        {"type": "other", "id": "o1", "conversation": "c", "name": "member-joined", "data": {"who": "x"}},
    ]});
    assert_eq!(deliver(&host, &body), Ok(json!({"taken": 4})));
    let expected: [Event; 4] = [
        Message {
            id: Some("m1".to_owned()),
            sender: "s".to_owned(),
            reply: Some(r#"{"thread":1}"#.to_owned()),
            ..Message::new("c", "hi")
        }
        .into(),
        Message::new("c", "anonymous").into(),
        StatusUpdate {
            detail: Some("no such user".to_owned()),
            ..StatusUpdate::new("r1", DeliveryStatus::Failed)
        }
        .into(),
        OtherEvent {
            id: Some("o1".to_owned()),
            ..OtherEvent::new("c", "member-joined", r#"{"who":"x"}"#)
        }
        .into(),
    ];
    assert_eq!(host.accepted(), expected);
}

#[test]
fn what_is_taken_back_leaves_nothing() {
    let host = courier();
    let state = json!([{"key": "k", "value": "v"}]);
    let events = json!([{"type": "message", "conversation": "c", "text": "hi"}]);
    let refused = deliver(
        &host,
        &json!({"events": events, "state": state, "refuse": true}),
    );
    assert!(matches!(refused, Err(Refusal::Forbidden(_))));
    assert!(host.accepted().is_empty());
    assert_eq!(host.state_get("k"), Ok(None));
    let unknown = deliver(&host, &json!({"event": []}));
    assert!(matches!(unknown, Err(Refusal::BadRequest(_))));
}

#[test]
fn what_is_remembered_is_found() {
    let host = courier();
    let get = |key: &str| {
        let request = fake::get("/state").with_param("key", key);
        host.receive("state", request).map(|found| found.body)
    };
    assert!(matches!(get("k"), Err(Refusal::NotFound(_))));
    let write = json!({"state": [{"key": "k", "value": "v", "ttl_ms": 1000}, {"key": "gone", "value": null}]});
    assert_eq!(deliver(&host, &write), Ok(json!({"taken": 0})));
    assert_eq!(get("k"), Ok(b"v".to_vec()));
    let swap = |expected: Value, value: Value| {
        let body = json!({"expected": expected, "write": {"key": "k", "value": value}});
        host.receive("swap", fake::post("/", body.to_string()))
            .map(|response| response.body)
    };
    assert_eq!(
        swap(Value::Null, json!("w")),
        Ok(br#"{"swapped":false}"#.to_vec())
    );
    assert_eq!(
        swap(json!("v"), Value::Null),
        Ok(br#"{"swapped":true}"#.to_vec())
    );
    assert!(get("k").is_err());

    host.refuse_state(StateError::Unavailable("full".to_owned()));
    let refusal = Refusal::BotFailed(BotError::Overloaded("full".to_owned()));
    assert_eq!(deliver(&host, &write), Err(refusal));
}

#[test]
fn who_waits_for_the_answer_gets_its_texts() {
    let host = courier();
    host.bot_answers([
        Part::text("one"),
        Part::image("https://example.com/cat.png"),
    ]);
    let body = r#"{"conversation":"c","text":"hi"}"#;
    let response = host.receive("ask", fake::post("/", body));
    assert_eq!(response.expect("well-formed").body, br#"["one"]"#);
    assert_eq!(host.asked(), [Message::new("c", "hi")]);
}

#[test]
fn every_content_that_it_renders_has_a_form() {
    let host = courier();
    let parts = [
        Part::text("hi"),
        Part::buttons("Sure?", [Button::new("Yes", "/affirm")]),
        Part::image("https://example.com/cat.png"),
        Part::custom(r#"{"a":1}"#),
        Content::Typing.into(),
    ];
    let to = Address {
        conversation: "c".to_owned(),
        reply: Some("[1]".to_owned()),
    };
    let attempt = Attempt {
        id: "p1".to_owned(),
        number: 3,
    };
    for part in &parts {
        host.http_answers(HttpResponse {
            body: br#"{"id":"r7"}"#.to_vec(),
            ..HttpResponse::with_status(200)
        });
        let receipt = host.send_to(&to, part, &attempt);
        assert_eq!(receipt, Ok(Receipt::with_id("r7")));
    }
    let fetched = host.fetched();
    let shown: Vec<Value> = fetched
        .iter()
        .map(|request| {
            assert_eq!(request.url, "http://127.0.0.1:8080/api/send");
            let header = &request
                .headers
                .iter()
                .find(|(name, _)| name == "authorization");
            assert_eq!(header.expect("there").1, b"Bearer t0ken");
            let mut body: Value = serde_json::from_slice(&request.body).expect("JSON");
            let object = body.as_object_mut().expect("an object");
            let head = ["to", "reply", "id", "attempt"].map(|key| object.remove(key));
            assert_eq!(json!(head), json!(["c", [1], "p1", 3]));
            body
        })
        .collect();
    assert_eq!(
        shown,
        [
            json!({"text": "hi"}),
            json!({"text": "Sure?", "buttons": [{"title": "Yes", "payload": "/affirm"}]}),
            json!({"image": "https://example.com/cat.png", "text": null}),
            json!({"custom": {"a": 1}}),
            json!({"typing": true}),
        ]
    );
    let unsupported = host.send("c", &Content::Cards(vec![]).into());
    assert!(matches!(unsupported, Err(SendError::Unsupported(_))));
}

#[test]
fn answers_mean_what_they_say() {
    let send = |status: u16, headers: &[(&str, &str)]| {
        let host = courier();
        let mut response = HttpResponse::with_status(status);
        response.headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
            .collect();
        host.http_answers(response);
        host.send("c", &Part::text("hi"))
    };
    assert_eq!(send(200, &[]), Ok(Receipt::without_id()));
    assert!(matches!(send(400, &[]), Err(SendError::Permanent(e)) if e.code == "400"));
    assert!(matches!(send(401, &[]), Err(SendError::Unauthorized(_))));
    assert!(matches!(send(403, &[]), Err(SendError::BlockedByUser(_))));
    assert!(matches!(send(410, &[]), Err(SendError::WindowClosed(_))));
    let after = [("retry-after", "2")];
    assert!(matches!(send(503, &after), Err(SendError::Retry(e)) if e.after_ms == Some(2_000)));
    let limited = |headers: &[(&str, &str)]| match send(429, headers) {
        Err(SendError::RateLimited(limit)) => (limit.scope, limit.after_ms),
        other => panic!("{other:?}"),
    };
    assert_eq!(limited(&[]), (RateScope::Channel, None));
    assert_eq!(
        limited(&[("x-scope", "conversation"), ("retry-after", "1")]),
        (RateScope::Conversation, Some(1_000))
    );

    let host = courier();
    host.http_fails(HttpError::Unreachable("nobody".to_owned()));
    let refused = host.send("c", &Part::text("hi"));
    assert!(matches!(refused, Err(SendError::Retry(_))));
    host.http_fails(HttpError::Interrupted("broken".to_owned()));
    let broken = host.send("c", &Part::text("hi"));
    assert!(matches!(broken, Err(SendError::UnknownOutcome(_))));
}
