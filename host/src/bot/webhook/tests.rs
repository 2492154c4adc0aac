//! The webhook bot against a server on loopback.

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use http::Response;
use serde_json::json;
use sha2::Sha256;
use tokio::net::TcpListener;

use super::*;
use crate::bindings::types::{Message, OtherEvent};
use crate::bot::Bot;
use crate::bot::call::MAX_ANSWER;
use crate::bot::standin::{self, StandIn, all, question};

const LONG: Duration = Duration::from_secs(20);

fn bot_at(url: Url, timeout: Duration) -> WebhookBot {
    let header = |name, value| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    WebhookBot::new(config::WebhookBot {
        url,
        secrets: [b"hunter2", b"hunter3"]
            .map(|key| config::SealedKey::new(key.to_vec()))
            .into(),
        timeout,
        headers: vec![
            header("x-tenant", "acme"),
            header("webhook-id", "theirs"),
            header("content-type", "text/plain"),
        ],
    })
    .expect("a client")
}

fn bot(standin: &StandIn) -> WebhookBot {
    bot_at(standin.url("/hook?key=hunter2"), LONG)
}

/// What the bot makes of one answer.
async fn answered(
    answer: impl Fn() -> Response<Body> + Send + Sync + 'static,
) -> Result<Vec<Value>, BotError> {
    let standin = StandIn::answering(answer).await;
    let message = standin::message();
    let answered = all(bot(&standin).ask(&question(&message)).await).await;
    assert_eq!(standin.heard().len(), 1, "one request for one question");
    answered
}

