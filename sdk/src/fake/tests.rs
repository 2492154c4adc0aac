//! What the fake host promises to those who test with it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::*;
use crate::{
    DeliveryStatus, Description, Digest, Host, NoSettings, OtherEvent, Sealed, SecretError,
    Setting, StateError, StatusUpdate,
};

/// A connector that does what a test asks for: the request's path names the deed.
struct Puppet;

#[derive(Debug, Deserialize)]
struct Settings {
    url: String,
    secret: Option<Sealed>,
    #[serde(default)]
    map: BTreeMap<String, Sealed>,
    count: u32,
}

impl Connector for Puppet {
    type Settings = Settings;
    const NAME: &'static str = "puppet";

    fn describe() -> Description {
        Description::new("1.0.0", "Does what a test asks for")
            .setting(Setting::url("url").required())
            .setting(Setting::hex_key("secret").sealed())
            .setting(
                Setting::text_map("map")
                    .sealed()
                    .in_body()
                    .only_to("api.example.com"),
            )
            .setting(Setting::integer("count").default_value(3))
            .host("{url}")
            .host("api.example.com")
            .host("*.example.org")
            .host("http://plain.example.net:8080")
    }

    fn receive(
        host: &dyn Host,
        _: &Settings,
        route: &str,
        request: Request,
    ) -> Result<Response, Refusal> {
        host.accept(Message::new("u1", "hi").into())?;
        host.state_set("key", &request.body, Some(Duration::from_secs(60)))?;
        match route {
            "refuse" => Err(Refusal::Forbidden("as asked".to_owned())),
            _ => Ok(Response::empty(200)),
        }
    }
}

