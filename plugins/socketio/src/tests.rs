//! What cases cannot show: settings refused and warned of, ids that are random, signatures over them, a chat from its
//! beginning to its end, and the page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use switchboard_sdk::fake::{self, FakeHost, SocketCall, handshake};
use switchboard_sdk::{
    AcceptError, Button, Card, Content, Digest, Event, Handshake, Host, LogLevel, Message, Part,
    RateScope, SendError, SocketError, Transport,
};

use crate::{Settings, SocketIo};

const PERSISTENT: &str = r#"{"session_persistence":true}"#;
const SIGNED: &str = r#"{"session_persistence":true,"session_secret":"s"}"#;
const BOUND: &str = r#"{"session_persistence":true,"session_secret":"s","jwt_key":"k"}"#;

fn host(settings: &str) -> FakeHost<SocketIo> {
    FakeHost::new(settings)
}

/// With a client that is let in.
fn connected(settings: &str) -> FakeHost<SocketIo> {
    let host = host(settings);
    host.connect(&handshake("s1")).expect("let in");
    host
}

/// Asks for a session and gives back what the client was given.
fn request(host: &FakeHost<SocketIo>, socket: &str, wanted: Value) -> String {
    let arguments = json!([{ "session_id": wanted }]).to_string();
    host.client_emits(socket, "session_request", &arguments)
        .expect("confirmed");
    let calls = host.socket_calls().into_iter().rev();
    let mut confirmations = calls.filter_map(|call| match call {
        SocketCall::Emit {
            event, arguments, ..
        } if event == "session_confirm" => Some(arguments),
        _ => None,
    });
    let arguments = confirmations.next().expect("a confirmation");
    let [token]: [String; 1] = serde_json::from_str(&arguments).expect("one text");
    token
}

fn say(host: &FakeHost<SocketIo>, socket: &str, said: &Value) -> Result<(), String> {
    let arguments = json!([said]).to_string();
    host.client_emits(socket, "user_uttered", &arguments)
        .map(|_| ())
}

fn heard(host: &FakeHost<SocketIo>) -> Vec<Message> {
    let events = host.accepted().into_iter();
    let messages = events.map(|event| match event {
        Event::Message(message) => message,
        other => panic!("no message: {other:?}"),
    });
    messages.collect()
}

/// A token that the host itself signed with `jwt_key`.
fn token(host: &FakeHost<SocketIo>, claims: &Value) -> String {
    let piece = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = [piece(&json!({ "alg": "HS256" })), piece(claims)].join(".");
    let mac = host.hmac("jwt_key", Digest::Sha256, signed.as_bytes());
    [signed, URL_SAFE_NO_PAD.encode(mac.expect("a key"))].join(".")
}

fn connect_as(host: &FakeHost<SocketIo>, socket: &str, subject: &str) {
    let token = token(host, &json!({ "sub": subject }));
    let auth = Some(json!({ "token": token }).to_string());
    host.connect(&Handshake {
        auth,
        ..handshake(socket)
    })
    .expect("let in");
}

