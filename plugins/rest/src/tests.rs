//! The connector's rules against the fake host. What Rasa answers was recorded from Rasa Open Source 3.6.21.

use switchboard_sdk::fake::{self, FakeHost};
use switchboard_sdk::{
    BotError, Button, Content, Message, Part, Refusal, Request, Response, SendError,
};

use crate::Rest;

const PATH: &str = "/webhooks/rest/webhook";

fn channel() -> FakeHost<Rest> {
    FakeHost::new("{}")
}

fn post(body: &str) -> Request {
    fake::post(PATH, body)
}

fn stream(body: &str) -> Request {
    fake::post("/webhooks/rest/webhook?stream=true", body)
}

fn body(response: Result<Response, Refusal>) -> String {
    let response = response.expect("the request is answered");
    assert_eq!(response.status, 200);
    String::from_utf8(response.body).expect("JSON is UTF-8")
}

/// What reaches the bot of a body.
fn asked(json: &str) -> Message {
    let host = channel();
    host.bot_answers([]);
    assert_eq!(body(host.receive("webhook", post(json))), "[]");
    host.asked().remove(0)
}

/// Why a body is refused, and that the bot never hears of it.
fn refused(json: impl Into<Vec<u8>>) -> String {
    let host = channel();
    let refusal = host.receive("webhook", fake::post(PATH, json));
    assert!(host.asked().is_empty());
    match refusal {
        Err(Refusal::BadRequest(text)) => text,
        other => panic!("expected a bad request, got {other:?}"),
    }
}

#[test]
fn listens_for_posts_on_webhook() {
    let routes = channel().routes();
    assert_eq!(routes.len(), 1);
    assert_eq!(
        (routes[0].path.as_str(), routes[0].methods.as_slice()),
        ("webhook", &["POST".to_owned()][..])
    );
}