fn puppet() -> FakeHost<Puppet> {
    FakeHost::new(r#"{"url":"http://10.0.0.1:8000/hook","secret":"0b0b","map":{"k":"v w"}}"#)
}

#[test]
fn settings_are_filled_and_sealed() {
    let host = puppet();
    let settings = host.settings();
    assert_eq!(
        (settings.url.as_str(), settings.count),
        ("http://10.0.0.1:8000/hook", 3)
    );
    let secret = settings.secret.as_ref().expect("given").placeholder();
    assert_ne!(secret, "0b0b");
    assert_ne!(settings.map["k"].placeholder(), "v w");
    assert!(!format!("{settings:?}").contains("0b0b"));
}

#[test]
#[should_panic(expected = "the settings have `curl`, which `describe` does not declare")]
fn an_unknown_setting_panics() {
    let _ = FakeHost::<Puppet>::new(r#"{"url":"http://a/","curl":1}"#);
}

#[test]
#[should_panic(expected = "`count` must be a SettingKind::Integer")]
fn a_setting_of_the_wrong_kind_panics() {
    let _ = FakeHost::<Puppet>::new(r#"{"url":"http://a/","count":"3"}"#);
}

#[test]
#[should_panic(expected = "connector `puppet`: cannot use the settings: `count`: invalid value")]
fn a_setting_that_the_type_does_not_take_panics() {
    let _ = FakeHost::<Puppet>::new(r#"{"url":"http://a/","count":-1}"#);
}

macro_rules! connector {
    ($name:ident, $settings:ty, $description:expr) => {
        struct $name;

        impl Connector for $name {
            type Settings = $settings;
            const NAME: &'static str = "odd";

            fn describe() -> Description {
                $description
            }

            fn receive(
                _: &dyn Host,
                _: &$settings,
                _: &str,
                _: Request,
            ) -> Result<Response, Refusal> {
                Ok(Response::empty(200))
            }
        }
    };
}

#[derive(Deserialize)]
struct Greeting {
    #[serde(rename = "greeting")]
    _greeting: String,
}

connector!(
    Forgetful,
    Greeting,
    Description::new("1.0.0", "").setting(Setting::text("greting"))
);

#[test]
#[should_panic(expected = "connector `odd` have the field `greeting`, which `describe` does not")]
fn a_field_without_a_setting_panics() {
    let _ = FakeHost::<Forgetful>::new("{}");
}

connector!(
    Demanding,
    Greeting,
    Description::new("1.0.0", "").setting(Setting::text("greeting"))
);

#[test]
#[should_panic(
    expected = "connector `odd`: `describe` does not require what the type does: missing field \
                `greeting`"
)]
fn a_field_that_insists_on_an_optional_setting_panics() {
    let _ = FakeHost::<Demanding>::new(r#"{"greeting":"hi"}"#);
}

connector!(
    Plain,
    NoSettings,
    Description::new("1.0.0", "").host("api.example.com")
);

#[test]
fn the_hosts_own_api_url_needs_no_declaration() {
    let host = FakeHost::<Plain>::new(r#"{"api_url":"http://127.0.0.1:9/base"}"#);
    host.http_answers(HttpResponse::with_status(200));
    assert!(host.fetch(HttpRequest::get("http://127.0.0.1:9/x")).is_ok());
}

#[test]
fn a_refused_request_leaves_nothing_behind() {
    let host = puppet();
    assert_eq!(
        host.receive("accept", post("/", "one")),
        Ok(Response::empty(200))
    );
    let refusal = host.receive("refuse", post("/", "two"));
    assert_eq!(refusal, Err(Refusal::Forbidden("as asked".to_owned())));
    assert_eq!(host.accepted().len(), 1);
    assert_eq!(host.state_get("key"), Ok(Some(b"one".to_vec())));
}

#[test]
fn state_expires_and_is_bounded() {
    let host = puppet();
    host.state_set("key", b"value", Some(Duration::from_secs(60)))
        .expect("in bounds");
    host.set_now(host.now() + Duration::from_secs(59));
    assert_eq!(host.state_get("key"), Ok(Some(b"value".to_vec())));
    host.set_now(host.now() + Duration::from_secs(1));
    assert_eq!(host.state_get("key"), Ok(None));
    let long = host.state_set(&"k".repeat(257), b"", None);
    assert!(matches!(long, Err(StateError::OverLimit(_))));
}

#[test]
fn a_store_that_is_down_is_a_refusal_that_says_to_come_again() {
    let host = puppet();
    let down = || "the disk is full".to_owned();
    host.refuse_state(StateError::Unavailable(down()));
    let error = StateError::Unavailable(down());
    assert_eq!(host.state_get("key"), Err(error.clone()));
    assert_eq!(host.state_set("key", b"", None), Err(error.clone()));
    assert_eq!(host.state_delete("key"), Err(error.clone()));
    let swapped = host.state_compare_and_set("key", None, None, None);
    assert_eq!(swapped, Err(error));
    assert_eq!(
        host.receive("accept", post("/", "one")),
        Err(Refusal::BotFailed(BotError::Overloaded(down())))
    );
    assert!(host.accepted().is_empty());

    host.refuse_state(StateError::OverLimit(down()));
    assert_eq!(
        host.receive("accept", post("/", "one")),
        Err(Refusal::TooLarge(down()))
    );
}

#[test]
fn events_of_every_kind_are_taken() {
    let host = puppet();
    let update = StatusUpdate::new("r1", DeliveryStatus::Read);
    let other = OtherEvent::new("c1", "member-joined", "{}");
    let events: [Event; 3] = [Message::new("u1", "hi").into(), update.into(), other.into()];
    for event in events.clone() {
        host.accept(event).expect("room");
    }
    host.receive("accept", post("/", "one")).expect("taken");
    assert_eq!(host.accepted()[..3], events);
    assert!(matches!(
        host.accepted()[..],
        [
            Event::Message(_),
            Event::Status(_),
            Event::Other(_),
            Event::Message(_)
        ]
    ));
}

#[test]
fn state_is_swapped_only_where_it_is_as_expected() {
    let host = puppet();
    let swap = |expected: Option<&[u8]>, value: Option<&[u8]>| {
        host.state_compare_and_set("key", expected, value, None)
    };
    assert_eq!(swap(Some(b"a"), Some(b"b")), Ok(false));
    assert_eq!(swap(None, Some(b"a")), Ok(true));
    assert_eq!(swap(None, Some(b"b")), Ok(false));
    assert_eq!(swap(Some(b"a"), None), Ok(true));
    assert_eq!(host.state_get("key"), Ok(None));
}

#[test]
fn requests_reach_declared_hosts_only() {
    let reaches = |url: &str| {
        let host = puppet();
        host.http_answers(HttpResponse::with_status(200));
        host.fetch(HttpRequest::get(url))
            .map(|response| response.status)
    };
    for url in [
        "http://10.0.0.1:8000/other",
        "https://api.example.com/",
        "https://api.example.com:443?q",
        "https://a.b.example.org/x",
        "http://plain.example.net:8080/",
    ] {
        assert_eq!(reaches(url), Ok(200), "{url}");
    }
    for url in [
        "http://10.0.0.1/",
        "https://10.0.0.1:8000/",
        "http://api.example.com/",
        "https://api.example.com:8443/",
        "https://api.example.com.evil.example/",
        "https://example.org/",
        "https://evilexample.org/",
        "https://plain.example.net:8080/",
    ] {
        assert!(matches!(reaches(url), Err(HttpError::Denied(_))), "{url}");
    }
    for url in [
        "ftp://api.example.com/",
        "api.example.com",
        "https://u:p@api.example.com/",
    ] {
        assert!(
            matches!(reaches(url), Err(HttpError::InvalidRequest(_))),
            "{url}"
        );
    }
}

#[test]
fn placeholders_become_values_where_the_setting_allows() {
    let host = puppet();
    let key = host
        .settings()
        .secret
        .as_ref()
        .expect("given")
        .placeholder()
        .to_owned();
    let word = host.settings().map["k"].placeholder().to_owned();
    let text = format!("{key} {word}");
    for url in ["https://api.example.com/", "http://10.0.0.1:8000/"] {
        host.http_answers(HttpResponse::with_status(200));
        let request = HttpRequest::post(&format!("{url}{key}"))
            .query("q", &word)
            .header("x", &text)
            .basic_auth(&key, &word)
            .body("text/plain", text.clone().into_bytes());
        host.fetch(request).expect("a declared host");
    }
    let sent = |index: usize| {
        let request = host.fetched().remove(index);
        let header = String::from_utf8(request.headers[0].1.clone()).expect("text");
        let body = String::from_utf8(request.body).expect("text");
        let auth = request.basic_auth.expect("given");
        (request.url, header, auth.username, auth.password, body)
    };
    let own = |text: &str| text.to_owned();
    // `secret` goes to every declared host, but into no body; `map` goes to one host alone, into bodies too.
    assert_eq!(
        sent(0),
        (
            own("https://api.example.com/0b0b?q=v%20w"),
            own("0b0b v w"),
            own("0b0b"),
            own("v w"),
            format!("{key} v w")
        )
    );
    assert_eq!(
        sent(1),
        (
            format!("http://10.0.0.1:8000/0b0b?q={word}"),
            format!("0b0b {word}"),
            own("0b0b"),
            word,
            text
        )
    );
}

#[test]
fn secrets_are_those_that_are_declared_and_set() {
    let host = puppet();
    let mac = host.hmac("secret", Digest::Sha256, b"data").expect("set");
    assert_eq!(
        host.verify_hmac("secret", Digest::Sha256, b"data", &mac),
        Ok(true)
    );
    assert_eq!(
        host.verify_hmac("secret", Digest::Sha256, b"date", &mac),
        Ok(false)
    );
    assert_eq!(host.secret_equals("secret", b"0b0b"), Ok(true));
    assert_eq!(host.secret_equals("secret", b"0b0c"), Ok(false));
    for name in ["url", "map", "other"] {
        let error = host.secret_equals(name, b"");
        assert!(
            matches!(error, Err(SecretError::UnknownSetting(_))),
            "{name}"
        );
    }
    let host = FakeHost::<Puppet>::new(r#"{"url":"http://a/"}"#);
    assert!(matches!(
        host.hmac("secret", Digest::Sha1, b""),
        Err(SecretError::NotSet(_))
    ));
}

#[test]
#[should_panic(expected = "the bot was asked and has no answer left; call `bot_answers` first")]
fn a_bot_without_an_answer_panics() {
    let _ = puppet().ask(Message::new("u1", "hi"));
}

#[test]
fn a_response_is_streamed_within_receive_only() {
    let error = puppet().begin_response(200, &[]);
    assert!(matches!(error, Err(crate::ResponseError::WrongCall(_))));
}
