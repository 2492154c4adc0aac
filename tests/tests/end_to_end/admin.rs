//! What people and programs ask of the server itself: to say something unasked, to have the bot begin, to tell what became
//! of a message.

use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use switchboard_tests::{
    Answer, Builder, Platform, Reply, ScriptedBot, Switchboard, client, eventually,
};

async fn send(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let bytes = response.bytes().await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

async fn post(server: &Switchboard, path: &str, body: Value) -> (StatusCode, Value) {
    send(client().post(server.at(path)).body(body.to_string())).await
}

#[tokio::test]
async fn something_is_said_unasked() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    let server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook(""))
        .start();
    let path = "/api/v1/conversations/c%2F1/messages";
    let (status, answer) = post(
        &server,
        path,
        json!({"channel": "courier", "messages": [{"text": "one"}, {"text": "two\n\nthree"}]}),
    )
    .await;
    assert_eq!(
        (status, &answer["channel"]),
        (StatusCode::ACCEPTED, &json!("courier"))
    );
    let taken = platform.wait_taken(3).await;
    let ids: Vec<Value> = taken.iter().map(|part| json!(part.id)).collect();
    assert_eq!(answer["ids"], json!(ids));
    assert_eq!(platform.texts("c/1"), ["one", "two", "three"]);

    // Where somebody wrote last; and that somebody must have.
    let (status, answer) = post(
        &server,
        "/api/v1/conversations/new/messages",
        json!([{"text": "hi"}]),
    )
    .await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
    let event =
        json!({"type": "message", "conversation": "new", "text": "hello", "reply": {"thread": 9}});
    server.deliver(&json!({"events": [event]})).await;
    platform.wait_taken(4).await;
    let (status, _) = post(
        &server,
        "/api/v1/conversations/new/messages?channel=latest",
        json!({"text": "hi"}),
    )
    .await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let taken = platform.wait_taken(5).await;
    assert_eq!(
        (taken[4].text(), &taken[4].body["reply"]),
        ("hi", &json!({"thread": 9}))
    );
    assert_eq!(bot.heard().len(), 1, "it is not asked");

    for (channel, status) in [
        ("nowhere", StatusCode::NOT_FOUND),
        ("courie", StatusCode::NOT_FOUND),
        ("", StatusCode::ACCEPTED),
    ] {
        let path = format!("/api/v1/conversations/new/messages?channel={channel}");
        let (found, answer) = post(&server, &path, json!({"text": "to whom?"})).await;
        assert_eq!(found, status, "{channel}: {answer}");
        if status == StatusCode::NOT_FOUND {
            let text = answer["error"]["message"].as_str().expect("a text");
            assert!(
                text.contains("courier") && text.contains("rest"),
                "those there are: {text}"
            );
        }
    }
    for nothing in [
        json!([]),
        json!({}),
        json!({"messages": []}),
        json!([{"text": ""}]),
    ] {
        let path = "/api/v1/conversations/new/messages";
        let (status, answer) = post(&server, path, nothing).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    }
    server.quiet().await;
    assert_eq!(platform.taken().len(), 6);
}

#[tokio::test]
async fn what_is_said_unasked_takes_its_place_in_the_conversation_and_survives() {
    let platform = Platform::start().await;
    platform.does(|_| Answer::status(503));
    let mut server = Builder::new().courier(&platform, "").start();
    server.say("m1", "c", "hi").await;
    platform.wait_posted(1).await;
    let (status, _) = post(
        &server,
        "/api/v1/conversations/c/messages",
        json!([{"text": "unasked"}]),
    )
    .await;
    assert_eq!(status, StatusCode::ACCEPTED);
    server.kill();
    platform.takes();
    server.restart();
    platform.wait_taken(2).await;
    assert_eq!(platform.texts("c"), ["echo: hi", "unasked"]);
}

#[tokio::test]
async fn the_bot_is_made_to_begin() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    let server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.rasa(""))
        .start();
    let path = "/conversations/c/trigger_intent?output_channel=courier&include_events=NONE";
    let (status, answer) = post(
        &server,
        path,
        json!({"name": "remind", "entities": {"what": "milk"}}),
    )
    .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["tracker"]["sender_id"], "c");
    let taken = platform.wait_taken(1).await;
    assert_eq!(taken[0].text(), r#"echo: /remind{"what":"milk"}"#);
    let heard = bot.heard().remove(0);
    assert_eq!(heard.body["sender"], "c");
    assert_eq!(heard.body["metadata"], json!({"is_external": true}));

    let unknown = "/conversations/c/trigger_intent?output_channel=nowhere";
    let (status, _) = post(&server, unknown, json!({"name": "remind"})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = post(
        &server,
        "/conversations/c/trigger_intent",
        json!({"name": "remind"}),
    )
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "none is no guess");
    server.quiet().await;
    assert_eq!(bot.heard().len(), 1);
}

