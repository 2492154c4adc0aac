//! What goes out.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use switchboard_sdk::fake::FakeHost;
use switchboard_sdk::{
    Address, Attempt, Card, Content, Form, HttpError, HttpRequest, HttpResponse, Location,
    MediaContent, Part, Receipt, SendError,
};

use super::{SETTINGS, channel};
use crate::Twilio;

const USER: &str = "whatsapp:+15551230000";

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