#[test]
fn answers_with_the_array_of_the_bots_messages() {
    let host = channel();
    let doc = Content::File(switchboard_sdk::MediaContent::at(
        "https://example.com/doc.pdf",
    ));
    host.bot_answers([
        Part::text("all"),
        Part::buttons("Pick:", [Button::new("Yes", "/affirm")]),
        Part::quick_replies("Colour:", [Button::new("Red", "/red")]),
        Part::custom(r#"{"answer":42}"#),
        Part::image("https://example.com/cat.png"),
        Part::from(doc),
    ]);
    let response = host.receive("webhook", post(r#"{"sender":"u1","message":"everything"}"#));
    let response = response.expect("the request is answered");
    assert_eq!(response.status, 200);
    assert_eq!(
        response.headers,
        [("content-type".to_owned(), b"application/json".to_vec())]
    );
    assert_eq!(
        String::from_utf8_lossy(&response.body),
        concat!(
            r#"[{"recipient_id":"u1","text":"all"},"#,
            r#"{"recipient_id":"u1","text":"Pick:","buttons":[{"title":"Yes","payload":"/affirm"}]},"#,
            r#"{"recipient_id":"u1","text":"Colour:","buttons":[{"title":"Red","payload":"/red"}]},"#,
            r#"{"recipient_id":"u1","custom":{"answer":42}},"#,
            r#"{"recipient_id":"u1","image":"https://example.com/cat.png"},"#,
            r#"{"recipient_id":"u1","attachment":{"type":"file","payload":{"src":"https://example.com/doc.pdf"}}}]"#,
        )
    );
}

#[test]
fn a_message_reaches_the_bot() {
    let message = asked(r#"{"sender":"u1","message":"hi"}"#);
    assert_eq!(message, Message::new("u1", "hi"));
    assert_eq!(message.conversation, "u1");
    assert_eq!(
        asked(r#"{"sender":"u1","message":""}"#).text.as_deref(),
        Some("")
    );
    assert_eq!(
        asked(r#"{"message":"hi \ud83d\ude00"}"#).text.as_deref(),
        Some("hi 😀")
    );
}

#[test]
fn the_sender_may_be_left_out_or_be_a_number() {
    for (json, sender) in [
        (r#"{"message":"hi"}"#, "default"),
        (r#"{"sender":null,"message":"hi"}"#, "default"),
        (r#"{"sender":"","message":"hi"}"#, ""),
        (r#"{"sender":42,"message":"hi"}"#, "42"),
        (
            r#"{"sender":12345678901234567890123,"message":"hi"}"#,
            "12345678901234567890123",
        ),
        (r#"{"sender":"u1","sender":"u2","message":"hi"}"#, "u2"),
    ] {
        let message = asked(json);
        assert_eq!(
            (message.sender.as_str(), message.conversation.as_str()),
            (sender, sender)
        );
    }
}

#[test]
fn the_answer_goes_to_the_sender() {
    let host = channel();
    host.bot_answers([Part::text("hi")]);
    let answer = body(host.receive("webhook", post(r#"{"sender":7,"message":"hi"}"#)));
    assert_eq!(answer, r#"[{"recipient_id":"7","text":"hi"}]"#);
}

#[test]
fn input_channel_and_metadata_pass_through() {
    let message = asked(
        r#"{"message":"hi","input_channel":"web","metadata": { "id" : 12345678901234567890123, "x":[1.10] } }"#,
    );
    assert_eq!(message.input_channel.as_deref(), Some("web"));
    assert_eq!(
        message.metadata.as_deref(),
        Some(r#"{ "id" : 12345678901234567890123, "x":[1.10] }"#)
    );
    let message = asked(r#"{"message":"hi","input_channel":"","metadata":null}"#);
    assert_eq!((message.input_channel, message.metadata), (None, None));
    let message = asked(r#"{"message":"hi","input_channel":null,"metadata":"str"}"#);
    assert_eq!(
        (message.input_channel, message.metadata.as_deref()),
        (None, Some("\"str\""))
    );
}

#[test]
fn what_is_no_message_is_refused() {
    for (json, text) in [
        ("", "the body is empty; expected a JSON object"),
        ("[]", "the body must be a JSON object, found an array"),
        ("null", "the body must be a JSON object, found null"),
        ("\"str\"", "the body must be a JSON object, found a string"),
        ("{}", "`message` must be a string, found nothing"),
        (
            r#"{"message":null}"#,
            "`message` must be a string, found null",
        ),
        (
            r#"{"message":0}"#,
            "`message` must be a string, found a number",
        ),
        (
            r#"{"message":["hi"]}"#,
            "`message` must be a string, found an array",
        ),
        (
            r#"{"message":"hi","sender":true}"#,
            "`sender` must be a string or a number, found a boolean",
        ),
        (
            r#"{"message":"hi","sender":["a"]}"#,
            "`sender` must be a string or a number, found an array",
        ),
        (
            r#"{"message":"hi","sender":{}}"#,
            "`sender` must be a string or a number, found an object",
        ),
        (
            r#"{"message":"hi","input_channel":5}"#,
            "`input_channel` must be a string, found a number",
        ),
        (
            r#"{"message":"hi \ud800"}"#,
            "`message` must be a string of Unicode text",
        ),
    ] {
        assert_eq!(refused(json), text, "{json}");
    }
    assert!(refused("{\"message\": \"hi\"").starts_with("the body is not JSON: "));
    assert!(refused("sender=u1&message=hi").starts_with("the body is not JSON: "));
    assert_eq!(
        refused(b"{\"message\":\"\xff\"}".to_vec()),
        "the body is not UTF-8 (at byte 12)"
    );
    let deep = format!(
        r#"{{"message":"hi","x":{}{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    assert_eq!(
        refused(deep),
        "the body is nested more than 128 levels deep"
    );
}

#[test]
fn a_bot_without_an_answer_is_a_refusal() {
    let host = channel();
    let error = BotError::Unavailable("connection refused".to_owned());
    host.bot_fails([], error.clone());
    let refusal = host.receive("webhook", post(r#"{"message":"hi"}"#));
    assert_eq!(refusal, Err(Refusal::BotFailed(error)));
}

#[test]
fn a_stream_is_written_part_by_part() {
    let host = channel();
    host.bot_answers([
        Part::text("one"),
        Part::from(Content::Typing),
        Part::custom("{\n}"),
        Part::text("two"),
    ]);
    host.receive("webhook", stream(r#"{"sender":"u1","message":"hi"}"#))
        .expect("answered");
    let streamed = host.streamed().expect("streamed");
    assert_eq!(streamed.status, 200);
    assert_eq!(
        streamed.headers,
        [("content-type".to_owned(), b"text/event-stream".to_vec())]
    );
    let chunks: Vec<_> = streamed
        .chunks
        .iter()
        .map(|chunk| (chunk.text.as_str(), chunk.parts_taken))
        .collect();
    assert_eq!(
        chunks,
        [
            ("{\"recipient_id\":\"u1\",\"text\":\"one\"}\n", 1),
            ("{\"recipient_id\":\"u1\",\"custom\":{ }}\n", 3),
            ("{\"recipient_id\":\"u1\",\"text\":\"two\"}\n", 4),
        ]
    );
    assert_eq!(host.asked(), [Message::new("u1", "hi")]);
}

#[test]
fn a_stream_is_asked_for_by_the_first_stream_parameter() {
    for (query, streams) in [
        ("", false),
        ("?stream=", false),
        ("?stream=false", false),
        ("?stream=1", false),
        ("?STREAM=true", false),
        ("?stream=true", true),
        ("?stream=TRUE", true),
        ("?a=b&stream=True", true),
        ("?stream=true&stream=false", true),
        ("?stream=false&stream=true", false),
    ] {
        let host = channel();
        host.bot_answers([Part::text("hi")]);
        let request = fake::post(
            &format!("{PATH}{query}"),
            r#"{"message":"hi","stream":true}"#,
        );
        host.receive("webhook", request).expect("answered");
        assert_eq!(host.streamed().is_some(), streams, "{query}");
    }
}

#[test]
fn a_stream_without_parts_is_empty() {
    let host = channel();
    host.bot_answers([]);
    let response = host
        .receive("webhook", stream(r#"{"message":"hi"}"#))
        .expect("answered");
    assert_eq!(host.streamed(), None);
    assert_eq!(
        response,
        Response::with_body(200, "text/event-stream", Vec::new())
    );
}

#[test]
fn a_bot_that_is_down_refuses_a_stream_too() {
    let host = channel();
    let error = BotError::TimedOut("no answer within 60 s".to_owned());
    host.bot_fails([], error.clone());
    let refusal = host.receive("webhook", stream(r#"{"message":"hi"}"#));
    assert_eq!(refusal, Err(Refusal::BotFailed(error)));
    assert_eq!(host.streamed(), None);

    let long = format!(r#"{{"sender":"{}","message":"hi"}}"#, "s".repeat(4_097));
    let refusal = host.receive("webhook", stream(&long));
    assert!(matches!(
        refusal,
        Err(Refusal::BotFailed(BotError::InvalidMessage(_)))
    ));
}

#[test]
fn a_bot_that_fails_within_a_stream_is_its_last_line() {
    let host = channel();
    let error = BotError::Unavailable("the \"connection\" broke".to_owned());
    host.bot_fails([Part::text("one")], error);
    host.receive("webhook", stream(r#"{"sender":"u1","message":"hi"}"#))
        .expect("ended properly");
    let chunks = host.streamed().expect("streamed").chunks;
    assert_eq!(chunks.len(), 2);
    assert_eq!(
        chunks[1].text,
        concat!(
            r#"{"recipient_id":"u1","error":{"code":"bot_failed","#,
            r#""message":"the bot failed before its answer was complete"}}"#,
            "\n"
        )
    );
    assert_eq!(
        host.logged()[0].message,
        "the bot failed within a streamed answer"
    );
}

#[test]
fn a_stream_stops_when_the_caller_goes() {
    let host = channel();
    host.caller_leaves_after(1);
    host.bot_answers([Part::text("one"), Part::text("two"), Part::text("three")]);
    host.receive("webhook", stream(r#"{"message":"hi"}"#))
        .expect("not the connector's fault");
    assert_eq!(host.streamed().expect("streamed").chunks.len(), 1);
    let logged = host.logged();
    assert_eq!(logged.len(), 1, "it is tried no further");
    assert_eq!(logged[0].message, "a streamed answer was not read");
}

#[test]
fn a_token_is_asked_for_where_there_is_one() {
    for (header, allowed) in [
        (None, false),
        (Some("Bearer s3cret"), true),
        (Some("bearer s3cret"), true),
        (Some("BEARER  s3cret "), true),
        (Some("Bearer wrong"), false),
        (Some("Bearer "), false),
        (Some("Bearer"), false),
        (Some("s3cret"), false),
        (Some("Bearers3cret"), false),
        (Some("Basic s3cret"), false),
        // The placeholder is what the connector holds; it must open nothing.
        (Some("Bearer sealed-0000"), false),
    ] {
        for request in [post(r#"{"message":"hi"}"#), stream(r#"{"message":"hi"}"#)] {
            let host = FakeHost::<Rest>::new(r#"{"token":"s3cret"}"#);
            host.bot_answers([Part::text("hi")]);
            let request = match header {
                Some(value) => request.with_header("Authorization", value),
                None => request,
            };
            let result = host.receive("webhook", request);
            assert_eq!(result.is_ok(), allowed, "{header:?}");
            assert_eq!(host.asked().len(), usize::from(allowed), "{header:?}");
            if let Err(refusal) = result {
                assert!(matches!(refusal, Refusal::Unauthorized(_)), "{refusal:?}");
            }
        }
    }
}

#[test]
fn an_empty_token_opens_nothing() {
    let host = FakeHost::<Rest>::new(r#"{"token":""}"#);
    for request in [
        post("{}"),
        post("{}").with_header("authorization", "Bearer "),
    ] {
        assert!(matches!(
            host.receive("webhook", request),
            Err(Refusal::Unauthorized(_))
        ));
    }
}

#[test]
fn an_unauthorized_caller_does_not_learn_what_is_wrong_with_the_body() {
    let host = FakeHost::<Rest>::new(r#"{"token":"s3cret"}"#);
    assert!(matches!(
        host.receive("webhook", post("{")),
        Err(Refusal::Unauthorized(_))
    ));
}

#[test]
fn nothing_can_be_sent_at_another_time() {
    let error = channel().send("u1", &Part::text("hi"));
    assert!(matches!(error, Err(SendError::Unsupported(_))));
}