#[track_caller]
fn assert_unavailable(answered: Result<Vec<Value>, BotError>, expected: &str) {
    match answered {
        Err(BotError::Unavailable(text)) => assert!(text.contains(expected), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_invalid(answered: Result<Vec<Value>, BotError>, expected: &str) {
    match answered {
        Err(BotError::InvalidAnswer(text)) => assert!(text.contains(expected), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_message_is_posted_whole_and_signed() {
    let standin = StandIn::answering(|| standin::status(204)).await;
    let bot = bot(&standin);
    let message = standin::message();
    let began = SystemTime::now();
    for _ in 0..2 {
        let replies = all(bot.ask(&question(&message)).await).await;
        assert_eq!(replies, Ok(vec![]));
    }
    let heard = standin.heard();
    assert_eq!(heard[0].body, heard[1].body, "a retry is the same event");
    for request in heard {
        let ids: Vec<_> = request.headers.get_all("webhook-id").iter().collect();
        assert_eq!(
            ids,
            ["0123abcd"],
            "the scheme goes over what the operator added"
        );
        assert_eq!(request.headers.get_all("content-type").iter().count(), 1);
        assert_eq!(request.header("content-type"), "application/json");
        assert_eq!(request.header("x-tenant"), "acme");
        let timestamp = request.header("webhook-timestamp");
        let seconds = timestamp.parse().expect("seconds");
        let signed_at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let second = Duration::from_secs(1);
        assert!(signed_at + second > began && signed_at <= SystemTime::now());

        let mut signed = format!("0123abcd.{timestamp}.").into_bytes();
        signed.extend_from_slice(&request.body);
        let signatures = request.header("webhook-signature").split(' ');
        for (signature, secret) in signatures.zip([b"hunter2", b"hunter3"]) {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key");
            mac.update(&signed);
            let signature = signature.strip_prefix("v1,").expect("version 1");
            let signature = STANDARD.decode(signature).expect("base64");
            mac.verify_slice(&signature).expect("the signature");
        }
        assert_eq!(
            request.json(),
            json!({"type": "message", "timestamp": "2021-02-25T15:02:10.250Z", "data": {
                "id": "0123abcd",
                "channel": "whatsapp/acme",
                "conversation": "conversation one",
                "sender": "sender one",
                "text": "grüße",
                "attachments": [{"kind": "image", "url": "https://example.com/a.png", "media_type": "image/png", "size": 7}],
                "location": {"latitude": 52.5, "longitude": -13.25, "title": "here"},
                "metadata": {"deep": 1, "big": 12_345_678_901_234_567_890_123_f64},
                "input_channel": "whatsapp",
                "platform_id": "wamid.1",
            }})
        );
        let text = String::from_utf8(request.body.to_vec()).expect("UTF-8");
        assert!(
            text.contains("12345678901234567890123"),
            "metadata goes on as it came: {text}"
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_left_out() {
    let standin = StandIn::answering(|| standin::status(200)).await;
    let message = Message {
        id: None,
        text: None,
        attachments: vec![],
        location: None,
        metadata: None,
        ..standin::message()
    };
    let replies = all(bot(&standin).ask(&question(&message)).await).await;
    assert_eq!(replies, Ok(vec![]));
    assert_eq!(
        standin.heard()[0].json()["data"],
        json!({
            "id": "0123abcd",
            "channel": "whatsapp/acme",
            "conversation": "conversation one",
            "sender": "sender one",
            "attachments": [],
            "input_channel": "whatsapp",
        })
    );
}

#[tokio::test]
async fn other_events_are_told_to_the_webhook_alone() {
    let event = OtherEvent {
        id: Some("joined-1".into()),
        conversation: "conversation one".into(),
        name: "member-joined".into(),
        data: r#"{"who": "someone"}"#.into(),
        reply: Some("1".into()),
    };
    let news = News {
        id: "0123abcd",
        channel: "teams",
        received: SystemTime::UNIX_EPOCH,
        event: &event,
    };
    let standin = StandIn::answering(|| standin::json(r#"[{"text":"welcome"}]"#)).await;
    let told = Bot::Webhook(Box::new(bot(&standin))).tell(&news).await;
    assert_eq!(all(told).await, Ok(vec![json!({"text": "welcome"})]));
    let heard = standin.heard();
    assert_eq!(heard[0].header("webhook-id"), "0123abcd");
    assert_eq!(
        heard[0].json(),
        json!({"type": "event", "timestamp": "1970-01-01T00:00:00.000Z", "data": {
            "id": "0123abcd",
            "channel": "teams",
            "conversation": "conversation one",
            "name": "member-joined",
            "data": {"who": "someone"},
            "platform_id": "joined-1",
        }})
    );
    assert_eq!(all(Bot::Echo.tell(&news).await).await, Ok(vec![]));
}

#[tokio::test]
async fn replies_in_a_list_or_in_an_object() {
    let replies = Ok(vec![json!({"text": "a"}), json!({"image": "b"})]);
    let list = answered(|| standin::json(r#" [{"text":"a"},{"image":"b"}]"#)).await;
    assert_eq!(list, replies);
    let object =
        answered(|| standin::json(r#"{"messages":[{"text":"a"},{"image":"b"}],"more":1}"#)).await;
    assert_eq!(object, replies);
}

#[tokio::test]
async fn no_replies_or_not_yet() {
    assert_eq!(answered(|| standin::json(" \n")).await, Ok(vec![]));
    assert_eq!(answered(|| standin::json("[]")).await, Ok(vec![]));
    let later = || {
        let mut later = standin::json("[{\"text\":\"not a reply\"}] queued");
        *later.status_mut() = StatusCode::ACCEPTED;
        later
    };
    assert_eq!(answered(later).await, Ok(vec![]));
}

#[tokio::test]
async fn what_cannot_be_understood() {
    assert_invalid(
        answered(|| standin::json("<html>not json")).await,
        "expected value",
    );
    assert_invalid(
        answered(|| standin::json("{\"message\":[]}")).await,
        "`messages`",
    );
    assert_invalid(answered(|| standin::json("[{}] []")).await, "trailing");
    let many = |count: usize| format!("[{}]", vec!["{}"; count].join(","));
    let fits = many(MAX_REPLIES);
    let replies = answered(move || standin::json(&fits)).await;
    assert_eq!(replies.map(|replies| replies.len()), Ok(MAX_REPLIES));
    let over = many(MAX_REPLIES + 1);
    assert_invalid(
        answered(move || standin::json(&over)).await,
        "more than 1000 replies",
    );
}

#[tokio::test]
async fn an_answer_has_a_largest_size() {
    let sized = |size: usize| move || standin::json(&format!("[{}]", " ".repeat(size - 2)));
    assert_eq!(answered(sized(MAX_ANSWER)).await, Ok(vec![]));
    assert_invalid(
        answered(sized(MAX_ANSWER + 1)).await,
        "more than 8388608 bytes",
    );
}

#[tokio::test]
async fn a_bot_that_fails() {
    assert_unavailable(answered(|| standin::status(500)).await, "answered 500");
    assert_unavailable(answered(|| standin::status(401)).await, "hint: ");
    assert_unavailable(
        answered(|| standin::status(307)).await,
        "redirects are not followed",
    );
    assert_unavailable(
        answered(|| standin::broken_off("[{\"text\":")).await,
        "broke off",
    );
}

#[tokio::test]
async fn a_bot_that_is_not_there_or_says_nothing() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let url = format!("http://{address}/hook?key=hunter2");
    let bot = bot_at(url.parse().expect("an address"), LONG);
    let message = standin::message();
    let asked = all(bot.ask(&question(&message)).await).await;
    assert_eq!(
        asked
            .clone()
            .map_err(|e| format!("{e:?}").contains("hunter")),
        Err(false)
    );
    assert_unavailable(
        asked,
        &format!("the webhook bot at http://{address}/hook cannot be reached"),
    );

    let silent = StandIn::silent().await;
    let bot = bot_at(silent.url("/"), Duration::from_millis(100));
    match all(bot.ask(&question(&message)).await).await {
        Err(BotError::TimedOut(text)) => assert!(text.contains("within 100ms"), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn nothing_shows_a_secret() {
    let standin = StandIn::answering(|| standin::status(200)).await;
    let bot = bot(&standin);
    let shown = format!("{bot} {bot:?}");
    assert!(
        shown.contains("/hook") && !shown.contains("hunter"),
        "{shown}"
    );
}

#[tokio::test]
async fn json_that_is_none_is_the_messages_fault() {
    let standin = StandIn::answering(|| standin::status(200)).await;
    let message = Message {
        metadata: Some("{".into()),
        ..standin::message()
    };
    let asked = all(bot(&standin).ask(&question(&message)).await).await;
    assert!(
        matches!(asked, Err(BotError::InvalidMessage(_))),
        "{asked:?}"
    );
    assert_eq!(standin.heard().len(), 0);
}
