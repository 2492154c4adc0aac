//! What cases cannot show: answers that never come, what is warned of, settings that start nothing.

use switchboard_sdk::fake::FakeHost;
use switchboard_sdk::{Address, Attempt, HttpError, HttpResponse, Part, Receipt, Retry, SendError};

use crate::BotFramework;

const SETTINGS: &str = r#"{"app_id":"app","app_password":"secret"}"#;
const TOKEN: &str = r#"{"access_token":"t","expires_in":3600}"#;

fn send(host: &FakeHost<BotFramework>, part: &Part) -> Result<Receipt, SendError> {
    let place = r#"{"serviceUrl":"https://webchat.botframework.com/","conversation":{"id":"c"}}"#;
    let to = Address {
        conversation: "u".to_owned(),
        reply: Some(place.to_owned()),
    };
    let attempt = Attempt {
        id: "part-1".to_owned(),
        number: 1,
    };
    host.send_to(&to, part, &attempt)
}

fn text() -> Part {
    Part::text("hi")
}

fn with_token() -> FakeHost<BotFramework> {
    let host = FakeHost::new(SETTINGS);
    host.http_answers(HttpResponse::with_status(200).with_body(TOKEN));
    host
}

#[test]
fn an_answer_that_does_not_come_leaves_the_outcome_open() {
    let host = with_token();
    host.http_fails(HttpError::TimedOut("late".to_owned()));
    let outcome = SendError::UnknownOutcome("late".to_owned());
    assert_eq!(send(&host, &text()), Err(outcome));
}

#[test]
fn a_login_whose_answer_does_not_come_has_sent_nothing() {
    let host = FakeHost::<BotFramework>::new(SETTINGS);
    host.http_fails(HttpError::TimedOut("late".to_owned()));
    let outcome = SendError::Retry(Retry {
        after_ms: None,
        detail: "late".to_owned(),
    });
    assert_eq!(send(&host, &text()), Err(outcome));
}

#[test]
fn typing_is_an_activity_without_content() {
    let host = with_token();
    host.http_answers(HttpResponse::with_status(200));
    let typing = switchboard_sdk::Content::Typing.into();
    assert_eq!(send(&host, &typing), Ok(Receipt::without_id()));
    let call = host.fetched().remove(1);
    let url = "https://webchat.botframework.com/v3/conversations/c/activities";
    let body = r#"{"conversation":{"id":"c"},"type":"typing"}"#;
    assert_eq!((&*call.url, &*call.body), (url, body.as_bytes()));
}

#[test]
fn a_token_is_not_used_when_its_end_is_near() {
    let host = with_token();
    host.http_answers(HttpResponse::with_status(200));
    assert!(send(&host, &text()).is_ok());
    host.set_now(switchboard_sdk::Host::now(&host) + std::time::Duration::from_secs(3_301));
    host.http_answers(HttpResponse::with_status(200).with_body(TOKEN));
    host.http_answers(HttpResponse::with_status(200));
    assert!(send(&host, &text()).is_ok());
    assert_eq!(host.fetched().len(), 4);
}

#[test]
fn warnings() {
    let of = |settings: &str| FakeHost::<BotFramework>::new(settings).warnings();
    assert!(of(SETTINGS).is_empty());
    let [emulator] = &of(r#"{"app_id":"app","app_password":"secret","emulator":true}"#)[..] else {
        panic!("one warning")
    };
    assert!(emulator.contains("`emulator`"), "{emulator}");
}

#[test]
#[should_panic(expected = "`cloud` is `public` or `government`")]
fn another_cloud() {
    let _ = FakeHost::<BotFramework>::new(
        r#"{"app_id":"app","app_password":"secret","cloud":"private"}"#,
    );
}

#[test]
#[should_panic(expected = "`conversation_granularity` is `sender` or `conversation`")]
fn another_granularity() {
    let _ = FakeHost::<BotFramework>::new(
        r#"{"app_id":"app","app_password":"secret","conversation_granularity":"channel"}"#,
    );
}

#[test]
#[should_panic(expected = "`tenant_id` is the id or the domain of a tenant")]
fn a_tenant_that_leads_elsewhere() {
    let _ = FakeHost::<BotFramework>::new(
        r#"{"app_id":"app","app_password":"secret","tenant_id":"../common"}"#,
    );
}

#[test]
#[should_panic(expected = "`app_id` is empty")]
fn nobodys_bot() {
    let _ = FakeHost::<BotFramework>::new(r#"{"app_id":" ","app_password":"secret"}"#);
}
