//! What the cases in `tests/cases/facebook` cannot show: bodies that are no text, parts that no reply of a bot becomes, a
//! host in trouble, settings that are refused.

use std::time::{Duration, UNIX_EPOCH};

use switchboard_sdk::fake::{self, FakeHost};
use switchboard_sdk::{
    AcceptError, BotError, Content, DeliveryStatus, Event, HttpError, HttpResponse, LifecycleError,
    Location, MediaContent, Part, Receipt, Refusal, Request, SendError, StateError, StatusUpdate,
};

use crate::Facebook;

const SETTINGS: &str =
    r#"{"verify":"v","secret":"s3cret","page-access-token":"EAAtoken","appsecret_proof":"none"}"#;

const URL: &str = "https://graph.facebook.com/v26.0/me/messages?access_token=EAAtoken";

fn channel() -> FakeHost<Facebook> {
    FakeHost::new(SETTINGS)
}

fn with(more: &str) -> FakeHost<Facebook> {
    FakeHost::new(&SETTINGS.replace('}', &format!(",{more}}}")))
}

/// A request that Meta signed.
fn signed(host: &FakeHost<Facebook>, body: impl Into<Vec<u8>>) -> Request {
    use switchboard_sdk::{Digest, signature};
    let body = body.into();
    let mac = signature::hex(host, "secret", Digest::Sha256, &body).expect("a secret");
    fake::post("/webhooks/facebook/webhook", body)
        .with_header("X-Hub-Signature-256", format!("sha256={mac}"))
}

