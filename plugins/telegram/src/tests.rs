//! What the cases cannot show: settings that stop the start.

use switchboard_sdk::fake::FakeHost;

use crate::Telegram;

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
