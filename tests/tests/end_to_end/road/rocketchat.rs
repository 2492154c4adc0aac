//! Rocket.Chat.

use serde_json::{Value, json};
use switchboard_tests::{
    Answer, Api, Call, Reply, ScriptedBot, node_says, now, npm_package, python_says,
};

use super::Road;

/// A password that nobody can put into JSON as it is.
const PASSWORD: &str = "a \"pass\"";

static ROCKETCHAT: Road = Road {
    connector: "rocketchat",
    secret: "hook-token",
    readme: include_str!("../../../../plugins/rocketchat/README.md"),
    variables: &[
        ("ROCKETCHAT_USER", "echo"),
        ("ROCKETCHAT_PASSWORD", PASSWORD),
        ("ROCKETCHAT_WEBHOOK_TOKEN", "hook-token"),
    ],
    settings: &[],
    base: "",
    delivery: |_, number, text| {
        let message = json!({
            "token": "{token}", "bot": false, "channel_id": "ROOM1", "channel_name": "general",
            "message_id": format!("MESSAGE{number}"), "timestamp": "2023-11-14T22:13:20.000Z", "user_id": "ANN1",
            "user_name": "ann", "text": text, "siteUrl": "https://chat.example.org",
        });
        ("application/json", message.to_string())
    },
    send: "POST /api/v1/chat.postMessage",
    text: "/text",
    authorized: |call| {
        // The login is the first call of all.
        let header = |name| call.request.header(name);
        header("x-auth-token") == Some("session-1") && header("x-user-id") == Some("BOT1")
    },
    too_often: || {
        let reset = (now() + 2) * 1_000;
        let error = "Error, too many requests. Please slow down. You must wait 2 seconds before trying this endpoint \
                     again. [error-too-many-requests]";
        Answer::status(429)
            .with("x-ratelimit-limit", "10")
            .with("x-ratelimit-remaining", "0")
            .with("x-ratelimit-reset", reset.to_string())
            .saying(&json!({"success": false, "error": error}))
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn main_road() {
    ROCKETCHAT.walk().await;
}

const LOGIN: &str = "POST /api/v1/login";

#[tokio::test]
async fn the_bot_logs_in_once_and_again_when_its_login_has_expired() {
    let (api, bot) = (Api::of("rocketchat").await, ScriptedBot::start().await);
    let mut server = ROCKETCHAT.start(&api, &bot, &[]);
    super::registered(&server).await;
    ROCKETCHAT.say(&server, &api, 1, "one").await;
    server.quiet().await;
    server.restart();
    super::registered(&server).await;
    ROCKETCHAT.say(&server, &api, 2, "two").await;
    server.quiet().await;
    let logins = api.calls_of(LOGIN);
    let wanted = json!({"username": "echo", "password": PASSWORD});
    assert_eq!(logins[0].body(), wanted);
    assert_eq!(logins.len(), 1, "a login outlives the server");

    let expired = json!({"status": "error", "message": "You must be logged in to do this."});
    api.does(move |call| match (ROCKETCHAT.authorized)(call) {
        true => Answer::status(401).saying(&expired),
        false => Answer::Take,
    });
    ROCKETCHAT.say(&server, &api, 3, "three").await;
    server.quiet().await;
    ROCKETCHAT.answered(&api, &["echo: one", "echo: two", "echo: three"]);
    assert_eq!(api.calls_of(LOGIN).len(), 2);
}

/// What a call says: method, path, as whom, and the body.
fn said(call: &Call) -> Value {
    let header = |name| call.request.header(name);
    let body = match call.is("POST /api/v1/logout") {
        // There the library sends an empty object.
        true => Value::Null,
        false => call.body(),
    };
    json!([
        call.request.method.as_str(),
        call.path(),
        header("x-auth-token"),
        header("x-user-id"),
        body
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_those_of_a_widely_used_library() {
    let (api, bot) = (Api::of("rocketchat").await, ScriptedBot::start().await);
    let buttons = json!([{"title": "Yes", "payload": "/affirm"}, {"title": "Site", "url": "https://example.com"}]);
    bot.does(move |_| {
        let picked = json!({"text": "Pick:", "buttons": buttons});
        Reply::Say(vec![
            json!({"text": "hello"}),
            picked,
            json!({"image": "https://example.com/cat.png"}),
        ])
    });
    let server = ROCKETCHAT.start(&api, &bot, &[]);
    super::registered(&server).await;
    ROCKETCHAT.say(&server, &api, 1, "hi").await;
    server.quiet().await;
    let path = "/api/v1/conversations/%23general/messages?channel=rocketchat";
    let response = server.post(path, r#"{"text": "good morning"}"#).await;
    assert_eq!(response.status(), 202);
    server.quiet().await;
    let response = server
        .post("/api/v1/channels/rocketchat/deactivate", "")
        .await;
    assert_eq!(response.status(), 200);

    let theirs = Api::of("rocketchat").await;
    let library = ["rocketchat_API==3.7.1"];
    let said_nothing = python_says(
        &library,
        "rocketchat_calls.py",
        &[theirs.url(), "echo", PASSWORD],
        b"",
    );
    assert_eq!(said_nothing, "");
    let all = |api: &Api| -> Vec<Value> { api.calls().iter().map(said).collect() };
    let (ours, theirs) = (all(&api), all(&theirs));
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_as_rocket_chat_describes_it() {
    let (api, bot) = (Api::of("rocketchat").await, ScriptedBot::start().await);
    let buttons = json!([{"title": "Yes", "payload": "/affirm"}, {"title": "Site", "url": "https://example.com"}]);
    let card = json!({"title": "Card", "subtitle": "one", "image_url": "https://example.com/1.png", "buttons": buttons});
    let replies = vec![
        json!({"text": "hello"}),
        json!({"text": "Pick:", "buttons": buttons}),
        json!({"image": "https://example.com/cat.png"}),
        json!({"attachment": "https://example.com/doc.pdf"}),
        json!({"elements": [card, card]}),
        json!({"custom": {"text": "as another", "alias": "Echo", "emoji": ":robot:", "room_id": "ROOM2"}}),
        json!({"custom": {"text": "elsewhere", "channel": "#general"}}),
    ];
    let count = replies.len();
    bot.does(move |_| Reply::Say(replies.clone()));
    let server = ROCKETCHAT.start(&api, &bot, &[]);
    let (kind, in_a_thread) = (ROCKETCHAT.delivery)(&api, 1, "hi");
    let in_a_thread = in_a_thread.replace(r#""bot":false"#, r#""tmid":"MESSAGE0""#);
    let status = ROCKETCHAT
        .deliver(&server, ROCKETCHAT.secret, (kind, in_a_thread))
        .await;
    assert_eq!(status, 200);
    server.quiet().await;
    assert_eq!(api.calls_of(ROCKETCHAT.send)[0].body()["tmid"], "MESSAGE0");
    let mut by_address = ROCKETCHAT.builder(&api, &[]);
    by_address = by_address.variable("ROCKETCHAT_USER", "echo@example.com");
    let by_address = by_address.endpoints(&bot.webhook("")).start();
    super::registered(&by_address).await;

    let method = |call: &Call| call.path().rsplit('/').next().map(str::to_owned);
    let mut calls: Vec<Value> = api
        .calls()
        .iter()
        .map(|call| json!([method(call), call.body()]))
        .collect();
    assert_eq!(calls.len(), count + 2);
    // So that it is seen to look.
    calls.push(json!(["login", {"user": "echo", "password": "p"}]));
    calls.push(json!(["chat.postMessage", {"text": "to nobody"}]));
    let lines: String = calls.iter().map(|call| format!("{call}\n")).collect();
    let package = npm_package("@rocket.chat/rest-typings@8.8.1");
    let packages = ["ajv@8.20.0", "ajv-formats@3.0.1", "esbuild@0.28.2"];
    let folder = package.to_str().expect("a path");
    let said = node_says(
        &packages,
        "rocketchat_bodies.js",
        &[folder],
        lines.as_bytes(),
    );
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(said[..count + 2], vec!["fits"; count + 2]);
    let wrong = said[count + 2..]
        .iter()
        .filter(|said| said.starts_with("wrong"));
    assert_eq!(wrong.count(), 2, "{said:?}");
}

#[tokio::test]
async fn a_press_says_what_the_button_says() {
    let (api, bot) = (Api::of("rocketchat").await, ScriptedBot::start().await);
    let buttons = json!([{"title": "Yes", "payload": "/affirm"}]);
    bot.does(move |heard| match &heard.text[..] {
        "hi" => Reply::Say(vec![json!({"text": "Sure?", "buttons": buttons})]),
        _ => Reply::echo(heard),
    });
    let server = ROCKETCHAT.start(&api, &bot, &[]);
    ROCKETCHAT.say(&server, &api, 1, "hi").await;
    let sent = api.wait_for(ROCKETCHAT.send, 1).await[0].body();
    let action = &sent["attachments"][0]["actions"][0];
    assert_eq!(action["text"], "Yes");
    // Rocket.Chat has the user say it.
    let said = action["msg"].as_str().expect("a text").to_owned();
    ROCKETCHAT.say(&server, &api, 2, &said).await;
    server.quiet().await;
    ROCKETCHAT.answered(&api, &["Sure?", "echo: /affirm"]);
}

/// What Omnichannel tells of a live chat: these messages of the visitor, and one of an agent.
fn batch(numbers: &[usize]) -> (&'static str, String) {
    let said = |number: &usize| {
        json!({
            "_id": format!("SAID{number}"), "username": "guest-1", "msg": format!("m{number}"),
            "ts": "2023-11-14T22:13:20.000Z",
        })
    };
    let mut messages: Vec<_> = numbers.iter().map(said).collect();
    messages.push(json!({
        "_id": "SAID", "agentId": "AGENT1", "username": "bea", "msg": "I take over", "ts": "2023-11-14T22:13:21.000Z",
    }));
    let told = json!({
        "_id": "CHAT1", "type": "Message", "label": "Ann", "createdAt": "2023-11-14T22:13:19.000Z",
        "visitor": {"_id": "VISITOR1", "token": "visitor-token", "name": "Ann", "username": "guest-1"},
        "agent": {"_id": "BOT1", "username": "echo"}, "messages": messages,
    });
    ("application/json", told.to_string())
}

#[tokio::test]
async fn every_message_of_a_live_chat_is_answered_once() {
    let (api, bot) = (Api::of("rocketchat").await, ScriptedBot::start().await);
    let server = ROCKETCHAT.start(&api, &bot, &["livechat_secret: livechat-secret"]);
    // The token of the one kind opens nothing of the other.
    for secret in [ROCKETCHAT.secret, "another"] {
        assert_eq!(ROCKETCHAT.deliver(&server, secret, batch(&[1])).await, 401);
    }
    for numbers in [&[1, 2][..], &[1, 2], &[2, 3]] {
        let told = batch(numbers);
        let status = ROCKETCHAT.deliver(&server, "livechat-secret", told).await;
        assert_eq!(status, 200);
    }
    server.quiet().await;
    ROCKETCHAT.answered(&api, &["echo: m1", "echo: m2", "echo: m3"]);
    let rooms = |call: &Call| call.body()["roomId"].clone();
    let rooms: Vec<_> = api.calls_of(ROCKETCHAT.send).iter().map(rooms).collect();
    assert_eq!(rooms, ["CHAT1"; 3]);
    assert_eq!(bot.texts("CHAT1"), ["m1", "m2", "m3"]);
}