#[test]
fn routes_are_where_the_settings_say() {
    let routes = host("{}").routes();
    assert_eq!(routes.len(), 1);
    assert_eq!(
        (routes[0].path.as_str(), &routes[0].transport),
        ("/socket.io", &Transport::Socketio("/".to_owned()))
    );
    for (given, path, namespace) in [
        (r#""namespace":"bot","socketio_path":"ws""#, "/ws", "/bot"),
        (
            r#""namespace":"/bot","socketio_path":"/a/b""#,
            "/a/b",
            "/bot",
        ),
        (r#""namespace":"""#, "/socket.io", "/"),
    ] {
        let routes = host(&format!(r#"{{{given},"demo_page":true}}"#)).routes();
        let transport = Transport::Socketio(namespace.to_owned());
        assert_eq!(
            (routes[0].path.as_str(), &routes[0].transport),
            (path, &transport)
        );
        assert_eq!(
            (routes[1].path.as_str(), routes[1].methods.len()),
            ("chat", 1)
        );
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    for (name, value, why) in [
        (
            "session_secret",
            json!("s"),
            "add it, or leave the secret out",
        ),
        ("jwt_method", json!("HS256"), "no `jwt_key`"),
        ("user_message_evt", json!(""), "`user_message_evt` must be"),
        (
            "user_message_evt",
            json!("session_request"),
            "has a meaning already",
        ),
        (
            "bot_message_evt",
            json!("disconnect"),
            "has a meaning already",
        ),
    ] {
        let mut given = json!({
            "user_message_evt": "u", "bot_message_evt": "b", "session_persistence": false,
            "socketio_path": "/socket.io", "metadata_key": "m", "demo_page": false,
        });
        serde_json::from_value::<Settings>(given.clone()).expect("good settings");
        given[name] = value;
        let error = serde_json::from_value::<Settings>(given).expect_err(name);
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
#[should_panic(expected = "`jwt_method`: `RS256` is not known")]
fn key_pairs_are_refused_in_words() {
    host(r#"{"jwt_key":"k","jwt_method":"RS256"}"#);
}

#[test]
fn sessions_that_anybody_may_claim_are_warned_of() {
    assert_eq!(host("{}").warnings(), Vec::<String>::new());
    assert_eq!(host(SIGNED).warnings(), Vec::<String>::new());
    let warnings = host(PERSISTENT).warnings();
    assert!(
        warnings[0].contains("hint: `session_secret`"),
        "{warnings:?}"
    );
}

#[test]
fn new_sessions_are_random_and_long() {
    let host = connected("{}");
    let (one, other) = (
        request(&host, "s1", json!(null)),
        request(&host, "s1", json!(null)),
    );
    assert_ne!(one, other);
    for id in [one, other] {
        assert!(
            id.len() == 32 && id.chars().all(|c| c.is_ascii_hexdigit()),
            "{id}"
        );
    }
    assert!(
        host.socket_calls()
            .iter()
            .all(|call| matches!(call, SocketCall::Emit { .. })),
        "without persistence nobody joins anything"
    );
}

#[test]
fn a_session_is_confirmed_before_what_waited_for_it_comes() {
    let host = connected(PERSISTENT);
    assert_eq!(request(&host, "s1", json!("mine")), "mine");
    let calls = [
        SocketCall::emit("s1", "session_confirm", r#"["mine"]"#),
        SocketCall::join("s1", "mine"),
    ];
    assert_eq!(host.socket_calls(), calls);
}

#[test]
fn a_chat_goes_on_after_a_break() {
    let host = connected(SIGNED);
    let token = request(&host, "s1", json!(null));
    let said = json!({ "message": "hi", "session_id": token });
    say(&host, "s1", &said).expect("heard");
    let conversation = heard(&host)[0].conversation.clone();
    assert_eq!(token.split_once('.').expect("signed").0, conversation);
    host.send(&conversation, &Part::text("hello"))
        .expect("sent");

    host.disconnect("s1");
    let error = host.send(&conversation, &Part::text("are you there?"));
    assert_eq!(error, Err(SendError::away(true, "nobody is in the room")));

    host.connect(&handshake("s2")).expect("let in");
    assert_eq!(request(&host, "s2", json!(token)), token);
    host.send(&conversation, &Part::text("welcome back"))
        .expect("sent");
}

#[test]
fn without_persistence_a_conversation_ends_with_its_connection() {
    let host = connected("{}");
    say(
        &host,
        "s1",
        &json!({ "message": "hi", "session_id": "mine" }),
    )
    .expect("heard");
    assert_eq!(heard(&host)[0].conversation, "s1");
    host.send("s1", &Part::text("hello")).expect("sent");
    host.disconnect("s1");
    let error = host.send("s1", &Part::text("hello?"));
    assert_eq!(error, Err(SendError::away(false, "nobody is in the room")));
}

#[test]
fn nobody_takes_a_chat_over_by_its_id() {
    let host = connected(SIGNED);
    let token = request(&host, "s1", json!(null));
    let (id, signature) = token.split_once('.').expect("signed");
    assert_eq!(signature.len(), 22);
    let other = request(&host, "s1", json!(null));
    let (other_id, _) = other.split_once('.').expect("signed");
    for forged in [
        id.to_owned(),
        format!("{id}."),
        format!("{other_id}.{signature}"),
        format!("{id}.{}", &signature[..21]),
        format!("{id}.{signature}A"),
        format!(".{signature}"),
        format!("x.{token}"),
    ] {
        let given = request(&host, "s1", json!(forged));
        assert!(
            !given.starts_with(id) && !given.starts_with(&forged),
            "{forged}: {given}"
        );
        let said = json!({ "message": "hi", "session_id": forged });
        let error = say(&host, "s1", &said).expect_err("not the client's");
        assert!(
            error.contains("is not one that the client was given"),
            "{error}"
        );
    }
    assert_eq!(heard(&host), []);
}

#[test]
fn a_widget_that_names_no_session_is_warned_of() {
    let host = connected(PERSISTENT);
    say(&host, "s1", &json!({ "message": "hi" })).expect_err("whose?");
    let lines = host.logged();
    assert_eq!((lines.len(), lines[0].level), (1, LogLevel::Warn));
    assert!(lines[0].message.contains("`session_request`"), "{lines:?}");
}

#[test]
fn a_session_belongs_to_whose_token_it_was_opened_with() {
    let host = host(BOUND);
    connect_as(&host, "s1", "ann");
    connect_as(&host, "s2", "bob");
    connect_as(&host, "s3", "ann");
    let token = request(&host, "s1", json!(null));
    assert_eq!(request(&host, "s3", json!(token)), token);
    assert_ne!(request(&host, "s2", json!(token)), token);
    let said =
        json!({ "message": "hi", "session_id": token, "metadata": { "sub": "root", "a": 1 } });
    say(&host, "s2", &said).expect_err("not his");
    say(&host, "s3", &said).expect("hers");
    let messages = heard(&host);
    assert_eq!((messages.len(), messages[0].sender.as_str()), (1, "ann"));
    assert_eq!(
        messages[0].metadata.as_deref(),
        Some(r#"{"a":1,"sub":"ann"}"#)
    );
}

#[test]
fn what_the_host_cannot_do_now_is_said() {
    let host = connected(PERSISTENT);
    host.refuse_events(AcceptError::Unavailable("the store is away".to_owned()));
    let said = json!({ "message": "hi", "session_id": "mine" });
    assert_eq!(say(&host, "s1", &said), Err("the store is away".to_owned()));
    host.refuse_sockets(SocketError::Congested("too slow".to_owned()));
    assert_eq!(say(&host, "s1", &said), Err("too slow".to_owned()));
    let error = host.client_emits("s1", "session_request", "[]");
    assert_eq!(error, Err("too slow".to_owned()));
    let error = host.send("mine", &Part::text("hi"));
    let slow = SendError::rate_limited(None, RateScope::Conversation, "too slow");
    assert_eq!(error, Err(slow));
}

#[test]
fn the_bot_is_seen_writing() {
    let host = connected("{}");
    host.send("s1", &Content::Typing.into()).expect("sent");
    assert_eq!(
        host.socket_calls(),
        [SocketCall::emit("s1", "bot_typing", "[]")]
    );
}

#[test]
fn no_key_is_null() {
    let host = connected("{}");
    let button = Button {
        extra: Some(r#"{"type":null,"style":"bold"}"#.to_owned()),
        ..Button::new("Buy", "/buy")
    };
    let card = Card {
        title: Some("One".to_owned()),
        subtitle: None,
        image_url: None,
        url: None,
        buttons: vec![button],
        extra: Some(r#"{"image_url":null}"#.to_owned()),
    };
    host.send("s1", &Content::Cards(vec![card]).into())
        .expect("sent");
    let calls = host.socket_calls();
    let [SocketCall::Emit { arguments, .. }] = &calls[..] else {
        panic!("one event: {calls:?}")
    };
    let message: Value = serde_json::from_str(arguments).expect("JSON");
    assert_eq!(
        message[0]["attachment"]["payload"]["elements"],
        json!([{
            "title": "One",
            "buttons": [{ "type": "postback", "style": "bold", "title": "Buy", "payload": "/buy" }],
        }])
    );
}

#[test]
fn the_page_knows_the_settings_and_nothing_gets_out_of_them() {
    let settings =
        r#"{"demo_page":true,"namespace":"bot","user_message_evt":"</script><b>{{nonce}}"}"#;
    let response = host(settings).receive("chat", fake::get("/webhooks/socketio/chat"));
    let response = response.expect("the page");
    let header = |name: &str| {
        let mut headers = response.headers.iter();
        let (_, value) = headers.find(|(known, _)| known == name).expect(name);
        String::from_utf8(value.clone()).expect("text")
    };
    let page = String::from_utf8(response.body.clone()).expect("text");
    let (_, rest) = page.split_once(r#"id="settings">"#).expect("the settings");
    let (settings, rest) = rest.split_once("</script>").expect("their end");
    let settings: Value = serde_json::from_str(settings).expect("JSON");
    assert_eq!(settings["userMessage"], "</script><b>{{nonce}}");
    assert_eq!(settings["namespace"], "/bot");
    assert_eq!(settings["page"], "/webhooks/socketio/chat");
    assert!(!rest.contains("<b>"), "{rest}");

    let (_, rest) = page.split_once("nonce=\"").expect("a nonce");
    let (nonce, _) = rest.split_once('"').expect("its end");
    assert_eq!(nonce.len(), 32);
    assert_eq!(page.matches("nonce=").count(), page.matches(nonce).count());
    let policy = header("content-security-policy");
    assert!(
        policy.contains(&format!("script-src 'nonce-{nonce}';")),
        "{policy}"
    );
    assert!(
        policy.starts_with("default-src 'none';") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    for known in ["style", "script", "settings"] {
        assert!(!page.contains(&format!("{{{{{known}}}}}")), "{known}");
    }
}
