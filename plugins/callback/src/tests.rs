//! The connector's rules against the fake host. What Rasa sends was recorded from Rasa Open Source 3.6.21.

use std::time::{Duration, UNIX_EPOCH};

use switchboard_sdk::fake::{self, FakeHost};
use switchboard_sdk::{
    AcceptError, Address, Attempt, BotError, Button, Content, Event, HttpError, HttpRequest,
    HttpResponse, Message, Part, PermanentFailure, RateLimit, RateScope, Receipt, Refusal, Request,
    Response, Retry, SendError,
};

use crate::Callback;

const URL: &str = r#"{"url":"http://bot.example.com/callback"}"#;

fn channel() -> FakeHost<Callback> {
    FakeHost::new(URL)
}

fn post(body: &str) -> Request {
    fake::post("/webhooks/callback/webhook", body)
}

/// The post that a part becomes.
fn posted(settings: &str, part: &Part) -> HttpRequest {
    let host = FakeHost::<Callback>::new(settings);
    host.http_answers(HttpResponse::with_status(200));
    assert_eq!(host.send("u1", part), Ok(Receipt::without_id()));
    host.fetched().remove(0)
}

fn header<'request>(request: &'request HttpRequest, name: &str) -> Option<&'request str> {
    let (_, value) = request.headers.iter().find(|(known, _)| known == name)?;
    std::str::from_utf8(value).ok()
}

/// What an answer of the client's address means for the part.
fn outcome(answer: HttpResponse) -> Result<Receipt, SendError> {
    let host = channel();
    host.http_answers(answer);
    host.send("u1", &Part::text("hi"))
}

fn failure(error: HttpError) -> Result<Receipt, SendError> {
    let host = channel();
    host.http_fails(error);
    host.send("u1", &Part::text("hi"))
}

