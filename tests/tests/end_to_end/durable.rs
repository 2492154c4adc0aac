//! What was taken is on disk: not twice, not lost, and in order.

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use switchboard_tests::{Answer, Builder, Platform, Reply, ScriptedBot, eventually, message};

#[tokio::test]
async fn copies_of_an_event_are_one_turn() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    let mut server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook(""))
        .start();
    let copy = json!({"events": [message("m1", "c", "once")]});
    for (status, body) in join_all((0..64).map(|_| server.deliver(&copy))).await {
        assert_eq!((status, body), (StatusCode::OK, json!({"taken": 1})));
    }
    // The same within one delivery.
    let pair = json!({"events": [message("m2", "c", "twins"), message("m2", "c", "twins")]});
    assert_eq!(server.deliver(&pair).await.0, StatusCode::OK);
    // Had there been other turns, they would stand before this one.
    server.say("m3", "c", "after").await;
    platform.wait_taken(3).await;
    server.quiet().await;

    server.kill();
    server.restart();
    assert_eq!(server.deliver(&copy).await.0, StatusCode::OK);
    server.say("m4", "c", "last").await;
    platform.wait_taken(4).await;
    assert_eq!(bot.texts("c"), ["once", "twins", "after", "last"]);
    assert_eq!(
        platform.texts("c"),
        ["echo: once", "echo: twins", "echo: after", "echo: last"]
    );
}

#[tokio::test]
async fn the_same_id_elsewhere_is_another_event() {
    let platform = Platform::start().await;
    let url = platform.url();
    let server = Builder::new()
        .courier(&platform, "")
        .credentials(&format!(
            "courier.wasm:\n  - account: a\n    url: {url}\n  - account: b\n    url: {url}\n"
        ))
        .start();
    let delivery = json!({"events": [message("m1", "c", "hi")]}).to_string();
    for path in ["a", "b", "a", "b"] {
        let path = format!("/webhooks/courier/{path}/webhook");
        let response = server.post(&path, delivery.clone()).await;
        assert_eq!(response.status(), StatusCode::OK);
    }
    server.quiet().await;
    assert_eq!(platform.texts("c"), ["echo: hi", "echo: hi"]);
}

#[tokio::test]
async fn an_event_without_an_id_is_never_a_repetition() {
    let platform = Platform::start().await;
    let server = Builder::new().courier(&platform, "").start();
    let anonymous = json!({"type": "message", "conversation": "c", "text": "hi"});
    let three = json!({"events": [anonymous, anonymous, anonymous]});
    let sent = join_all((0..4).map(|_| server.deliver(&three))).await;
    assert!(sent.iter().all(|(status, _)| *status == StatusCode::OK));
    platform.wait_taken(12).await;
    server.quiet().await;
    assert_eq!(platform.texts("c"), vec!["echo: hi"; 12]);
}

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_answered_in_order() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    let mut server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook(""))
        .start();
    bot.does(|_| Reply::Hang);
    for number in 0..5 {
        server
            .say(&format!("a{number}"), "a", &format!("{number}"))
            .await;
        server
            .say(&format!("b{number}"), "b", &format!("{number}"))
            .await;
    }
    let cut_off = bot.wait_for(2).await;
    server.kill();
    bot.does(Reply::echo);
    server.restart();
    platform.wait_taken(10).await;
    let expected: Vec<String> = (0..5).map(|number| format!("echo: {number}")).collect();
    assert_eq!(platform.texts("a"), expected);
    assert_eq!(platform.texts("b"), expected);
    // The bot can tell that it was asked before.
    let heard = bot.heard();
    for first in cut_off {
        let tries = heard.iter().filter(|again| again.id == first.id).count();
        assert_eq!(tries, 2, "{first:?}");
    }
    assert_eq!(heard.len(), 12);
}

#[tokio::test]
async fn what_the_bot_said_before_a_kill_goes_out_in_order() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    let mut server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook(""))
        .start();
    bot.does(|heard| {
        let texts = ["one", "two", "three"];
        let said = texts.map(|text| json!({"text": format!("{} {text}", heard.text)}));
        Reply::Say(said.into())
    });
    platform.does(|_| Answer::status(503));
    server.say("m1", "c", "first").await;
    server.say("m2", "c", "second").await;
    platform.wait_posted(1).await;
    bot.wait_for(2).await;
    // All of it is on record, and the bot is not there to be asked again.
    eventually("both turns are over", async || {
        let turns = server.metric("switchboard_turns_waiting", &[]).await;
        (turns == 0.0).then_some(())
    })
    .await;
    server.kill();
    bot.down().await;
    platform.takes();
    server.restart();
    platform.wait_taken(6).await;
    assert_eq!(
        platform.texts("c"),
        [
            "first one",
            "first two",
            "first three",
            "second one",
            "second two",
            "second three"
        ]
    );
}

#[tokio::test]
async fn one_delivery_is_taken_whole_and_in_its_order() {
    let platform = Platform::start().await;
    let server = Builder::new().courier(&platform, "").start();
    let events: Vec<_> = (0..300)
        .map(|number| message(&format!("m{number}"), "c", &number.to_string()))
        .collect();
    let (status, body) = server.deliver(&json!({"events": events})).await;
    assert_eq!((status, body), (StatusCode::OK, json!({"taken": 300})));
    platform.wait_taken(300).await;
    let expected: Vec<String> = (0..300).map(|number| format!("echo: {number}")).collect();
    assert_eq!(platform.texts("c"), expected);
}

#[tokio::test]
async fn of_what_was_on_its_way_at_a_kill_the_channel_decides() {
    for (policy, posts) in [("resend", 2), ("park", 1)] {
        let platform = Platform::start().await;
        platform.does(|part| match part.text() {
            "echo: one" => Answer::TakeAtGate,
            _ => Answer::Take,
        });
        let more = format!("on_unknown: {policy}");
        let mut server = Builder::new().courier(&platform, &more).start();
        server.say("m1", "c", "one").await;
        server.say("m2", "c", "two").await;
        let first = platform.wait_posted(1).await.remove(0);
        server.kill();
        platform.takes();
        server.restart();
        let posted = platform.wait_posted(posts + 1).await;
        server.quiet().await;
        assert_eq!(posted[posts].text(), "echo: two");
        assert_eq!(platform.posted().len(), posts + 1);
        let sent_again = &posted[1..posts];
        assert!(
            sent_again
                .iter()
                .all(|part| part.id == first.id && part.attempt == 2)
        );

        // It is on record, and counted.
        let unknown = server
            .metric("switchboard_parts_unknown_total", &["channel=\"courier\""])
            .await;
        assert_eq!(unknown, 1.0, "{policy}");
        let dead = server
            .metric(
                "switchboard_dead_total",
                &["channel=\"courier\"", "kind=\"part\""],
            )
            .await;
        let letters = server.dead_letters().await;
        assert_eq!(letters.len(), 2 - posts, "{policy}");
        assert_eq!(dead, letters.len() as f64, "{policy}");
        let life = server.life(&first.id).await;
        let explanation = life["explanation"].as_str().expect("a text");
        assert!(
            explanation.contains("it may or may not have gone out"),
            "{explanation}"
        );
        let line = server.logged("may or may not have gone out");
        assert!(
            line.contains(if policy == "park" { "ERROR" } else { "WARN" }),
            "{line}"
        );
    }
}
