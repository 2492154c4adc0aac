//! What an operator writes.

use serde_json::{Value, json};
use switchboard_sdk::fake::FakeHost;

use super::{OPEN, SETTINGS, channel};
use crate::{Settings, Twilio};

#[test]
fn a_further_path_takes_all_that_the_others_take() {
    let routes = |settings: &str| {
        let routes = FakeHost::<Twilio>::new(settings).routes();
        assert!(routes.iter().all(|route| route.methods == ["POST", "GET"]));
        routes
            .into_iter()
            .map(|route| route.path)
            .collect::<Vec<_>>()
    };
    assert_eq!(routes(SETTINGS), ["webhook", "status"]);
    let path = r#"{"account_sid":"AC1","auth_token":"t","webhook_path":" whatsapp/acme/ "}"#;
    assert_eq!(routes(path), ["webhook", "status", "/whatsapp/acme"]);
}

#[test]
fn an_open_door_is_never_silent() {
    assert_eq!(channel().warnings(), [""; 0]);
    let [warning] = &FakeHost::<Twilio>::new(OPEN).warnings()[..] else {
        panic!("one warning")
    };
    assert!(warning.contains("`verify_signature`"));
}

#[test]
fn settings_that_cannot_be_meant_are_refused() {
    for (name, given, text) in [
        ("account_sid", json!(""), "`account_sid` is empty"),
        (
            "account_sid",
            json!("AC1/../AC2"),
            "`account_sid` must be the account's SID",
        ),
        ("twilio_number", json!(" "), "`twilio_number` is empty"),
        ("messaging_service_sid", json!("MG1"), "not both"),
        (
            "api_key_sid",
            json!("SK1"),
            "`api_key_sid` needs `api_key_secret`",
        ),
        (
            "api_key_secret",
            json!("s"),
            "`api_key_secret` needs `api_key_sid`",
        ),
        ("status_callback", json!("false"), "must be an address"),
        (
            "webhook_path",
            json!("https://a.example/x"),
            "must be a path",
        ),
        ("webhook_path", json!(""), "`webhook_path` is empty"),
    ] {
        let mut settings: Value = serde_json::from_str(SETTINGS).expect("JSON");
        settings["verify_signature"] = json!(true);
        settings[name] = given;
        let error = serde_json::from_value::<Settings>(settings).expect_err(name);
        assert!(error.to_string().contains(text), "{name}: {error}");
    }
}
