//! What the cases cannot show: settings that stop the start, warnings, a store that is down, and what a bot of Rasa's
//! shape does not say.

use switchboard_sdk::fake::{self, FakeHost};
use switchboard_sdk::{
    Button, Content, HttpResponse, Location, LogLevel, Part, Receipt, Refusal, SendError,
    StateError,
};

use crate::Telegram;

const SETTINGS: &str = r#"{"access_token":"1:a","webhook_url":"https://bot.example.com/hook"}"#;

fn channel() -> FakeHost<Telegram> {
    FakeHost::new(SETTINGS)
}

fn answers(host: &FakeHost<Telegram>, body: &str) {
    host.http_answers(HttpResponse::with_status(200).with_body(body));
}

/// The method and the body of the one call that a part becomes.
fn called(part: Part) -> (String, String) {
    let host = channel();
    answers(&host, r#"{"ok":true,"result":true}"#);
    assert_eq!(host.send("77", &part), Ok(Receipt::without_id()));
    let call = host.fetched().remove(0);
    let method = call.url.rsplit('/').next().unwrap_or_default().to_owned();
    (method, String::from_utf8_lossy(&call.body).into_owned())
}

#[test]
fn a_username_is_written_with_or_without_an_at() {
    for name in ["my_bot", "@my_bot"] {
        let settings = format!(r#"{{"access_token":"1:a","verify":"{name}"}}"#);
        let host = FakeHost::<Telegram>::new(&settings);
        let name = host.settings().verify.as_ref().map(|name| name.0.as_str());
        assert_eq!(name, Some("my_bot"));
    }
}

#[test]
#[should_panic(expected = "write the bot's username, such as `my_bot`")]
fn an_address_is_no_username() {
    let _ = FakeHost::<Telegram>::new(r#"{"access_token":"1:a","verify":"t.me/my_bot"}"#);
}

#[test]
#[should_panic(expected = "unknown variant `user`, expected `chat` or `topic`")]
fn an_unknown_granularity_stops_the_start() {
    let _ =
        FakeHost::<Telegram>::new(r#"{"access_token":"1:a","conversation_granularity":"user"}"#);
}

#[test]
#[should_panic(expected = "expected one of `HTML`, `MarkdownV2`, `Markdown`")]
fn an_unknown_parse_mode_stops_the_start() {
    let _ = FakeHost::<Telegram>::new(r#"{"access_token":"1:a","parse_mode":"html"}"#);
}

#[test]
fn a_kind_of_update_that_never_comes_is_warned_of() {
    let host = FakeHost::<Telegram>::new(
        r#"{"access_token":"1:a","allowed_updates":["message","callback_query","poll","callback_querry"]}"#,
    );
    let warnings = host.warnings();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("`callback_querry`"), "{warnings:?}");
    assert!(channel().warnings().is_empty());
}

#[test]
fn a_name_that_is_another_bots_is_warned_of() {
    for (name, warned) in [("Echo_Bot", false), ("other_bot", true)] {
        let host =
            FakeHost::<Telegram>::new(&SETTINGS.replace("{", &format!(r#"{{"verify":"{name}","#)));
        answers(&host, r#"{"ok":true,"result":{"username":"echo_bot"}}"#);
        answers(&host, r#"{"ok":true,"result":true}"#);
        assert_eq!(host.activate(None), Ok(()));
        let is_warning = |level| level == LogLevel::Warn;
        let logged = host.logged();
        assert_eq!(logged.iter().any(|line| is_warning(line.level)), warned);
    }
}

#[test]
fn the_bot_is_shown_to_be_writing() {
    let (method, body) = called(Content::Typing.into());
    assert_eq!(method, "sendChatAction");
    assert_eq!(body, r#"{"action":"typing","chat_id":77}"#);
}

#[test]
fn places_are_pins_or_venues() {
    let mut spot = Location {
        latitude: 52.52,
        longitude: 13.4,
        title: None,
        address: None,
    };
    let (method, body) = called(Content::Location(spot.clone()).into());
    assert_eq!(method, "sendLocation");
    assert_eq!(body, r#"{"chat_id":77,"latitude":52.52,"longitude":13.4}"#);
    spot.title = Some("Here".to_owned());
    let (method, body) = called(Content::Location(spot).into());
    assert_eq!(method, "sendVenue");
    let expected =
        r#"{"address":"","chat_id":77,"latitude":52.52,"longitude":13.4,"title":"Here"}"#;
    assert_eq!(body, expected);
}

#[test]
fn a_payload_that_cannot_be_kept_sends_nothing() {
    for (error, is_for_good) in [
        (StateError::Unavailable("down".to_owned()), false),
        (StateError::OverLimit("full".to_owned()), true),
    ] {
        let host = channel();
        host.refuse_state(error);
        let sent = host.send(
            "77",
            &Part::buttons("?", [Button::new("A", "p".repeat(65))]),
        );
        match sent {
            Err(SendError::Permanent(failure)) => assert!(is_for_good, "{failure:?}"),
            Err(SendError::Retry(_)) => assert!(!is_for_good),
            other => panic!("{other:?}"),
        }
        assert!(host.fetched().is_empty());
    }
}

#[test]
fn a_move_that_cannot_be_looked_up_keeps_nothing_from_going_out() {
    let host = channel();
    host.refuse_state(StateError::Unavailable("down".to_owned()));
    answers(&host, r#"{"ok":true,"result":{"message_id":5}}"#);
    assert_eq!(
        host.send("-4001", &Part::text("hi")),
        Ok(Receipt::with_id("5"))
    );
}

#[test]
fn what_a_store_that_is_down_would_tell_is_asked_again_later() {
    let host = FakeHost::<Telegram>::new(r#"{"access_token":"1:a","secret_token":"s"}"#);
    host.refuse_state(StateError::Unavailable("down".to_owned()));
    let update = r#"{"update_id":1,"message":{"chat":{"id":-1},"text":"/help@my_bot"}}"#;
    let request = fake::post("/webhooks/telegram/webhook", update)
        .with_header("x-telegram-bot-api-secret-token", "s");
    let refusal = host.receive("webhook", request);
    assert!(matches!(refusal, Err(Refusal::BotFailed(_))), "{refusal:?}");
}

#[test]
fn bytes_that_are_no_text_are_malformed() {
    let utf16: Vec<u8> = "\u{feff}{}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let half =
        b"{\"update_id\":1,\"message\":{\"chat\":{\"id\":77},\"text\":\"h\xff\xfei\"}}".to_vec();
    let all: Vec<u8> = (0..=255).collect();
    for body in [utf16, half, all] {
        let host = FakeHost::<Telegram>::new(r#"{"access_token":"1:a","secret_token":"s"}"#);
        let request = fake::post("/webhooks/telegram/webhook", body)
            .with_header("x-telegram-bot-api-secret-token", "s");
        let refusal = host.receive("webhook", request);
        assert!(
            matches!(refusal, Err(Refusal::BadRequest(_))),
            "{refusal:?}"
        );
        assert!(host.accepted().is_empty());
    }
}
