//! What comes in.

use switchboard_sdk::fake::{self, FakeHost};
use switchboard_sdk::{AcceptError, BotError, Event, Form, LogLevel, Refusal, Request};

use super::{OPEN, channel};
use crate::{Twilio, verify};

fn post(body: impl Into<Vec<u8>>) -> Request {
    fake::post("/webhooks/twilio/webhook", body)
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
