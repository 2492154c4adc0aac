//! The libraries that clients are written with, in every version that is in use: what a widget does with them, step by
//! step.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use switchboard_tests::{Clients, Library, Reply, ScriptedBot, Transport, eventually, now};

use super::{PERSISTENT, start, talk};

const EVENTS: [&str; 2] = ["session_confirm", "bot_uttered"];

#[tokio::test(flavor = "multi_thread")]
async fn socket_io_client_2() {
    all_that_a_client_does(Library::JavaScript2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn socket_io_client_3() {
    all_that_a_client_does(Library::JavaScript3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn socket_io_client_4() {
    all_that_a_client_does(Library::JavaScript4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_socketio_4() {
    all_that_a_client_does(Library::Python4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_socketio_5() {
    all_that_a_client_does(Library::Python5).await;
}

async fn all_that_a_client_does(library: Library) {
    for transport in [
        Transport::Polling,
        Transport::WebSocket,
        Transport::Upgraded,
    ] {
        speaks_and_is_answered(library, transport).await;
        is_away_when_the_answer_comes(library, transport).await;
    }
    has_two_windows(library).await;
    speaks_elsewhere(library).await;
    shows_a_token(library).await;
}

async fn speaks_and_is_answered(library: Library, transport: Transport) {
    let bot = ScriptedBot::start().await;
    bot.does(|heard| {
        Reply::Say(vec![
            json!({ "text": format!("{} 😀", heard.text) }),
            json!({ "text": "é" }),
        ])
    });
    let server = start(&bot, PERSISTENT);
    let mut sockets = Clients::of(library);
    sockets
        .open("a", &server.url, &EVENTS, over(transport))
        .await;
    let connected = sockets.hears("a", "connect", 1).await;
    if transport == Transport::Upgraded {
        assert_eq!(
            sockets.hears("a", "upgrade", 1).await,
            [json!(["websocket"])]
        );
    } else {
        assert_eq!(connected, [transport.names()]);
    }
    let id = session(&mut sockets, "a", Value::Null).await;

    // As fast as they can be written, so that a request of polling has more than one of them, and its answer, too.
    let texts = ["héllo 😀", "👩‍👩‍👧‍👦", "and\u{1e}:1:on"];
    for text in texts {
        let message = json!({ "message": text, "session_id": id, "metadata": { "page": "/😀" } });
        sockets.emit_for_ack("a", "user_uttered", message).await;
    }
    let heard = bot.wait_for(3).await;
    for (heard, text) in heard.iter().zip(texts) {
        assert_eq!(
            (heard.text.as_str(), &heard.conversation),
            (text, &id),
            "{library:?} {transport:?}"
        );
        assert_eq!(heard.body["metadata"], json!({ "page": "/😀" }));
    }
    let said = texts
        .iter()
        .flat_map(|text| [format!("{text} 😀"), "é".to_owned()]);
    let said: Vec<Value> = said.map(|text| json!([{ "text": text }])).collect();
    let uttered = sockets.hears("a", "bot_uttered", 6).await;
    assert_eq!(uttered, said, "{library:?} {transport:?}");
    assert_eq!(sockets.hears("a", "ack", 3).await.len(), 3);
}

async fn is_away_when_the_answer_comes(library: Library, transport: Transport) {
    let bot = ScriptedBot::start().await;
    bot.does(talk);
    let server = start(&bot, PERSISTENT);
    let mut sockets = Clients::of(library);
    sockets
        .open("before", &server.url, &EVENTS, over(transport))
        .await;
    sockets.hears("before", "connect", 1).await;
    let id = session(&mut sockets, "before", Value::Null).await;
    say(&mut sockets, "before", &id, "later").await;
    bot.wait_for(1).await;
    sockets.close("before").await;
    bot.open(1);
    eventually("the answer waits", async || {
        let waiting = server.metric("switchboard_parts_waiting", &[]).await;
        (waiting == 1.0).then_some(())
    })
    .await;

    sockets
        .open("after", &server.url, &EVENTS, over(transport))
        .await;
    sockets.hears("after", "connect", 1).await;
    assert_eq!(session(&mut sockets, "after", json!(id)).await, id);
    let uttered = sockets.hears("after", "bot_uttered", 1).await;
    assert_eq!(
        uttered,
        [json!([{ "text": "this took a while 😀" }])],
        "{library:?} {transport:?}"
    );
    say(&mut sockets, "after", &id, "and").await;
    let uttered = sockets.hears("after", "bot_uttered", 2).await;
    assert_eq!(uttered[1], json!([{ "text": "echo: and" }]));
    assert_eq!(bot.texts(&id), ["later", "and"]);
}

async fn has_two_windows(library: Library) {
    let bot = ScriptedBot::start().await;
    let server = start(&bot, PERSISTENT);
    let mut sockets = Clients::of(library);
    let windows = [("one", Transport::Polling), ("two", Transport::Upgraded)];
    let mut id = Value::Null;
    for (window, transport) in windows {
        sockets
            .open(window, &server.url, &EVENTS, over(transport))
            .await;
        sockets.hears(window, "connect", 1).await;
        id = session(&mut sockets, window, id).await.into();
    }
    sockets
        .open("other", &server.url, &EVENTS, over(Transport::Upgraded))
        .await;
    sockets.hears("other", "connect", 1).await;
    let other = session(&mut sockets, "other", Value::Null).await;
    say(&mut sockets, "two", id.as_str().expect("an id"), "hi").await;
    for (window, _) in windows {
        let uttered = sockets.hears(window, "bot_uttered", 1).await;
        assert_eq!(
            uttered,
            [json!([{ "text": "echo: hi" }])],
            "{library:?} {window}"
        );
    }
    // What the third hears first is its own.
    say(&mut sockets, "other", &other, "mine").await;
    let uttered = sockets.hears("other", "bot_uttered", 1).await;
    assert_eq!(uttered, [json!([{ "text": "echo: mine" }])], "{library:?}");
}

async fn speaks_elsewhere(library: Library) {
    let bot = ScriptedBot::start().await;
    let server = start(
        &bot,
        "socketio:\n  session_persistence: true\n  namespace: /bot\n  socketio_path: /chat/io\n  \
         user_message_evt: said\n  bot_message_evt: answered\n",
    );
    let mut sockets = Clients::of(library);
    let options = json!({ "transports": ["polling", "websocket"], "path": "/chat/io" });
    let (here, elsewhere) = (server.at("/bot"), server.at("/nobody"));
    sockets
        .open("elsewhere", &elsewhere, &EVENTS, options.clone())
        .await;
    sockets.hears("elsewhere", "connect_error", 1).await;
    assert!(
        sockets.heard("elsewhere", "connect").is_empty(),
        "{library:?}"
    );

    let events = ["session_confirm", "answered"];
    sockets.open("here", &here, &events, options).await;
    sockets.hears("here", "connect", 1).await;
    let id = session(&mut sockets, "here", Value::Null).await;
    sockets
        .emit("here", "said", json!({ "message": "hi", "session_id": id }))
        .await;
    let answered = sockets.hears("here", "answered", 1).await;
    assert_eq!(answered, [json!([{ "text": "echo: hi" }])], "{library:?}");
}

async fn shows_a_token(library: Library) {
    const KEY: &str = "a key of some length, for tokens of clients";
    let bot = ScriptedBot::start().await;
    let server = start(&bot, &format!("{PERSISTENT}  jwt_key: {KEY}\n"));
    let mut sockets = Clients::of(library);
    let valid = json!({ "sub": "visitor-7", "exp": now() + 600 });
    let options = |token: Option<&str>| {
        let mut options = over(Transport::Upgraded);
        if let Some(token) = token {
            // Engine.IO 3 has nowhere else to put it.
            let place = if library.is_old() { "query" } else { "auth" };
            options[place] = json!({ "token": token });
        }
        options
    };
    let refused = [
        ("without", None),
        ("another key", Some(token("another key", &valid))),
        ("too late", Some(token(KEY, &json!({ "exp": now() - 600 })))),
        ("no token", Some("nonsense".to_owned())),
    ];
    for (why, shown) in refused {
        sockets
            .open(why, &server.url, &EVENTS, options(shown.as_deref()))
            .await;
        sockets.hears(why, "connect_error", 1).await;
        assert!(
            sockets.heard(why, "connect").is_empty(),
            "{library:?}: {why}"
        );
    }
    for (name, shown) in [
        ("bare", token(KEY, &valid)),
        ("bearer", format!("Bearer {}", token(KEY, &valid))),
    ] {
        sockets
            .open(name, &server.url, &EVENTS, options(Some(&shown)))
            .await;
        sockets.hears(name, "connect", 1).await;
        let id = session(&mut sockets, name, Value::Null).await;
        say(&mut sockets, name, &id, "hi").await;
        let uttered = sockets.hears(name, "bot_uttered", 1).await;
        assert_eq!(
            uttered,
            [json!([{ "text": "echo: hi" }])],
            "{library:?}: {name}"
        );
    }
}

fn over(transport: Transport) -> Value {
    json!({ "transports": transport.names() })
}

/// Asks for a session, a new one or the one it had, and gives the id that it gets.
async fn session(sockets: &mut Clients, socket: &str, known: Value) -> String {
    sockets
        .emit(socket, "session_request", json!({ "session_id": known }))
        .await;
    let confirmed = sockets.hears(socket, "session_confirm", 1).await;
    let id = confirmed[0][0].as_str().expect("a bare id");
    assert!(!id.is_empty());
    id.to_owned()
}

async fn say(sockets: &mut Clients, socket: &str, session: &str, text: &str) {
    let message = json!({ "message": text, "session_id": session });
    sockets.emit(socket, "user_uttered", message).await;
}

/// A token of JSON Web Tokens with these claims, signed with HS256.
fn token(key: &str, claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!(
        "{}.{}",
        part(&json!({ "alg": "HS256", "typ": "JWT" })),
        part(claims)
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key");
    mac.update(signed.as_bytes());
    format!(
        "{signed}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}
