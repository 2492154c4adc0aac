//! The connector's rules against the fake host, as far as cases cannot show them.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use switchboard_sdk::fake::{self, FakeHost};
use switchboard_sdk::{
    AcceptError, Address, Attempt, BotError, Card, Content, Event, Form, HttpError, HttpRequest,
    HttpResponse, Location, LogLevel, MediaContent, Part, Receipt, Refusal, Request, SendError,
};

use crate::{Settings, Twilio, reply, verify};

const SETTINGS: &str =
    r#"{"account_sid":"AC1","auth_token":"12345","twilio_number":"+15005550006"}"#;
const OPEN: &str = r#"{"account_sid":"AC1","auth_token":"12345","verify_signature":false}"#;
const USER: &str = "whatsapp:+15551230000";

fn channel() -> FakeHost<Twilio> {
    FakeHost::new(SETTINGS)
}

fn post(body: impl Into<Vec<u8>>) -> Request {
    fake::post("/webhooks/twilio/webhook", body)
}

/// The request that a part becomes.
fn sent(settings: &str, to: &str, reply: Value, part: &Part) -> HttpRequest {
    let host = FakeHost::<Twilio>::new(settings);
    host.http_answers(HttpResponse::with_status(201).with_body(r#"{"sid":"SM1"}"#));
    send(&host, to, reply, part).expect("sent");
    host.fetched().remove(0)
}

fn send(
    host: &FakeHost<Twilio>,
    to: &str,
    reply: Value,
    part: &Part,
) -> Result<Receipt, SendError> {
    let to = Address {
        conversation: to.to_owned(),
        reply: Some(reply.to_string()),
    };
    let attempt = Attempt {
        id: "part-1".to_owned(),
        number: 1,
    };
    host.send_to(&to, part, &attempt)
}

fn form(request: &HttpRequest) -> Vec<(String, String)> {
    Form::parse(&request.body).pairs().to_vec()
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let (_, value) = pairs.iter().find(|(known, _)| known == name)?;
    Some(value)
}

#[test]
fn what_is_signed_is_what_twilio_says() {
    let body = b"To=%2B18005551212&From=%2B14158675310&Digits=1234&Caller=%2B14158675310&CallSid=CA1234567890ABCDE";
    assert_eq!(
        verify::parameters(&Form::parse(body)),
        "CallSidCA1234567890ABCDECaller+14158675310Digits1234From+14158675310To+18005551212"
    );
    // Each value of a repeated name once, blank ones too, lower case after upper case.
    assert_eq!(
        verify::parameters(&Form::parse(b"b=2&a=&B=1&b=1&b=2&c")),
        "B1ab1b2c"
    );
}

#[test]
fn an_address_with_and_without_the_default_port() {
    for (url, others) in [
        (
            "https://a.example/p?q=:1/",
            &["https://a.example:443/p?q=:1/"][..],
        ),
        ("https://a.example:443/p", &["https://a.example/p"]),
        ("https://a.example:8443/p", &[]),
        ("https://a.example:80/p", &[]),
        ("https://a.example", &["https://a.example:443"]),
        ("https://a.example?q=1", &["https://a.example:443?q=1"]),
        ("https://[::1]/p", &["https://[::1]:443/p"]),
        ("https://[::1]:443/p", &["https://[::1]/p"]),
        (
            "http://a.example/p",
            &[
                "http://a.example:80/p",
                "https://a.example/p",
                "https://a.example:443/p",
            ],
        ),
        ("http://a.example:8080/p", &["https://a.example:8080/p"]),
        ("nothing", &[]),
    ] {
        let mut expected = vec![url];
        expected.extend(others);
        assert_eq!(verify::addresses(url), expected, "{url}");
    }
}

#[test]
fn the_vector_for_json_signs_the_address_alone() {
    let host = channel();
    let mut request = fake::get("/");
    request.url = "https://mycompany.com/myapp.php?foo=1&bar=2\
                   &bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
        .to_owned();
    let signed = request.with_header("x-twilio-signature", "a9nBmqA0ju/hNViExpshrM61xv4=");
    assert!(host.receive("webhook", signed).is_ok());
}

#[test]
fn whoever_looks_for_the_cause_is_told_the_address() {
    let host = channel();
    let request = fake::post("/webhooks/twilio/webhook?key=hidden", "Body=private")
        .with_header("x-twilio-signature", "AAAA");
    let Err(Refusal::Forbidden(text)) = host.receive("webhook", request) else {
        panic!("a forged request is forbidden")
    };
    assert!(text.contains("https://bot.example.com/webhooks/twilio/webhook"));
    assert!(text.contains("`public_url`") && text.contains("`auth_token`"));
    assert!(!text.contains("hidden") && !text.contains("private") && !text.contains("12345"));
}

#[test]
fn bytes_that_are_no_utf_8_are_replaced() {
    let host = FakeHost::<Twilio>::new(OPEN);
    let response = host.receive("webhook", post(&b"From=%2B1&Body=ha\xff\xfei"[..]));
    assert_eq!(response.map(|response| response.status), Ok(200));
    let [Event::Message(message)] = &host.accepted()[..] else {
        panic!("one message")
    };
    assert_eq!(message.text.as_deref(), Some("ha\u{fffd}\u{fffd}i"));
}

#[test]
fn what_the_host_does_not_take_is_not_acknowledged() {
    let host = FakeHost::<Twilio>::new(OPEN);
    host.refuse_events(AcceptError::Unavailable("the store is down".to_owned()));
    for body in ["From=%2B1&Body=hi", "MessageSid=SM1&MessageStatus=sent"] {
        let refusal = host.receive("webhook", post(body));
        let overloaded = BotError::Overloaded("the store is down".to_owned());
        assert_eq!(refusal, Err(Refusal::BotFailed(overloaded)), "{body}");
    }
}

#[test]
fn what_is_odd_is_a_line_for_those_who_look_closely() {
    for body in [
        "Body=private",
        "From=%2B1",
        "From=%2B1&To=%2B1&Body=private",
        "MessageSid=SM1&MessageStatus=private",
    ] {
        let host = FakeHost::<Twilio>::new(OPEN);
        let response = host.receive("webhook", post(body));
        assert_eq!(response.map(|response| response.status), Ok(200));
        assert_eq!(host.accepted(), []);
        let [line] = &host.logged()[..] else {
            panic!("one line for {body}")
        };
        assert_eq!(line.level, LogLevel::Debug);
        assert!(!line.message.contains("private"));
    }
}

#[test]
fn typing_is_shown_for_the_latest_message() {
    let typing = Part::from(Content::Typing);
    let reply = json!({"message": "SM7"});
    let request = sent(SETTINGS, USER, reply.clone(), &typing);
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        (
            "POST",
            "https://messaging.twilio.com/v3/Indicators/Typing.json"
        )
    );
    assert_eq!(request.body, br#"{"channel":"WHATSAPP","messageId":"SM7"}"#);
    let auth = request.basic_auth.expect("signed on");
    assert_eq!(
        (auth.username.as_str(), auth.password.as_str()),
        ("AC1", "12345")
    );

    let base = |key: &str| {
        let settings = format!(
            r#"{{"account_sid":"AC1","auth_token":"t","{key}":"http://gateway.example:81/x/"}}"#
        );
        sent(&settings, USER, reply.clone(), &typing).url
    };
    let expected = "http://gateway.example:81/x/v3/Indicators/Typing.json";
    assert_eq!(base("messaging_url"), expected);
    assert_eq!(
        base("api_url"),
        expected,
        "a gateway's token goes to nobody else"
    );
}

#[test]
fn typing_is_shown_nowhere_else() {
    let host = channel();
    for (to, reply) in [
        ("+15551230000", json!({"message": "SM7"})),
        (USER, json!({})),
    ] {
        let result = send(&host, to, reply, &Content::Typing.into());
        assert!(matches!(result, Err(SendError::Unsupported(_))), "{to}");
    }
    assert_eq!(host.fetched(), []);
}

#[test]
fn a_place_is_a_pin_on_whatsapp_and_words_elsewhere() {
    let place = |title: Option<&str>, address: Option<&str>| {
        let place = Location {
            latitude: 52.52,
            longitude: -13.0,
            title: title.map(str::to_owned),
            address: address.map(str::to_owned),
        };
        Part::from(Content::Location(place))
    };
    for (to, part, body, action) in [
        (
            USER,
            place(None, None),
            "52.52, -13.0",
            Some("geo:52.52,-13.0"),
        ),
        (
            USER,
            place(Some("Café"), Some("Street 1")),
            "Café\nStreet 1",
            Some("geo:52.52,-13.0|Café"),
        ),
        (
            USER,
            place(None, Some("Street 1")),
            "Street 1",
            Some("geo:52.52,-13.0|Street 1"),
        ),
        ("+1555", place(None, None), "52.52, -13.0", None),
        (
            "+1555",
            place(Some("Café"), None),
            "Café\n52.52, -13.0",
            None,
        ),
    ] {
        let form = form(&sent(SETTINGS, to, json!({}), &part));
        assert_eq!(value(&form, "Body"), Some(body), "{to}");
        assert_eq!(value(&form, "PersistentAction"), action, "{to}");
    }
}

#[test]
fn media_of_all_kinds_go_by_their_address() {
    let media = MediaContent {
        caption: Some("Listen".to_owned()),
        ..MediaContent::at("https://a.example/m")
    };
    for kind in [
        Content::Image,
        Content::File,
        Content::Audio,
        Content::Video,
    ] {
        let form = form(&sent(
            SETTINGS,
            USER,
            json!({}),
            &kind(media.clone()).into(),
        ));
        assert_eq!(value(&form, "MediaUrl"), Some("https://a.example/m"));
        assert_eq!(value(&form, "Body"), Some("Listen"));
    }
    let unknown = MediaContent {
        url: None,
        source: Some("x".repeat(2_000)),
        ..media
    };
    let form = form(&sent(
        SETTINGS,
        USER,
        json!({}),
        &Content::Audio(unknown).into(),
    ));
    let text = value(&form, "Body").expect("a text");
    assert!(text.starts_with("Audio: xxx") && text.ends_with('…'));
    assert_eq!(text.chars().count(), 1_600);
}

#[test]
fn what_only_templates_show_is_not_sent() {
    let host = channel();
    let card = Card {
        title: None,
        subtitle: None,
        image_url: None,
        url: None,
        buttons: vec![],
        extra: None,
    };
    for part in [Part::buttons("Pick", []), Content::Cards(vec![card]).into()] {
        let result = host.send(USER, &part);
        assert!(matches!(result, Err(SendError::Unsupported(_))));
    }
}

#[test]
fn nobody_knows_whether_an_unanswered_message_went_out() {
    let host = channel();
    let outcome = |error: HttpError| {
        host.http_fails(error);
        host.send("+1555", &Part::text("hi"))
    };
    let text = || "10 s".to_owned();
    let unknown = Err(SendError::UnknownOutcome(text()));
    assert_eq!(outcome(HttpError::TimedOut(text())), unknown);
    assert_eq!(outcome(HttpError::Interrupted(text())), unknown);
}

#[test]
fn a_clock_that_goes_backwards_closes_no_window() {
    let host = channel();
    host.set_now(UNIX_EPOCH + Duration::from_secs(5));
    host.http_answers(HttpResponse::with_status(201));
    let result = send(&host, USER, json!({"at": 1_790_000_000}), &Part::text("hi"));
    assert_eq!(result, Ok(Receipt::without_id()));
}

#[test]
fn reports_go_beside_the_messages() {
    for (called, expected) in [
        (
            "https://a/webhooks/twilio/webhook",
            Some("https://a/webhooks/twilio/status"),
        ),
        (
            "https://a/sms/webhook/?x=/webhook",
            Some("https://a/sms/status"),
        ),
        ("https://a/webhooks/twilio/status", None),
        ("https://a/mywebhook", None),
        ("https://a/whatsapp/acme", None),
    ] {
        assert_eq!(
            reply::status_callback(called).as_deref(),
            expected,
            "{called}"
        );
    }
}

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
