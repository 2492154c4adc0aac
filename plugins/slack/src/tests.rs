//! What cases cannot show: the sign of typing, answers that never come, what is logged, what is warned of.

use std::time::{Duration, UNIX_EPOCH};

use switchboard_sdk::fake::{self, FakeHost};
use switchboard_sdk::{
    AcceptError, Address, Attempt, BotError, Content, Digest, Host, HttpError, HttpResponse,
    Location, LogLevel, Part, Receipt, Refusal, Request, Response, Retry, SendError, signature,
};

use crate::Slack;

const SETTINGS: &str = r#"{"slack_token":"xoxb-1","slack_signing_secret":"secret"}"#;
const THREADS: &str =
    r#"{"slack_token":"xoxb-1","slack_signing_secret":"secret","use_threads":true}"#;
const MESSAGE: &str = r#"{"event":{"type":"message","channel":"D1","channel_type":"im","user":"U1","text":"hi","ts":"1.2"}}"#;

/// A request of Slack's, signed at the host's time.
fn request(host: &FakeHost<Slack>, body: &str) -> Request {
    let time = host.now().duration_since(UNIX_EPOCH).expect("after 1970");
    let time = time.as_secs().to_string();
    let signed = format!("v0:{time}:{body}");
    let secret = "slack_signing_secret";
    let mac = signature::hex(host, secret, Digest::Sha256, signed.as_bytes()).expect("a secret");
    fake::post("/webhooks/slack/webhook", body)
        .with_header("content-type", "application/json")
        .with_header("x-slack-request-timestamp", time)
        .with_header("x-slack-signature", format!("v0={mac}"))
}

