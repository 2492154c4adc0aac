//! What cases cannot show: the sign of typing, answers that never come, what is logged, warned of and refused at start.

use switchboard_sdk::fake::{self, FakeHost};
use switchboard_sdk::{
    AcceptError, Address, Attempt, BotError, Content, HttpError, HttpResponse, Location, LogLevel,
    MediaContent, Part, Receipt, Refusal, Response, SendError, StateError,
};

use crate::Mattermost;

const SETTINGS: &str = r#"{"url":"https://chat.example.com/api/v4","token":"t","hook_token":"h",
    "webhook_url":"https://bot.example.com/webhooks/mattermost/webhook"}"#;
const LOGIN: &str =
    r#"{"url":"https://chat.example.com","user":"bot","pw":"s","hook_token":["h"]}"#;
const MESSAGE: &str = r#"{"token":"h","channel_id":"c1","user_id":"u1","post_id":"p1","text":"bot hi",
    "trigger_word":"bot"}"#;

fn send(host: &FakeHost<Mattermost>, part: &Part) -> Result<Receipt, SendError> {
    let to = Address {
        conversation: "u1".to_owned(),
        reply: Some(r#"{"channel_id":"c1","user_id":"u1","root_id":"p0"}"#.to_owned()),
    };
    let attempt = Attempt {
        id: "part-1".to_owned(),
        number: 1,
    };
    host.send_to(&to, part, &attempt)
}

fn created() -> HttpResponse {
    HttpResponse::with_status(201).with_body(r#"{"id":"p9"}"#)
}

fn body(host: &FakeHost<Mattermost>, call: usize) -> String {
    String::from_utf8_lossy(&host.fetched()[call].body).into_owned()
}

#[test]
fn typing_is_shown_and_never_fails() {
    let threads = SETTINGS.replace(r#""token""#, r#""use_threads":true,"token""#);
    for (settings, typing) in [
        (SETTINGS, r#"{"channel_id":"c1"}"#),
        (&threads, r#"{"channel_id":"c1","parent_id":"p0"}"#),
    ] {
        let host = FakeHost::<Mattermost>::new(settings);
        host.http_answers(HttpResponse::with_status(200));
        let outcome = send(&host, &Content::Typing.into());
        assert_eq!(outcome, Ok(Receipt::without_id()));
        let url = "https://chat.example.com/api/v4/users/me/typing";
        assert_eq!(host.fetched()[0].url, url);
        assert_eq!(body(&host, 0), typing);
    }
    let host = FakeHost::<Mattermost>::new(SETTINGS);
    host.http_answers(HttpResponse::with_status(501));
    let outcome = send(&host, &Content::Typing.into());
    assert_eq!(outcome, Ok(Receipt::without_id()));
    assert_eq!(host.logged()[0].level, LogLevel::Debug);
}

#[test]
fn a_post_has_the_id_of_the_part() {
    let host = FakeHost::<Mattermost>::new(SETTINGS);
    host.http_answers(created());
    assert_eq!(send(&host, &Part::text("hi")), Ok(Receipt::with_id("p9")));
    let post = r#"{"channel_id":"c1","message":"hi","pending_post_id":"part-1"}"#;
    assert_eq!(body(&host, 0), post);
}

#[test]
fn an_answer_that_does_not_come_leaves_the_outcome_open() {
    for error in [
        HttpError::TimedOut("late".to_owned()),
        HttpError::Interrupted("late".to_owned()),
    ] {
        let host = FakeHost::<Mattermost>::new(SETTINGS);
        host.http_fails(error);
        let outcome = SendError::UnknownOutcome("late".to_owned());
        assert_eq!(send(&host, &Part::text("hi")), Err(outcome));
    }
}

#[test]
fn what_comes_before_the_post_has_shown_nothing() {
    let late = || HttpError::TimedOut("late".to_owned());
    let again = Err(SendError::retry(None, "late"));

    let host = FakeHost::<Mattermost>::new(LOGIN);
    host.http_fails(late());
    assert_eq!(send(&host, &Part::text("hi")), again);

    let host = FakeHost::<Mattermost>::new(SETTINGS);
    host.http_fails(late());
    assert_eq!(host.send("u1", &Part::text("hi")), again);

    // A file, but for its source: that it cannot be had makes a link of it.
    let host = FakeHost::<Mattermost>::new(SETTINGS);
    host.http_answers(HttpResponse::with_status(200).with_body("content"));
    host.http_fails(late());
    let file = MediaContent::at("https://chat.example.com/a.txt");
    assert_eq!(send(&host, &Content::File(file).into()), again);
}

/// The host gives no file a name of its own; another may.
#[test]
fn a_name_cannot_leave_its_place_in_the_form() {
    let host = FakeHost::<Mattermost>::new(SETTINGS);
    host.http_answers(HttpResponse::with_status(200).with_body("content"));
    host.http_answers(HttpResponse::with_status(201).with_body(r#"{"file_infos":[{"id":"f1"}]}"#));
    host.http_answers(created());
    let file = MediaContent {
        name: Some("a\"; x=\"\r\n\r\n\\.txt".to_owned()),
        ..MediaContent::at("https://chat.example.com/a.txt")
    };
    assert!(send(&host, &Content::File(file).into()).is_ok());
    let form = body(&host, 1);
    let name = "name=\"files\"; filename=\"a_; x=______.txt\"\r\n";
    assert!(form.contains(name), "{form}");
}

#[test]
fn what_the_host_lowers_is_not_sent() {
    let host = FakeHost::<Mattermost>::new(SETTINGS);
    let place = Location {
        latitude: 1.0,
        longitude: 2.0,
        title: None,
        address: None,
    };
    let audio = Content::Audio(MediaContent::at("https://a.example"));
    for content in [Content::Location(place), Content::Cards(vec![]), audio] {
        let outcome = send(&host, &content.into());
        assert!(
            matches!(outcome, Err(SendError::Unsupported(_))),
            "{outcome:?}"
        );
    }
}

#[test]
fn what_is_left_out_is_said_to_the_curious_alone() {
    let host = FakeHost::<Mattermost>::new(SETTINGS);
    let long = format!(
        r#"{{"token":"h","trigger_word":"","text":"{}"}}"#,
        "x".repeat(5_000)
    );
    for request in [long.as_str(), r#"{"event":"posted"}"#] {
        let response = host.receive("webhook", fake::post("/webhook", request));
        assert_eq!(response, Ok(Response::empty(200)));
    }
    assert!(host.accepted().is_empty());
    for line in host.logged() {
        assert_eq!(line.level, LogLevel::Debug);
        assert_eq!(line.message, "left out");
    }
    assert_eq!(host.logged().len(), 2);
}

/// They cannot stand in a YAML file.
#[test]
fn what_is_no_utf8_is_malformed() {
    let utf16: Vec<u8> = MESSAGE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xff, 0xfe], utf16.as_slice()].concat();
    let broken = MESSAGE.replace("bot hi", "bot h\u{1}");
    let mut broken = broken.into_bytes();
    for byte in broken.iter_mut().filter(|byte| **byte == 1) {
        *byte = 0xff;
    }
    for body in [marked, broken, vec![0, 1, 2]] {
        let host = FakeHost::<Mattermost>::new(SETTINGS);
        let request = fake::post("/webhook", body).with_header("content-type", "application/json");
        let response = host.receive("webhook", request);
        assert!(
            matches!(response, Err(Refusal::BadRequest(_))),
            "{response:?}"
        );
    }
}

#[test]
fn what_the_host_does_not_take_is_not_acknowledged() {
    let host = FakeHost::<Mattermost>::new(SETTINGS);
    host.refuse_events(AcceptError::Unavailable("the store is down".to_owned()));
    let overloaded = BotError::Overloaded("the store is down".to_owned());
    let response = host.receive("webhook", fake::post("/webhook", MESSAGE));
    assert_eq!(response, Err(Refusal::BotFailed(overloaded)));
}

#[test]
fn without_its_state_the_bot_logs_in_each_time() {
    let host = FakeHost::<Mattermost>::new(LOGIN);
    host.refuse_state(StateError::Unavailable("down".to_owned()));
    for _ in 0..2 {
        host.http_answers(HttpResponse::with_status(200).with_header("token", "sess"));
        host.http_answers(created());
        assert_eq!(send(&host, &Part::text("hi")), Ok(Receipt::with_id("p9")));
    }
    assert_eq!(host.fetched().len(), 4);
}

/// HMAC-SHA256 of `["action","c1",null,"/affirm"]` under `t`, computed elsewhere.
#[test]
fn the_proof_of_a_button() {
    let host = FakeHost::<Mattermost>::new(SETTINGS);
    host.http_answers(created());
    let button = switchboard_sdk::Button::new("Yes", "/affirm");
    assert!(send(&host, &Part::buttons("Sure?", [button])).is_ok());
    let proof = r#""sig":"aa60388ef5bb8c8f775c050ad2e3dbaa3a878b13e38d7dc3db375139d52bfe0d""#;
    assert!(body(&host, 0).contains(proof), "{}", body(&host, 0));
}

#[test]
fn warnings() {
    let of = |more: &str| {
        let settings = format!(r#"{{"url":"https://chat.example.com",{more}}}"#);
        FakeHost::<Mattermost>::new(&settings).warnings()
    };
    assert!(of(r#""token":"t","hook_token":"h""#).is_empty());
    for (settings, name) in [
        (r#""token":"t""#, "`hook_token`"),
        (
            r#""token":"t","hook_token":"h","allow_unsigned_actions":true"#,
            "`allow_unsigned_actions`",
        ),
        (
            r#""token":"t","hook_token":"h","user":"bot","pw":"s""#,
            "`user` and `pw`",
        ),
    ] {
        let [warning] = &of(settings)[..] else {
            panic!("one warning: {settings}")
        };
        assert!(warning.starts_with(name), "{warning}");
    }
}

#[test]
fn without_a_public_address_buttons_are_warned_of() {
    for (settings, lines) in [(SETTINGS, 0), (LOGIN, 1)] {
        let host = FakeHost::<Mattermost>::new(settings);
        if lines == 1 {
            host.http_answers(HttpResponse::with_status(200).with_header("token", "sess"));
        }
        host.http_answers(HttpResponse::with_status(200).with_body(r#"{"id":"b1"}"#));
        assert_eq!(host.activate(None), Ok(()));
        let warnings = host.logged();
        let warnings = warnings.iter().filter(|line| line.level == LogLevel::Warn);
        assert_eq!(warnings.count(), lines);
    }
}

fn start(more: &str) {
    let settings = format!(r#"{{"url":"https://chat.example.com"{more}}}"#);
    let _ = FakeHost::<Mattermost>::new(&settings);
}

#[test]
#[should_panic(expected = "needs the `token` of a bot account, or the `user` and `pw`")]
fn without_token_and_login_nothing_starts() {
    start("");
}

#[test]
#[should_panic(expected = "needs the `token` of a bot account, or the `user` and `pw`")]
fn half_of_a_login_is_none() {
    start(r#","user":"bot""#);
}

#[test]
#[should_panic(expected = "`hook_token` must be a text or a list of texts")]
fn a_token_that_is_a_number_is_none() {
    start(r#","token":"t","hook_token":[7]"#);
}

#[test]
#[should_panic(expected = "`hook_token` must be a text or a list of texts")]
fn an_empty_list_of_tokens_is_none() {
    start(r#","token":"t","hook_token":[]"#);
}

#[test]
#[should_panic(expected = "unknown variant `user`")]
fn a_conversation_is_one_of_three() {
    start(r#","token":"t","conversation_granularity":"user""#);
}