#[test]
fn a_message_is_taken_over_and_acknowledged() {
    let host = channel();
    let response = host.receive(
        "webhook",
        post(r#"{"sender":"u1","message":"hi","input_channel":"web","metadata":{ "a":1.0 }}"#),
    );
    assert_eq!(response, Ok(Response::text(200, "success")));
    let response = response.expect("accepted");
    assert_eq!(
        response.headers,
        [(
            "content-type".to_owned(),
            b"text/plain; charset=utf-8".to_vec()
        )]
    );
    let message = Message {
        metadata: Some(r#"{ "a":1.0 }"#.to_owned()),
        ..Message::new("u1", "hi")
    };
    assert_eq!(host.accepted(), [Event::Message(message)]);
    assert!(host.asked().is_empty(), "nobody waits for the bot");
}

#[test]
fn a_query_for_a_stream_is_ignored() {
    let host = channel();
    let request = fake::post(
        "/webhooks/callback/webhook?stream=true",
        r#"{"message":"hi"}"#,
    );
    assert_eq!(
        host.receive("webhook", request),
        Ok(Response::text(200, "success"))
    );
    assert_eq!(host.accepted(), [Message::new("default", "hi").into()]);
}

#[test]
fn what_is_no_message_is_refused() {
    for (json, text) in [
        ("", "the body is empty; expected a JSON object"),
        ("[1]", "the body must be a JSON object, found an array"),
        (
            r#"{"sender":"u1"}"#,
            "`message` must be a string, found nothing",
        ),
        (
            r#"{"message":1}"#,
            "`message` must be a string, found a number",
        ),
        (
            r#"{"message":"hi","sender":false}"#,
            "`sender` must be a string or a number, found a boolean",
        ),
    ] {
        let host = channel();
        let refusal = host.receive("webhook", post(json));
        assert_eq!(refusal, Err(Refusal::BadRequest(text.to_owned())), "{json}");
        assert!(host.accepted().is_empty());
    }
}

#[test]
fn what_the_host_does_not_take_is_not_acknowledged() {
    let host = channel();
    host.refuse_events(AcceptError::Unavailable("the store is down".to_owned()));
    let refusal = host.receive("webhook", post(r#"{"message":"hi"}"#));
    let overloaded = BotError::Overloaded("the store is down".to_owned());
    assert_eq!(refusal, Err(Refusal::BotFailed(overloaded)));

    let host = channel();
    let long = format!(r#"{{"sender":"{}","message":"hi"}}"#, "s".repeat(4_097));
    assert!(matches!(
        host.receive("webhook", post(&long)),
        Err(Refusal::BadRequest(_))
    ));
}

#[test]
fn each_part_is_one_post_of_one_object() {
    let request = posted(URL, &Part::text("echo: hi"));
    assert_eq!(
        request,
        HttpRequest::post("http://bot.example.com/callback").body(
            "application/json",
            br#"{"recipient_id":"u1","text":"echo: hi"}"#.to_vec()
        )
    );
    let request = posted(
        URL,
        &Part::buttons("Pick one:", [Button::new("Yes", "/affirm")]),
    );
    assert_eq!(
        String::from_utf8_lossy(&request.body),
        r#"{"recipient_id":"u1","text":"Pick one:","buttons":[{"title":"Yes","payload":"/affirm"}]}"#
    );
}

#[test]
fn the_address_gets_the_parameters_and_the_token() {
    for (settings, url) in [
        (
            r#"{"url":"http://bot.example.com/callback?fixed=1","params":{"p1":"v1"},"token":"cb-token","token_name":"auth_tok"}"#,
            "http://bot.example.com/callback?fixed=1&p1=v1&auth_tok=cb-token",
        ),
        (
            r#"{"url":"http://bot.example.com/cb/","token":"cb-token"}"#,
            "http://bot.example.com/cb/?token=cb-token",
        ),
        (
            r#"{"url":"http://bot.example.com/cb?","params":{"a b":"c&d=é"}}"#,
            "http://bot.example.com/cb?a+b=c%26d%3D%C3%A9",
        ),
        (
            r#"{"url":"http://bot.example.com/cb#part","params":{"a":"1"}}"#,
            "http://bot.example.com/cb?a=1#part",
        ),
    ] {
        assert_eq!(posted(settings, &Part::text("hi")).url, url);
    }
}

#[test]
fn configured_headers_override_ours() {
    let settings = r#"{"url":"http://bot.example.com/callback","headers":{"X-Custom":"abc","Content-Type":"text/json"}}"#;
    let request = posted(settings, &Part::text("hi"));
    assert_eq!(header(&request, "x-custom"), Some("abc"));
    assert_eq!(header(&request, "content-type"), Some("text/json"));
    assert_eq!(request.headers.len(), 2);
}

#[test]
fn basic_auth_gives_way_to_a_configured_authorization() {
    let settings = r#"{"url":"http://bot.example.com/cb","basic_auth":{"username":"cbuser","password":"cbpass"}}"#;
    let request = posted(settings, &Part::text("hi"));
    let expected = HttpRequest::post("")
        .basic_auth("cbuser", "cbpass")
        .basic_auth;
    assert_eq!(request.basic_auth, expected);

    let settings = r#"{"url":"http://bot.example.com/cb","basic_auth":{"username":"u","password":"p"},"headers":{"authorization":"Custom 1"}}"#;
    let request = posted(settings, &Part::text("hi"));
    assert_eq!(
        (
            request.basic_auth.as_ref(),
            header(&request, "authorization")
        ),
        (None, Some("Custom 1"))
    );
}

#[test]
#[should_panic(
    expected = "connector `callback`: cannot use the settings: `basic_auth`: `password` is missing"
)]
fn basic_auth_without_password_stops_the_start() {
    let _ = FakeHost::<Callback>::new(
        r#"{"url":"http://bot.example.com/","basic_auth":{"username":"u"}}"#,
    );
}

#[test]
#[should_panic(expected = "it takes `username` and `password`, and no `user`")]
fn basic_auth_with_another_key_stops_the_start() {
    let _ = FakeHost::<Callback>::new(
        r#"{"url":"http://bot.example.com/","basic_auth":{"user":"u","password":"p"}}"#,
    );
}

#[test]
#[should_panic(expected = "the setting `url` is required")]
fn there_is_no_callback_without_an_address() {
    let _ = FakeHost::<Callback>::new("{}");
}

#[test]
fn a_signing_secret_signs_as_standard_webhooks() {
    let host = FakeHost::<Callback>::new(
        r#"{"url":"https://bot.example.com/cb","signing_secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}"#,
    );
    host.set_now(UNIX_EPOCH + Duration::from_millis(1_614_265_330_999));
    host.http_answers(HttpResponse::with_status(204));
    let to = Address {
        conversation: "u1".to_owned(),
        reply: None,
    };
    let attempt = Attempt {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(),
        number: 2,
    };
    host.send_to(&to, &Part::text("hi"), &attempt)
        .expect("taken");
    let request = host.fetched().remove(0);
    assert_eq!(
        header(&request, "webhook-id"),
        Some("msg_p5jXN8AQM9LWM0D4loKWxJek")
    );
    assert_eq!(header(&request, "webhook-timestamp"), Some("1614265330"));
    assert_eq!(
        header(&request, "webhook-signature"),
        Some("v1,Xsxo88QmZ+HNkLQu6/Bd73BsWaRiVri9O2ksnQjH7QA=")
    );
    assert_eq!(request.body, br#"{"recipient_id":"u1","text":"hi"}"#);
}

#[test]
fn without_a_signing_secret_nothing_is_signed() {
    let request = posted(URL, &Part::text("hi"));
    assert_eq!(header(&request, "webhook-signature"), None);
}

#[test]
fn any_2xx_means_taken() {
    for status in [200, 201, 204, 299] {
        assert_eq!(
            outcome(HttpResponse::with_status(status)),
            Ok(Receipt::without_id())
        );
    }
}

#[test]
fn trouble_at_the_other_end_is_tried_again() {
    for status in [408, 425, 500, 502, 503, 504, 599] {
        let expected = |after_ms| {
            Err(SendError::Retry(Retry {
                after_ms,
                detail: format!("the answer has status {status}"),
            }))
        };
        let answer = HttpResponse::with_status(status);
        assert_eq!(outcome(answer.clone()), expected(None));
        assert_eq!(
            outcome(answer.clone().with_header("Retry-After", "120")),
            expected(Some(120_000))
        );
        let date = answer.with_header("Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT");
        assert_eq!(outcome(date), expected(None));
    }
}

#[test]
fn too_many_posts_limit_the_channel() {
    let expected = |after_ms| {
        Err(SendError::RateLimited(RateLimit {
            after_ms,
            scope: RateScope::Channel,
            detail: "the answer has status 429".to_owned(),
        }))
    };
    let answer = HttpResponse::with_status(429);
    assert_eq!(outcome(answer.clone()), expected(None));
    assert_eq!(
        outcome(answer.with_header("retry-after", "7")),
        expected(Some(7_000))
    );
}

#[test]
fn refused_credentials_are_said_to_be_so() {
    for status in [401, 403] {
        let expected = SendError::Unauthorized(format!("the answer has status {status}"));
        assert_eq!(outcome(HttpResponse::with_status(status)), Err(expected));
    }
}

#[test]
fn what_will_never_work_is_not_tried_again() {
    for (status, detail) in [
        (
            301,
            "the answer has status 301, and redirects are not followed",
        ),
        (
            302,
            "the answer has status 302, and redirects are not followed",
        ),
        (400, "the answer has status 400"),
        (404, "the answer has status 404"),
        (410, "the answer has status 410"),
    ] {
        let expected = SendError::Permanent(PermanentFailure {
            code: status.to_string(),
            detail: detail.to_owned(),
        });
        assert_eq!(outcome(HttpResponse::with_status(status)), Err(expected));
    }
}

#[test]
fn only_a_request_that_never_left_is_safe_to_repeat() {
    let text = || "why".to_owned();
    let retry = SendError::Retry(Retry {
        after_ms: None,
        detail: text(),
    });
    assert_eq!(failure(HttpError::Unreachable(text())), Err(retry));
    for error in [
        HttpError::TimedOut(text()),
        HttpError::Interrupted(text()),
        HttpError::TooLarge(text()),
    ] {
        assert_eq!(failure(error), Err(SendError::UnknownOutcome(text())));
    }
    for (error, code) in [
        (HttpError::Denied(text()), "denied"),
        (HttpError::InvalidRequest(text()), "invalid-request"),
    ] {
        let permanent = SendError::Permanent(PermanentFailure {
            code: code.to_owned(),
            detail: text(),
        });
        assert_eq!(failure(error), Err(permanent));
    }
}

#[test]
fn what_the_host_lowers_is_not_posted() {
    for content in [Content::Typing, Content::Cards(Vec::new())] {
        let host = channel();
        let error = host.send("u1", &Part::from(content));
        assert!(matches!(error, Err(SendError::Unsupported(_))));
        assert!(host.fetched().is_empty());
    }
}
