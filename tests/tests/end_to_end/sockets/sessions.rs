//! A session outlives its connection, and the server: what is said to somebody who is away waits.

use serde_json::json;
use switchboard_tests::{Builder, Reply, ScriptedBot, client, eventually};

use super::{PERSISTENT, dial, start};

/// Two parts, once they are let out.
fn at_gate() -> Reply {
    Reply::SayAtGate(vec![json!({"text": "one"}), json!({"text": "two"})])
}

#[tokio::test]
async fn what_is_said_to_somebody_who_is_away_waits_and_comes_once() {
    let bot = ScriptedBot::start().await;
    bot.does(|_| at_gate());
    let builder = Builder::new()
        .credentials(PERSISTENT)
        .argument("--log-level=info,switchboard=debug");
    let server = builder.endpoints(&bot.rasa("")).start();
    let mut socket = dial(&server).open().await;
    let session = socket.session(None).await;
    socket.utter(&session, "hi").await;
    bot.wait_for(1).await;
    socket.close().await;
    bot.open(1);
    let waits = "the part waits for its recipient";
    eventually(waits, async || server.log().contains(waits).then_some(())).await;

    let mut other = dial(&server).open().await;
    other.session(None).await;
    let mut socket = dial(&server).open().await;
    assert_eq!(socket.session(Some(&session)).await, session);
    assert_eq!(socket.event("bot_uttered").await, json!({"text": "one"}));
    assert_eq!(socket.event("bot_uttered").await, json!({"text": "two"}));
    // What comes next is the answer to what is said next.
    bot.does(Reply::echo);
    socket.utter(&session, "more").await;
    let answer = json!({"text": "echo: more"});
    assert_eq!(socket.event("bot_uttered").await, answer);
    other.emit("session_request", &json!(null)).await;
    let next = other.event("session_confirm").await;
    assert!(
        next.is_string(),
        "nothing of another's session came before it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_waits_over_a_restart() {
    let bot = ScriptedBot::start().await;
    bot.does(|_| at_gate());
    let mut server = start(&bot, PERSISTENT);
    let mut socket = dial(&server).open().await;
    let session = socket.session(None).await;
    socket.utter(&session, "hi").await;
    bot.wait_for(1).await;
    server.kill();
    bot.does(|_| Reply::text("after the crash"));
    server.restart();
    let mut socket = dial(&server).open().await;
    socket.session(Some(&session)).await;
    let answer = json!({"text": "after the crash"});
    assert_eq!(socket.event("bot_uttered").await, answer);
    // The same where it goes in peace, with the socket open.
    server.terminate();
    assert_eq!(server.wait(), Some(0));
    let why = socket.idle().await;
    assert!(!why.is_empty());
    server.restart();
    let url = server.at(&format!(
        "/conversations/{session}/trigger_intent?output_channel=socketio"
    ));
    let intent = json!({"name": "greet"}).to_string();
    let posted = client().post(url).body(intent).send().await;
    assert_eq!(posted.expect("an answer").status(), 200);
    let mut socket = dial(&server).open().await;
    socket.session(Some(&session)).await;
    assert_eq!(socket.event("bot_uttered").await, answer);
}

#[tokio::test]
async fn both_of_two_sockets_hear_what_is_said_in_their_session() {
    let bot = ScriptedBot::start().await;
    let server = start(&bot, PERSISTENT);
    let (mut one, mut two) = (dial(&server).open().await, dial(&server).open().await);
    let session = one.session(None).await;
    two.session(Some(&session)).await;
    one.utter(&session, "hi").await;
    let answer = json!({"text": "echo: hi"});
    assert_eq!(one.event("bot_uttered").await, answer);
    assert_eq!(two.event("bot_uttered").await, answer);
}

#[tokio::test]
async fn without_sessions_what_is_said_to_a_closed_socket_is_a_dead_letter() {
    let bot = ScriptedBot::start().await;
    bot.does(|_| at_gate());
    let server = start(&bot, "socketio:\n");
    let mut socket = dial(&server).open().await;
    let own = socket.id.clone();
    socket
        .emit(
            "user_uttered",
            &json!({"message": "hi", "session_id": "of no account"}),
        )
        .await;
    let heard = bot.wait_for(1).await;
    assert_eq!(heard[0].conversation, own);
    socket.close().await;
    bot.open(1);
    let letters = server.wait_dead(2).await;
    assert!(
        letters
            .iter()
            .all(|letter| letter["conversation"] == own.as_str())
    );
    assert!(!server.log().contains("ERROR"), "visitors come and go");
}

#[tokio::test]
async fn what_one_socket_emits_is_heard_in_its_order() {
    let bot = ScriptedBot::start().await;
    let server = start(&bot, PERSISTENT);
    let mut socket = dial(&server).open().await;
    let session = socket.session(None).await;
    let texts: Vec<String> = (0..90).map(|number| number.to_string()).collect();
    for text in &texts {
        socket.utter(&session, text).await;
    }
    bot.wait_for(texts.len()).await;
    assert_eq!(bot.texts(&session), texts);
    for text in &texts {
        let answer = json!({"text": format!("echo: {text}")});
        assert_eq!(socket.event("bot_uttered").await, answer);
    }
}
