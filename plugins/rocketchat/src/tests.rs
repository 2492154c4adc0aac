//! What the cases cannot show, against the fake host: warnings, settings that are refused, bodies that are no text, and
//! what happens while the host keeps nothing, takes nothing, or hears nothing of what it sent.

use switchboard_sdk::fake::{self, FakeHost};
use switchboard_sdk::{
    AcceptError, BotError, Card, Connector as _, Content, HttpError, HttpResponse, LifecycleError,
    LogLevel, MediaContent, Part, Refusal, SendError, StateError,
};

use crate::RocketChat;

const LOGIN: &str = r#"{"server_url":"https://chat.example.org","user":"echo","password":"p"}"#;
const TOKEN: &str =
    r#"{"server_url":"https://chat.example.org","user_id":"BOT1","auth_token":"t"}"#;
const MESSAGE: &str = r#"{"channel_id":"ROOM1","message_id":"m1","user_id":"u1","text":"hi"}"#;

fn channel(settings: &str) -> FakeHost<RocketChat> {
    FakeHost::new(settings)
}

fn answer(body: &str) -> HttpResponse {
    HttpResponse::with_status(200).with_body(body)
}

#[test]
fn without_any_secret_there_is_a_warning() {
    let warnings = channel(LOGIN).warnings();
    let [warning] = &warnings[..] else {
        panic!("one warning: {warnings:?}")
    };
    assert!(
        warning.starts_with("neither `webhook_token` nor `livechat_secret` is set"),
        "{warning}"
    );
    for secret in ["webhook_token", "livechat_secret"] {
        let settings = LOGIN.replace('}', &format!(r#","{secret}":"s"}}"#));
        assert!(channel(&settings).warnings().is_empty(), "{secret}");
    }
}

#[test]
#[should_panic(expected = "write `user` and `password`, or `auth_token` and `user_id`")]
fn a_bot_needs_an_account() {
    let _ = channel(r#"{"server_url":"https://chat.example.org","user":"echo"}"#);
}

#[test]
#[should_panic(expected = "`password` needs `user`")]
fn a_password_needs_a_user() {
    let _ = channel(r#"{"server_url":"https://chat.example.org","user":"","password":"p"}"#);
}

#[test]
#[should_panic(expected = "`auth_token` needs `user_id`")]
fn a_token_needs_the_id_of_its_user() {
    let _ = channel(r#"{"server_url":"https://chat.example.org","user":"echo","auth_token":"t"}"#);
}

#[test]
#[should_panic(expected = "the bot has two accounts")]
fn a_bot_has_one_account() {
    let _ = channel(&LOGIN.replace('}', r#","user_id":"BOT1","auth_token":"t"}"#));
}

#[test]
#[should_panic(expected = "the setting `server_url` is required")]
fn a_server_is_needed() {
    let _ = channel(r#"{"user":"echo","password":"p"}"#);
}

#[test]
fn rasas_samples_have_a_key_that_does_nothing() {
    let host = channel(&LOGIN.replace('}', r#","ssl":true}"#));
    assert_eq!(host.settings().server, "https://chat.example.org");
}

#[test]
fn the_secrets_are_sealed_and_the_password_alone_goes_into_bodies() {
    let settings = RocketChat::describe().settings;
    for (name, in_body) in [
        ("password", true),
        ("auth_token", false),
        ("webhook_token", false),
        ("livechat_secret", false),
    ] {
        let setting = settings.iter().find(|setting| setting.name == name);
        let setting = setting.expect("a setting");
        assert!(setting.sealed, "{name}");
        assert_eq!(setting.in_body, in_body, "{name}");
    }
}

#[test]
fn a_body_that_is_no_text_is_refused() {
    let utf16: Vec<u8> = MESSAGE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for body in [utf16, vec![0xff, 0xfe], vec![0]] {
        let host = channel(LOGIN);
        let refusal = host.receive("webhook", fake::post("/", body));
        assert!(
            matches!(refusal, Err(Refusal::BadRequest(_))),
            "{refusal:?}"
        );
        assert!(host.accepted().is_empty());
    }
}

#[test]
fn what_is_left_out_is_said_for_those_who_look_for_it() {
    let host = channel(LOGIN);
    let body = r#"{"channel_id":"ROOM1","user_name":"echo","text":"hi"}"#;
    let response = host.receive("webhook", fake::post("/", body));
    assert_eq!(response.expect("an answer").status, 200);
    let logged = host.logged();
    let [line] = &logged[..] else {
        panic!("one line: {logged:?}")
    };
    assert_eq!(line.level, LogLevel::Debug);
    assert!(line.message.contains("a bot wrote"), "{}", line.message);
}

#[test]
fn what_the_host_does_not_take_is_not_acknowledged() {
    let host = channel(LOGIN);
    host.refuse_events(AcceptError::Unavailable("full".to_owned()));
    let refusal = host.receive("webhook", fake::post("/", MESSAGE));
    let overloaded = BotError::Overloaded("full".to_owned());
    assert_eq!(refusal, Err(Refusal::BotFailed(overloaded)));
}

#[test]
fn a_bot_that_cannot_look_up_its_name_takes_nothing() {
    let host = channel(&LOGIN.replace("echo", "bot@example.org"));
    host.refuse_state(StateError::Unavailable("down".to_owned()));
    let refusal = host.receive("webhook", fake::post("/", MESSAGE));
    let overloaded = BotError::Overloaded("down".to_owned());
    assert_eq!(refusal, Err(Refusal::BotFailed(overloaded)));
}

#[test]
fn while_the_store_is_down_nobody_logs_in() {
    let host = channel(LOGIN);
    host.refuse_state(StateError::Unavailable("down".to_owned()));
    assert_eq!(
        host.send("ROOM1", &Part::text("hi")),
        Err(SendError::retry(None, "down"))
    );
    assert_eq!(
        host.activate(None),
        Err(LifecycleError::Retry("down".to_owned()))
    );
    assert!(host.fetched().is_empty());
}

#[test]
fn a_login_that_timed_out_sent_nothing() {
    for error in [
        HttpError::TimedOut("slow".to_owned()),
        HttpError::Interrupted("slow".to_owned()),
        HttpError::TooLarge("slow".to_owned()),
    ] {
        let host = channel(LOGIN);
        host.http_fails(error);
        let outcome = host.send("ROOM1", &Part::text("hi"));
        assert_eq!(outcome, Err(SendError::retry(None, "slow")));
    }
}

#[test]
fn a_message_that_timed_out_may_have_arrived() {
    let host = channel(TOKEN);
    host.http_fails(HttpError::TimedOut("slow".to_owned()));
    let outcome = host.send("ROOM1", &Part::text("hi"));
    assert_eq!(outcome, Err(SendError::UnknownOutcome("slow".to_owned())));
}

#[test]
fn what_only_other_bots_send() {
    let media = || MediaContent {
        caption: Some("Look".to_owned()),
        ..MediaContent::at("https://cdn.example.com/a/b")
    };
    for (content, attachment) in [
        (
            Content::Image(media()),
            r#"{"collapsed":false,"image_url":"https://cdn.example.com/a/b","title":"Look"}"#,
        ),
        (
            Content::Audio(media()),
            r#"{"audio_url":"https://cdn.example.com/a/b","title":"Look"}"#,
        ),
        (
            Content::Video(media()),
            r#"{"title":"Look","video_url":"https://cdn.example.com/a/b"}"#,
        ),
        (
            Content::File(media()),
            r#"{"title":"Look","title_link":"https://cdn.example.com/a/b"}"#,
        ),
        (
            Content::File(MediaContent::at("https://cdn.example.com/")),
            r#"{"title":"https://cdn.example.com/","title_link":"https://cdn.example.com/"}"#,
        ),
    ] {
        let host = channel(TOKEN);
        host.http_answers(answer(r#"{"success":true}"#));
        assert!(host.send("ROOM1", &Part::from(content)).is_ok());
        let body = String::from_utf8(host.fetched().remove(0).body).expect("text");
        assert_eq!(
            body,
            format!(r#"{{"attachments":[{attachment}],"roomId":"ROOM1"}}"#)
        );
    }
}

#[test]
fn what_cannot_be_shown_is_not_sent() {
    let host = channel(TOKEN);
    let outcome = host.send("ROOM1", &Part::from(Content::Typing));
    assert!(
        matches!(outcome, Err(SendError::Unsupported(_))),
        "{outcome:?}"
    );
    let outcome = host.send("ROOM1", &Part::from(Content::Cards(Vec::<Card>::new())));
    assert!(
        matches!(outcome, Err(SendError::Unsupported(_))),
        "{outcome:?}"
    );
    assert!(host.fetched().is_empty());
}