#[tokio::test]
async fn a_life_is_told_by_any_of_its_ids() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    let server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook(""))
        .start();
    server.say("m1", "c", "hi").await;
    let part = platform.wait_taken(1).await.remove(0);
    server.quiet().await;
    let receipt = part.receipt.clone().expect("taken");
    let event = bot.heard()[0].id.clone();
    for id in ["m1", &part.id, &receipt, &event] {
        let life = server.life(id).await;
        assert_eq!(life["event"]["id"], json!(event), "{id}");
        assert_eq!(life["event"]["state"], "done");
        assert_eq!(life["event"]["platform_id"], "m1");
        assert_eq!(life["event"]["body"]["message"]["text"], "hi");
        assert_eq!(life["parts"][0]["id"], json!(part.id));
        assert_eq!(life["parts"][0]["state"], "sent");
        assert_eq!(life["parts"][0]["receipt"], json!(receipt));
        assert_eq!(life["parts"][0]["content"]["text"], "echo: hi");
        let explained = server.call(&["explain", id]);
        assert!(explained.status.success(), "{explained:?}");
        let text = String::from_utf8(explained.stdout).expect("UTF-8");
        assert_eq!(life["explanation"], json!(text));
        assert!(text.contains("the platform took it"), "{text}");
    }
    let (status, _) = server.get("/api/v1/messages/nobody").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let explained = server.call(&["explain", "nobody"]);
    assert_eq!(explained.status.code(), Some(1), "{explained:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_listed_replayed_and_dropped() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    bot.does(|heard| match &heard.text[..] {
        "nonsense" => Reply::Raw(b"?".into()),
        _ => Reply::echo(heard),
    });
    platform.does(|part| match part.text() {
        "echo: 3" => Answer::Take,
        _ => Answer::status(400),
    });
    let mut server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook(""))
        .start();
    server.say("m0", "c", "nonsense").await;
    for text in ["1", "2", "3", "4"] {
        server.say(&format!("m{text}"), "c", text).await;
    }
    let letters = server.wait_dead(4).await;
    let named: Vec<(&str, &str)> = letters
        .iter()
        .map(|letter| {
            let text = letter["payload"]["text"].as_str();
            let text = text.or(letter["payload"]["message"]["text"].as_str());
            (
                letter["kind"].as_str().expect("a kind"),
                text.expect("a text"),
            )
        })
        .collect();
    let expected = [
        ("event", "nonsense"),
        ("part", "echo: 1"),
        ("part", "echo: 2"),
        ("part", "echo: 4"),
    ];
    assert_eq!(named, expected, "oldest first");
    let id = |index: usize| letters[index]["id"].as_str().expect("an id").to_owned();

    // By pages.
    let mut paged = Vec::new();
    let mut path = "/api/v1/dead-letters?limit=3&channel=courier".to_owned();
    loop {
        let (status, page) = server.get(&path).await;
        assert_eq!(status, StatusCode::OK);
        paged.extend(page["dead_letters"].as_array().expect("a list").clone());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/api/v1/dead-letters?limit=3&channel=courier&after={next}");
    }
    assert_eq!(paged, letters);
    let (status, _) = server.get("/api/v1/dead-letters?channel=nowhere").await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let drop = |id: &str| client().delete(server.at(&format!("/api/v1/dead-letters/{id}")));
    assert_eq!(
        send(drop(&id(1))).await,
        (StatusCode::OK, json!({"dropped": 1}))
    );
    assert_eq!(send(drop(&id(1))).await.0, StatusCode::NOT_FOUND);
    let dropped = server.call(&["dead", "drop", &id(2)]);
    assert!(dropped.status.success(), "{dropped:?}");
    // They outlast the server.
    server.kill();
    server.restart();
    let left: Vec<Value> = server.wait_dead(2).await;
    assert_eq!(left, [letters[0].clone(), letters[3].clone()]);

    platform.takes();
    bot.does(Reply::echo);
    let path = format!("/api/v1/dead-letters/{}/replay", id(3));
    assert_eq!(
        post(&server, &path, json!(null)).await,
        (StatusCode::OK, json!({"replayed": 1}))
    );
    platform.wait_taken(2).await;
    let all = post(
        &server,
        "/api/v1/dead-letters/replay?channel=courier",
        json!(null),
    )
    .await;
    assert_eq!(all, (StatusCode::OK, json!({"replayed": 1})));
    platform.wait_taken(3).await;
    server.wait_dead(0).await;
    assert_eq!(
        platform.texts("c"),
        ["echo: 3", "echo: 4", "echo: nonsense"]
    );
    let posted = platform.posted();
    let last = posted.iter().rfind(|part| part.text() == "echo: 4");
    assert_eq!(
        json!(last.expect("posted").id),
        letters[3]["id"],
        "the same as before"
    );

    // All at once is too much to be said by accident.
    let all = |query: &str| client().delete(server.at(&format!("/api/v1/dead-letters{query}")));
    assert_eq!(send(all("")).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(
        send(all("?all=true")).await,
        (StatusCode::OK, json!({"dropped": 0}))
    );
    let none = server.call(&["dead", "list"]);
    assert_eq!(String::from_utf8_lossy(&none.stdout), "no dead letters\n");
}

#[tokio::test]
async fn a_channel_with_several_accounts_is_named_by_its_label() {
    let platform = Platform::start().await;
    let url = platform.url();
    let server = Builder::new()
        .courier(&platform, "")
        .credentials(&format!(
            "courier.wasm:\n  - account: a\n    url: {url}\n  - account: b\n    url: {url}\n"
        ))
        .start();
    let post = async |channel: &str| {
        let path = format!("/api/v1/conversations/c/messages?channel={channel}");
        post(&server, &path, json!({"text": channel})).await
    };
    let (status, answer) = post("courier").await;
    assert!(status.is_client_error(), "{status}");
    let text = answer["error"]["message"].as_str().expect("a text");
    assert!(
        text.contains("courier/a") && text.contains("courier/b"),
        "{text}"
    );
    assert_eq!(post("courier/b").await.0, StatusCode::ACCEPTED);
    eventually("it is there", async || {
        (platform.texts("c") == ["courier/b"]).then_some(())
    })
    .await;
}