fn send(host: &FakeHost<Slack>, content: Content) -> Result<Receipt, SendError> {
    let to = Address {
        conversation: "U1".to_owned(),
        reply: Some(r#"{"channel":"D1","thread_ts":"1.2","user":"U1"}"#.to_owned()),
    };
    let attempt = Attempt {
        id: "part-1".to_owned(),
        number: 1,
    };
    host.send_to(&to, &content.into(), &attempt)
}

fn text() -> Content {
    Part::text("hi").content
}

#[test]
fn typing_is_shown_in_a_thread() {
    let host = FakeHost::<Slack>::new(THREADS);
    host.http_answers(HttpResponse::with_status(200).with_body(r#"{"ok":true}"#));
    assert_eq!(send(&host, Content::Typing), Ok(Receipt::without_id()));
    let call = host.fetched().remove(0);
    assert_eq!(
        call.url,
        "https://slack.com/api/assistant.threads.setStatus"
    );
    let body = r#"{"channel_id":"D1","status":"is typing…","thread_ts":"1.2"}"#;
    assert_eq!(String::from_utf8_lossy(&call.body), body);
}

#[test]
fn typing_is_nowhere_else_and_never_fails() {
    let host = FakeHost::<Slack>::new(SETTINGS);
    assert_eq!(send(&host, Content::Typing), Ok(Receipt::without_id()));
    assert!(host.fetched().is_empty());

    let host = FakeHost::<Slack>::new(THREADS);
    let refusal = r#"{"ok":false,"error":"channel_not_found"}"#;
    host.http_answers(HttpResponse::with_status(200).with_body(refusal));
    assert_eq!(send(&host, Content::Typing), Ok(Receipt::without_id()));
    assert_eq!(host.logged()[0].level, LogLevel::Debug);
}

#[test]
fn an_answer_that_does_not_come_leaves_the_outcome_open() {
    for error in [
        HttpError::TimedOut("late".to_owned()),
        HttpError::Interrupted("late".to_owned()),
    ] {
        let host = FakeHost::<Slack>::new(SETTINGS);
        host.http_fails(error);
        let outcome = SendError::UnknownOutcome("late".to_owned());
        assert_eq!(send(&host, text()), Err(outcome));
    }
}

#[test]
fn an_upload_whose_answer_does_not_come_has_shown_nothing() {
    let host = FakeHost::<Slack>::new(SETTINGS);
    let place = r#"{"ok":true,"upload_url":"https://files.slack.com/up","file_id":"F1"}"#;
    host.http_answers(HttpResponse::with_status(200).with_body("content"));
    host.http_answers(HttpResponse::with_status(200).with_body(place));
    host.http_fails(HttpError::TimedOut("late".to_owned()));
    let media = switchboard_sdk::MediaContent::at("https://files.slack.com/a.txt");
    let outcome = SendError::Retry(Retry {
        after_ms: None,
        detail: "late".to_owned(),
    });
    assert_eq!(send(&host, Content::File(media)), Err(outcome));
}

#[test]
fn what_the_host_lowers_is_not_sent() {
    let host = FakeHost::<Slack>::new(SETTINGS);
    let place = Location {
        latitude: 1.0,
        longitude: 2.0,
        title: None,
        address: None,
    };
    for content in [Content::Location(place), Content::Cards(vec![])] {
        let outcome = send(&host, content);
        assert!(
            matches!(outcome, Err(SendError::Unsupported(_))),
            "{outcome:?}"
        );
    }
}

#[test]
fn what_is_left_out_is_said_to_the_curious_alone() {
    let host = FakeHost::<Slack>::new(SETTINGS);
    let channel = MESSAGE.replace(r#""im""#, r#""channel""#);
    let response = host.receive("webhook", request(&host, &channel));
    assert_eq!(response, Ok(Response::empty(200)));
    assert!(host.accepted().is_empty());
    let line = host.logged().remove(0);
    assert_eq!(
        (line.level, line.message.as_str()),
        (LogLevel::Debug, "left out")
    );
}

#[test]
fn a_retry_is_logged_and_taken() {
    let host = FakeHost::<Slack>::new(SETTINGS);
    let retry = request(&host, MESSAGE)
        .with_header("x-slack-retry-num", "1")
        .with_header("x-slack-retry-reason", "http_timeout");
    assert_eq!(host.receive("webhook", retry), Ok(Response::empty(200)));
    assert_eq!(host.accepted().len(), 1);
    let line = host.logged().remove(0);
    assert_eq!(line.level, LogLevel::Debug);
    assert!(
        line.fields
            .contains(&("reason".to_owned(), "http_timeout".to_owned()))
    );
}

#[test]
fn what_the_host_does_not_take_is_not_acknowledged() {
    let host = FakeHost::<Slack>::new(SETTINGS);
    host.refuse_events(AcceptError::Unavailable("the store is down".to_owned()));
    let overloaded = BotError::Overloaded("the store is down".to_owned());
    let response = host.receive("webhook", request(&host, MESSAGE));
    assert_eq!(response, Err(Refusal::BotFailed(overloaded)));
}

#[test]
fn a_part_of_a_second_counts_for_the_request() {
    let host = FakeHost::<Slack>::new(SETTINGS);
    let request = request(&host, MESSAGE);
    host.set_now(host.now() + Duration::from_millis(300_999));
    assert_eq!(host.receive("webhook", request), Ok(Response::empty(200)));
}

#[test]
fn warnings() {
    let of = |settings: &str| FakeHost::<Slack>::new(settings).warnings();
    assert!(of(SETTINGS).is_empty());
    let [no_token] = &of(r#"{"slack_signing_secret":"secret"}"#)[..] else {
        panic!("one warning")
    };
    assert!(no_token.contains("`slack_token`"), "{no_token}");
    let [granularity] = &of(
        r#"{"slack_token":"x","slack_signing_secret":"secret","conversation_granularity":"user"}"#,
    )[..] else {
        panic!("one warning")
    };
    assert!(
        granularity.contains("`conversation_granularity`"),
        "{granularity}"
    );
}

#[test]
#[should_panic(expected = "the setting `slack_signing_secret` is required")]
fn without_a_signing_secret_nothing_starts() {
    let _ = FakeHost::<Slack>::new(r#"{"slack_token":"xoxb-1"}"#);
}