fn batch(happenings: &str) -> String {
    format!(r#"{{"object":"page","entry":[{{"id":"P","messaging":[{happenings}]}}]}}"#)
}

fn said(mid: &str) -> String {
    format!(r#"{{"sender":{{"id":"U"}},"message":{{"mid":"{mid}","text":"hi"}}}}"#)
}

fn sent() -> HttpResponse {
    HttpResponse::with_status(200).with_body(r#"{"recipient_id":"U","message_id":"m_1"}"#)
}

fn status(id: &str, status: DeliveryStatus) -> Event {
    StatusUpdate::new(id, status).into()
}

#[test]
fn bodies_that_are_no_text_or_nested_without_end_are_malformed() {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(5_000), "}".repeat(5_000));
    let half = batch(&said("m_1")).replace("hi", "h__i");
    let (before, after) = half.split_once("__").expect("two halves");
    let not_utf8 = [before.as_bytes(), &[0xff, 0xfe], after.as_bytes()].concat();
    for body in [(0..=255).collect(), not_utf8, deep.into_bytes()] {
        let host = channel();
        let request = signed(&host, body);
        let response = host.receive("webhook", request);
        assert!(
            matches!(response, Err(Refusal::BadRequest(_))),
            "{response:?}"
        );
    }
}

#[test]
fn what_the_host_does_not_take_is_not_acknowledged() {
    let host = channel();
    host.refuse_events(AcceptError::Unavailable("the store is down".to_owned()));
    let request = signed(&host, batch(&said("m_1")));
    let overloaded = BotError::Overloaded("the store is down".to_owned());
    assert_eq!(
        host.receive("webhook", request),
        Err(Refusal::BotFailed(overloaded))
    );
}

#[test]
fn more_news_than_a_call_takes_costs_no_message() {
    let mids: Vec<String> = (0..1_200).map(|i| format!("\"m_{i}\"")).collect();
    let delivery = format!(
        r#"{{"sender":{{"id":"U"}},"delivery":{{"mids":[{}]}}}}"#,
        mids.join(",")
    );
    let host = channel();
    let body = batch(&format!("{delivery},{}", said("m_new")));
    let response = host.receive("webhook", signed(&host, body)).expect("taken");
    assert_eq!(response.body, b"success");
    let accepted = host.accepted();
    assert_eq!(accepted.len(), 1_000);
    assert!(
        matches!(&accepted[0], Event::Message(message) if message.id.as_deref() == Some("U/m_new"))
    );
}

#[test]
fn what_is_left_out_is_logged_without_what_was_said() {
    let host = channel();
    let body = batch(r#"{"sender":{"id":"U"},"message":{"is_echo":true,"text":"private"}}"#);
    let response = host.receive("webhook", signed(&host, body));
    assert!(response.is_ok());
    let logged = host.logged();
    assert_eq!(logged.len(), 1);
    assert_eq!(logged[0].level, switchboard_sdk::LogLevel::Debug);
    assert!(logged[0].fields[0].1.contains("an echo"), "{logged:?}");
    assert!(!format!("{logged:?}").contains("private"));
}

#[test]
fn what_goes_out_is_known_as_read_in_its_time() {
    let host = channel();
    for (seconds, id) in [(1_700_000_010, "m_a"), (1_700_000_020, "m_b")] {
        host.set_now(UNIX_EPOCH + Duration::from_secs(seconds));
        let answer = format!(r#"{{"recipient_id":"U","message_id":"{id}"}}"#);
        host.http_answers(HttpResponse::with_status(200).with_body(answer));
        assert_eq!(host.send("U", &Part::text("hi")), Ok(Receipt::with_id(id)));
    }
    let read = |milliseconds: u64| {
        batch(&format!(
            r#"{{"sender":{{"id":"U"}},"read":{{"watermark":{milliseconds}}}}}"#
        ))
    };
    for time in [1_700_000_019_999, 1_700_000_020_000, 1_700_000_030_000] {
        let request = signed(&host, read(time));
        assert!(host.receive("webhook", request).is_ok());
    }
    let expected = ["m_a", "m_b"].map(|id| status(id, DeliveryStatus::Read));
    assert_eq!(host.accepted(), expected);
}

#[test]
fn what_is_kept_expires() {
    let host = channel();
    host.http_answers(sent());
    assert!(host.send("U", &Part::text("hi")).is_ok());
    host.set_now(UNIX_EPOCH + Duration::from_secs(1_700_000_000 + 72 * 3_600));
    let read = r#"{"sender":{"id":"U"},"read":{"watermark":1900000000000}}"#;
    let request = signed(&host, batch(read));
    assert!(host.receive("webhook", request).is_ok());
    assert!(host.accepted().is_empty());
}

#[test]
fn a_store_in_trouble_is_no_failure_of_a_part() {
    let host = channel();
    host.refuse_state(StateError::OverLimit("full".to_owned()));
    host.http_answers(sent());
    assert_eq!(
        host.send("U", &Part::text("hi")),
        Ok(Receipt::with_id("m_1"))
    );

    let read = r#"{"sender":{"id":"U"},"read":{"watermark":1}}"#;
    let request = signed(&host, batch(&format!("{read},{}", said("m_1"))));
    assert!(host.receive("webhook", request).is_ok());
    assert_eq!(host.accepted().len(), 1);
}

#[test]
fn a_name_that_is_too_long_for_a_key_is_sent_to_all_the_same() {
    let host = channel();
    host.http_answers(sent());
    let user = "U".repeat(300);
    assert_eq!(
        host.send(&user, &Part::text("hi")),
        Ok(Receipt::with_id("m_1"))
    );
    assert!(host.logged().is_empty());
}

#[test]
fn the_user_sees_that_it_was_read_and_that_somebody_writes() {
    let host = channel();
    let done = HttpResponse::with_status(200).with_body(r#"{"recipient_id":"U"}"#);
    host.http_answers(done.clone());
    host.http_answers(done);
    assert_eq!(
        host.send("U", &Content::Typing.into()),
        Ok(Receipt::without_id())
    );
    let calls = host.fetched();
    let bodies: Vec<_> = calls
        .iter()
        .map(|call| String::from_utf8_lossy(&call.body))
        .collect();
    assert_eq!(
        bodies,
        [
            r#"{"recipient":{"id":"U"},"sender_action":"mark_seen"}"#,
            r#"{"recipient":{"id":"U"},"sender_action":"typing_on"}"#,
        ]
    );
    assert!(
        calls
            .iter()
            .all(|call| call.url == URL && call.method == "POST")
    );
}

#[test]
fn recordings_and_films_are_given_more_time() {
    let media = || MediaContent::at("https://example.com/a");
    for (content, kind) in [
        (Content::Audio(media()), "audio"),
        (Content::Video(media()), "video"),
        (Content::File(media()), "file"),
        (Content::Image(media()), "image"),
    ] {
        let host = channel();
        host.http_answers(sent());
        assert!(host.send("U", &content.into()).is_ok());
        let call = host.fetched().remove(0);
        let body = String::from_utf8_lossy(&call.body).into_owned();
        let expected = format!(
            r#"{{"attachment":{{"payload":{{"url":"https://example.com/a"}},"type":"{kind}"}}}}"#
        );
        assert!(body.contains(&expected), "{body}");
        assert_eq!(call.timeout_ms, Some(25_000));
    }
    let host = channel();
    host.http_answers(sent());
    assert!(host.send("U", &Part::text("hi")).is_ok());
    assert_eq!(host.fetched().remove(0).timeout_ms, Some(10_000));
}

#[test]
fn a_place_is_not_shown() {
    let place = Location {
        latitude: 1.0,
        longitude: 2.0,
        title: None,
        address: None,
    };
    let error = channel().send("U", &Content::Location(place).into());
    assert!(matches!(error, Err(SendError::Unsupported(_))), "{error:?}");
}

#[test]
fn nobody_knows_what_became_of_a_call_without_an_answer() {
    for error in [
        HttpError::TimedOut("late".to_owned()),
        HttpError::Interrupted("broken".to_owned()),
    ] {
        let host = channel();
        host.http_fails(error);
        let outcome = host.send("U", &Part::text("hi"));
        assert!(
            matches!(outcome, Err(SendError::UnknownOutcome(_))),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_store_in_trouble_leaves_the_profile_as_it_is() {
    let host = with(r#""get_started":"/start""#);
    host.refuse_state(StateError::Unavailable("down".to_owned()));
    let error = LifecycleError::Retry("down".to_owned());
    assert_eq!(host.activate(None), Err(error.clone()));
    assert_eq!(host.deactivate(), Err(error));
    assert!(host.fetched().is_empty());
}

#[test]
fn settings_that_work_and_are_not_good_are_warned_of() {
    assert!(channel().warnings().is_empty());
    let warnings = with(r#""allow_sha1":true"#).warnings();
    assert!(
        warnings.len() == 1 && warnings[0].contains("`allow_sha1: true`"),
        "{warnings:?}"
    );
    let menu = r#""persistent_menu":[{"locale":"default"}]"#;
    let warnings = with(menu).warnings();
    assert!(
        warnings.len() == 1 && warnings[0].contains("`get_started`"),
        "{warnings:?}"
    );
    assert!(
        with(&format!(r#"{menu},"get_started":"/start""#))
            .warnings()
            .is_empty()
    );
}

#[test]
#[should_panic(expected = "`graph_version` must be like `v26.0`, found `26.0`")]
fn a_version_of_another_form_stops_the_start() {
    let _ = with(r#""graph_version":"26.0""#);
}

#[test]
#[should_panic(expected = "`graph_version` must be like `v26.0`, found `v26.0/x`")]
fn a_version_that_is_a_path_stops_the_start() {
    let _ = with(r#""graph_version":"v26.0/x""#);
}

#[test]
#[should_panic(expected = "`messaging_type: MESSAGE_TAG` needs a `tag`")]
fn a_type_without_its_tag_stops_the_start() {
    let _ = with(r#""messaging_type":"MESSAGE_TAG""#);
}

#[test]
#[should_panic(expected = "`tag` needs `messaging_type: MESSAGE_TAG`")]
fn a_tag_without_its_type_stops_the_start() {
    let _ = with(r#""tag":"HUMAN_AGENT""#);
}

#[test]
#[should_panic(expected = "expected one of `RESPONSE`, `UPDATE`, `MESSAGE_TAG`")]
fn a_type_that_nobody_knows_stops_the_start() {
    let _ = with(r#""messaging_type":"response""#);
}

#[test]
#[should_panic(expected = "expected one of `timed`, `plain`, `none`")]
fn a_proof_that_nobody_knows_stops_the_start() {
    let _ = FakeHost::<Facebook>::new(&SETTINGS.replace("none", "true"));
}

#[test]
#[should_panic(expected = "cannot use the settings: `persistent_menu`: invalid type: string")]
fn a_menu_that_is_no_list_stops_the_start() {
    let _ = with(r#""persistent_menu":"help""#);
}
