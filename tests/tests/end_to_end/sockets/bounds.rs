//! What one client may do, and what it costs the others when it does more: nothing.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use switchboard_tests::{Reply, ScriptedBot, client, eventually};

use super::{PERSISTENT, dial, start};

const HANDSHAKE: &str = "/socket.io/?EIO=4&transport=polling";

#[tokio::test]
async fn one_client_too_many_is_turned_away_until_another_leaves() {
    let bot = ScriptedBot::start().await;
    let server = start(&bot, &format!("{PERSISTENT}  limits: {{ sockets: 2 }}\n"));
    let one = dial(&server).open().await;
    let mut two = dial(&server).open().await;
    let refused = dial(&server).try_open().await.expect_err("two are there");
    assert!(refused.contains("503"), "{refused}");
    let polled = client().get(server.at(HANDSHAKE)).send().await;
    let polled = polled.expect("an answer");
    assert_eq!(polled.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(polled.headers().contains_key("retry-after"));
    assert!(server.log().contains("hint: `limits.sockets`"));
    let labels = ["channel=\"socketio\""];
    assert_eq!(server.metric("switchboard_sockets", &labels).await, 2.0);
    one.close().await;
    let mut three = eventually("a place", async || dial(&server).try_open().await.ok()).await;
    for socket in [&mut two, &mut three] {
        socket.session(None).await;
    }
}

#[tokio::test]
async fn a_client_that_emits_without_end_is_closed() {
    let bot = ScriptedBot::start().await;
    let server = start(&bot, PERSISTENT);
    let mut neighbour = dial(&server).open().await;
    let theirs = neighbour.session(None).await;
    let mut flood = dial(&server).open().await;
    let session = flood.session(None).await;
    let message = json!(["user_uttered", {"message": "again", "session_id": session}]);
    let mut all = String::new();
    // One frame after the other, with nothing read in between.
    for _ in 0..5_000 {
        all.clear();
        all.push_str(&format!("2{message}"));
        if flood.try_raw(&all).await.is_err() {
            break;
        }
    }
    let closed = "it emits faster than its events can be taken";
    eventually(closed, async || server.log().contains(closed).then_some(())).await;
    neighbour.utter(&theirs, "hi").await;
    let answer = json!({"text": "echo: hi"});
    assert_eq!(neighbour.event("bot_uttered").await, answer);
}

#[tokio::test]
async fn what_is_no_event_is_refused_and_the_client_stays() {
    let bot = ScriptedBot::start().await;
    let server = start(&bot, PERSISTENT);
    let mut socket = dial(&server).open().await;
    let session = socket.session(None).await;
    let refused = async |socket: &mut switchboard_tests::Socket, id: &str| {
        let packet = socket.raw_packet().await;
        let answer = packet
            .strip_prefix(id)
            .unwrap_or_else(|| panic!("{packet}"));
        let answer: Value = serde_json::from_str(answer).expect("JSON");
        assert_eq!(answer[0]["error"]["code"], "bad_request", "{packet}");
    };
    socket
        .raw(r#"51-7["user_uttered",{"_placeholder":true,"num":0}]"#)
        .await;
    socket.raw_binary(b"a picture").await;
    refused(&mut socket, "37").await;
    let deep = format!(
        "28[\"user_uttered\",{}{}]",
        "[".repeat(200),
        "]".repeat(200)
    );
    socket.raw(&deep).await;
    refused(&mut socket, "38").await;
    // Without a session nobody is there to talk to.
    socket.raw(r#"29["user_uttered",{"message":"hi"}]"#).await;
    refused(&mut socket, "39").await;
    socket.utter(&session, "still here").await;
    let answer = json!({"text": "echo: still here"});
    assert_eq!(socket.event("bot_uttered").await, answer);
    assert_eq!(bot.heard().len(), 1);
}

#[tokio::test]
async fn a_message_over_the_bound_closes_its_client_alone() {
    let bot = ScriptedBot::start().await;
    let server = start(
        &bot,
        &format!("{PERSISTENT}  limits: {{ packet: 4 KiB }}\n"),
    );
    let mut neighbour = dial(&server).open().await;
    let theirs = neighbour.session(None).await;
    let mut socket = dial(&server).open().await;
    let session = socket.session(None).await;
    let long = "x".repeat(5_000);
    let message = json!(["user_uttered", {"message": long, "session_id": session}]);
    // It may be closed before all is sent.
    let _ = socket.try_raw(&format!("2{message}")).await;
    assert!(!socket.idle().await.is_empty());
    neighbour.utter(&theirs, "hi").await;
    let answer = json!({"text": "echo: hi"});
    assert_eq!(neighbour.event("bot_uttered").await, answer);
    let texts: Vec<String> = bot.heard().into_iter().map(|heard| heard.text).collect();
    assert_eq!(texts, ["hi"]);
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_let_go() {
    let bot = ScriptedBot::start().await;
    let credentials = format!("{PERSISTENT}  limits: {{ sockets: 1, ping: 1s }}\n");
    let server = start(&bot, &credentials);
    let silent = dial(&server).open().await;
    // Its place is free again once it is known to be gone.
    let mut next = eventually("a place", async || dial(&server).try_open().await.ok()).await;
    next.session(None).await;
    drop(silent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_no_client() {
    let bot = ScriptedBot::start().await;
    bot.does(|_| Reply::SayAtGate(vec![json!({"text": "late"})]));
    let mut server = start(&bot, PERSISTENT);
    let mut socket = dial(&server).open().await;
    let session = socket.session(None).await;
    // One that polls, which is a request in flight.
    let opened = client().get(server.at(HANDSHAKE)).send().await;
    let opened = opened.expect("an answer").text().await.expect("a body");
    let open: Value = serde_json::from_str(&opened[1..]).expect("JSON");
    let sid = open["sid"].as_str().expect("an id");
    let at = server.at(&format!("{HANDSHAKE}&sid={sid}"));
    let joined = client().post(&at).body("40").send().await;
    assert_eq!(joined.expect("an answer").status(), StatusCode::OK);
    // A ping may come before.
    eventually("the namespace", async || {
        let polled = client().get(&at).send().await.expect("an answer");
        let packets = polled.text().await.expect("a body");
        packets.contains("40{").then_some(())
    })
    .await;
    let polling = tokio::spawn(client().get(&at).send());
    socket.utter(&session, "hi").await;
    bot.wait_for(1).await;
    server.terminate();
    let _ = server.logged("stopping");
    bot.open(1);
    assert_eq!(server.wait(), Some(0), "{}", server.log());
    let polled = tokio::time::timeout(Duration::from_secs(60), polling).await;
    assert!(polled.is_ok(), "the poll has ended");
    assert!(!socket.idle().await.is_empty());
    server.restart();
    let mut socket = dial(&server).open().await;
    socket.session(Some(&session)).await;
    assert_eq!(socket.event("bot_uttered").await, json!({"text": "late"}));
}

#[tokio::test]
async fn pages_of_other_origins_call_where_the_operator_says_so() {
    let bot = ScriptedBot::start().await;
    let credentials = format!("{PERSISTENT}  cors: https://shop.example\nrest:\n");
    let server = start(&bot, &credentials);
    let ask = async |path: &str, origin: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert("origin", HeaderValue::from_static(origin));
        let asked = client().get(server.at(path)).headers(headers).send().await;
        let asked = asked.expect("an answer");
        let allowed = asked.headers().get("access-control-allow-origin").cloned();
        (asked.status(), allowed)
    };
    let (status, allowed) = ask(HANDSHAKE, "https://shop.example").await;
    assert_eq!(
        (status, allowed.as_ref().map(HeaderValue::as_bytes)),
        (StatusCode::OK, Some(&b"https://shop.example"[..]))
    );
    // What is wrong is for the page to read, too.
    let (status, allowed) = ask("/socket.io/?EIO=9", "https://shop.example").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(allowed.is_some());
    assert_eq!(
        ask(HANDSHAKE, "https://evil.example").await,
        (StatusCode::OK, None)
    );
    assert_eq!(ask("/webhooks/rest", "https://shop.example").await.1, None);

    let preflight = client()
        .request(reqwest::Method::OPTIONS, server.at(HANDSHAKE))
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type")
        .send()
        .await
        .expect("an answer");
    assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
    let said = |name: &str| preflight.headers()[name].to_str().expect("text").to_owned();
    assert_eq!(said("access-control-allow-methods"), "GET, HEAD, POST");
    assert_eq!(said("access-control-allow-headers"), "content-type");
    assert_eq!(said("access-control-allow-credentials"), "true");

    let refused = dial(&server).header("origin", "https://evil.example");
    let why = refused.try_open().await.expect_err("another page");
    assert!(why.contains("403"), "{why}");
    dial(&server)
        .header("origin", "https://shop.example")
        .open()
        .await;
    dial(&server).open().await;
}

#[tokio::test]
async fn the_server_has_a_default_for_channels_that_say_nothing() {
    let bot = ScriptedBot::start().await;
    let builder = switchboard_tests::Builder::new()
        .credentials("rest:\nsocketio:\n  cors: []\n")
        .argument("--cors=*");
    let server = builder.endpoints(&bot.rasa("")).start();
    let allowed = async |path: &str| {
        let asked = client()
            .get(server.at(path))
            .header("origin", "https://any.example")
            .send()
            .await;
        let asked = asked.expect("an answer");
        asked.headers().contains_key("access-control-allow-origin")
    };
    assert!(allowed("/webhooks/rest").await);
    assert!(!allowed(HANDSHAKE).await);
}
