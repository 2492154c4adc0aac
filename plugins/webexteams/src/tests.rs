//! What the cases cannot show, against the fake host: warnings, settings that are refused, and what happens while the host
//! keeps nothing or takes nothing.

use switchboard_sdk::fake::{self, FakeHost};
use switchboard_sdk::{
    AcceptError, BotError, Connector as _, Content, HttpError, HttpResponse, LifecycleError,
    LogLevel, Part, Refusal, SendError, StateError,
};

use crate::{WebexTeams, api};

const TOKEN: &str = r#"{"access_token":"t"}"#;
const NOTICE: &str = r#"{"resource":"messages","event":"created","data":{"id":"M"}}"#;

fn answer(body: &str) -> HttpResponse {
    HttpResponse::with_status(200).with_body(body)
}

/// A channel that is sent a notice of a message, and told who it is and what was said.
fn asked() -> FakeHost<WebexTeams> {
    let host = FakeHost::new(TOKEN);
    host.http_answers(answer(r#"{"id":"BOT","displayName":"Echo"}"#));
    host.http_answers(answer(r#"{"roomId":"R","personId":"P","text":"hi"}"#));
    host
}

#[test]
fn without_a_secret_there_is_a_warning() {
    let warnings = FakeHost::<WebexTeams>::new(TOKEN).warnings();
    let [warning] = &warnings[..] else {
        panic!("one warning: {warnings:?}")
    };
    assert!(warning.starts_with("`secret` is not set"), "{warning}");
    let signed = FakeHost::<WebexTeams>::new(r#"{"access_token":"t","secret":"s"}"#);
    assert!(signed.warnings().is_empty());
}

#[test]
#[should_panic(expected = "the setting `access_token` is required")]
fn there_is_no_bot_without_a_token() {
    let _ = FakeHost::<WebexTeams>::new("{}");
}

#[test]
fn the_secrets_are_sealed() {
    let settings = WebexTeams::describe().settings;
    for (name, in_body) in [("access_token", false), ("secret", true)] {
        let setting = settings.iter().find(|setting| setting.name == name);
        let setting = setting.expect("a setting");
        assert!(setting.sealed, "{name}");
        assert_eq!(setting.in_body, in_body, "{name}");
    }
}

#[test]
fn what_the_host_does_not_take_is_not_acknowledged() {
    let host = asked();
    host.refuse_events(AcceptError::Unavailable("full".to_owned()));
    let refusal = host.receive("webhook", fake::post("/", NOTICE));
    let overloaded = BotError::Overloaded("full".to_owned());
    assert_eq!(refusal, Err(Refusal::BotFailed(overloaded)));
}

#[test]
fn while_nothing_can_be_kept_nothing_is_taken() {
    let host = asked();
    host.refuse_state(StateError::Unavailable("down".to_owned()));
    let refusal = host.receive("webhook", fake::post("/", NOTICE));
    let overloaded = BotError::Overloaded("down".to_owned());
    assert_eq!(refusal, Err(Refusal::BotFailed(overloaded)));
    assert_eq!(
        host.activate(None),
        Err(LifecycleError::Retry("down".to_owned()))
    );
}

#[test]
fn how_loud_the_log_is_follows_from_what_can_be_done() {
    let host = FakeHost::<WebexTeams>::new(TOKEN);
    for (answer, level) in [
        (404, LogLevel::Debug),
        (500, LogLevel::Warn),
        (401, LogLevel::Error),
    ] {
        host.http_answers(HttpResponse::with_status(answer));
        let _ = host.receive("webhook", fake::post("/", NOTICE));
        let logged = host.logged();
        let line = logged.last().expect("a line");
        assert_eq!(line.level, level, "{answer}");
    }
}

#[test]
fn a_message_that_timed_out_is_sent_again_by_webex() {
    for error in [
        HttpError::TimedOut("slow".to_owned()),
        HttpError::Interrupted("cut".to_owned()),
        HttpError::TooLarge("long".to_owned()),
        HttpError::Denied("no".to_owned()),
    ] {
        let host = FakeHost::<WebexTeams>::new(TOKEN);
        host.http_fails(error);
        let response = host.receive("webhook", fake::post("/", NOTICE));
        assert_eq!(response.expect("an answer").status, 503);
    }
}

#[test]
fn a_part_that_timed_out_may_have_arrived() {
    let host = FakeHost::<WebexTeams>::new(TOKEN);
    host.http_fails(HttpError::TimedOut("slow".to_owned()));
    let outcome = host.send("R", &Part::text("hi"));
    assert_eq!(outcome, Err(SendError::UnknownOutcome("slow".to_owned())));
}

#[test]
fn what_the_host_lowers_is_not_sent() {
    let host = FakeHost::<WebexTeams>::new(TOKEN);
    for content in [Content::Typing, Content::Cards(Vec::new())] {
        let outcome = host.send("R", &Part::from(content));
        assert!(
            matches!(outcome, Err(SendError::Unsupported(_))),
            "{outcome:?}"
        );
    }
    assert!(host.fetched().is_empty());
}

#[test]
fn ids_stay_within_their_segment() {
    assert_eq!(api::segment("Y2lz-_.~9"), Some("Y2lz-_.~9".to_owned()));
    assert_eq!(
        api::segment("a/b?c=é"),
        Some("a%2Fb%3Fc%3D%C3%A9".to_owned())
    );
    for id in ["", ".", "..", &"x".repeat(513)] {
        assert_eq!(api::segment(id), None, "{id}");
    }
}

#[test]
fn the_token_goes_to_the_api_alone() {
    let host =
        FakeHost::<WebexTeams>::new(r#"{"access_token":"t","api_url":"http://gate.example:9/v1"}"#);
    let is_of = |url| api::is_of(host.settings(), url);
    assert!(is_of("https://webexapis.com/v1/contents/1"));
    assert!(is_of("http://gate.example:9/v1/contents/1"));
    for url in [
        "https://webexapis.com.evil.example/v1/contents/1",
        "http://webexapis.com/v1/contents/1",
        "https://webexapis.com@evil.example/",
        "http://gate.example/v1/contents/1",
        "webexapis.com",
        "",
    ] {
        assert!(!is_of(url), "{url}");
    }
}
