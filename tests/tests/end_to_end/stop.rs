//! A stop finishes what is in flight, within a bound. Several threads: one waits for the process to end.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::StatusCode;
use serde_json::json;
use switchboard_tests::{
    Answer, Bot, Builder, Platform, Recorder, Reply, ScriptedBot, Switchboard, client, eventually,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_flight_is_finished() {
    let bot = Bot::start().await;
    let mut server = Switchboard::rest(&bot);
    let url = server.at("/webhooks/rest/webhook?stream=true");
    let body = json!({"sender": "u", "message": "gate"}).to_string();
    let response = client()
        .post(&url)
        .body(body)
        .send()
        .await
        .expect("an answer");
    let mut pieces = response.bytes_stream();
    pieces.next().await.expect("a piece").expect("no error");
    server.terminate();
    let _ = server.logged("stopping");
    bot.open_gate();
    let second = pieces.next().await.expect("a piece").expect("no error");
    assert!(second.starts_with(b"{\"recipient_id\":\"u\",\"text\":\"second\"}"));
    assert!(pieces.next().await.is_none());
    assert_eq!(server.wait(), Some(0));
    let refused = client().post(&url).body("{}").send().await;
    assert!(
        refused.is_err_and(|error| error.is_connect()),
        "it no longer listens"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_is_answered() {
    let target = Recorder::start().await;
    let mut server = Builder::new()
        .credentials(&format!("callback:\n  url: {}\n", target.url()))
        .start();
    let url = server.at("/webhooks/callback/webhook");
    for number in 0..20 {
        let body = json!({"sender": number.to_string(), "message": "multi"}).to_string();
        let response = client()
            .post(&url)
            .body(body)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
    }
    server.terminate();
    assert_eq!(server.wait(), Some(0));
    assert_eq!(target.requests().len(), 60, "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_bounded() {
    let bot = Bot::start().await;
    let mut server = Builder::new()
        .credentials("rest:\n")
        .endpoints(&bot.endpoints().replace("5s", "1h"))
        .argument("--shutdown-timeout=0")
        .start();
    let url = server.at("/webhooks/rest/webhook");
    let body = json!({"sender": "u", "message": "hang"}).to_string();
    let asked = tokio::spawn(client().post(&url).body(body).send());
    while bot.heard().is_empty() {
        tokio::task::yield_now().await;
    }
    server.terminate();
    assert_eq!(server.wait(), Some(1));
    assert!(server.logged("cut off").contains("WARN"));
    assert!(asked.await.expect("no panic").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_is_cut_off_by_a_stop_counts_as_not_asked() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    bot.does(|_| Reply::Hang);
    let mut server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook(""))
        // Time for connections on which nothing is asked to be closed, and none for the bot.
        .argument("--shutdown-timeout=1")
        .start();
    server.say("m1", "c", "first").await;
    server.say("m2", "c", "second").await;
    let asked = bot.wait_for(1).await.remove(0);
    server.terminate();
    // It is no loss.
    assert_eq!(server.wait(), Some(0), "{}", server.log());
    // The store tells, while no server runs.
    let explained = server.call(&["explain", "m1"]);
    let life = String::from_utf8_lossy(&explained.stdout);
    assert!(life.contains("its turn has come"), "{life}");

    bot.does(Reply::echo);
    server.restart();
    platform.wait_taken(2).await;
    assert_eq!(platform.texts("c"), ["echo: first", "echo: second"]);
    server.quiet().await;
    let life = server.life("m1").await;
    assert_eq!(life["event"]["attempts"], 0, "{life:#}");
    assert_eq!(life["event"]["id"], json!(asked.id));
    assert!(server.dead_letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_the_bot_finish_and_its_answer_leave() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    bot.does(|heard| match &heard.text[..] {
        "slow" => Reply::SayAtGate(vec![json!({"text": "one"}), json!({"text": "two"})]),
        _ => Reply::echo(heard),
    });
    let mut server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook(""))
        .start();
    server.say("m1", "c", "slow").await;
    server.say("m2", "c", "waits").await;
    bot.wait_for(1).await;
    server.terminate();
    let _ = server.logged("stopping");
    bot.open(1);
    assert_eq!(server.wait(), Some(0), "{}", server.log());
    assert_eq!(platform.texts("c")[..2], ["one", "two"]);
    // Whether the next one had its turn before the end or has it now, it has one.
    server.restart();
    platform.wait_taken(3).await;
    server.quiet().await;
    assert_eq!(platform.texts("c"), ["one", "two", "echo: waits"]);
    assert_eq!(bot.texts("c"), ["slow", "waits"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_while_something_is_to_be_tried_again_spends_no_attempt() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    bot.does(|heard| match (&heard.text[..], heard.attempt) {
        ("deaf", 1) => Reply::Status(500),
        _ => Reply::echo(heard),
    });
    platform.does(|part| match (part.text(), part.attempt) {
        ("echo: stuck", 1) => Answer::status(503).after(2),
        _ => Answer::Take,
    });
    let mut server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook(""))
        .start();
    server.say("m1", "a", "stuck").await;
    server.say("m2", "b", "deaf").await;
    let first = platform.wait_posted(1).await.remove(0);
    eventually("both are to be tried again", async || {
        let again = server
            .metric("switchboard_turns_total", &["outcome=\"again\""])
            .await;
        let retry = server.metric("switchboard_send_failures_total", &[]).await;
        ((again, retry) == (1.0, 1.0)).then_some(())
    })
    .await;
    server.terminate();
    // It does not wait for what is to be tried again.
    assert_eq!(server.wait(), Some(0), "{}", server.log());
    server.restart();
    let taken = platform.wait_taken(2).await;
    let stuck = taken.iter().find(|part| part.to == "a").expect("taken");
    assert_eq!((stuck.attempt, &stuck.id), (2, &first.id));
    // What the platform asked for is kept over the restart.
    let pause = stuck.at.duration_since(first.at);
    assert!(pause >= Duration::from_millis(1_995), "{pause:?}");
    server.quiet().await;
    assert_eq!(server.life("m2").await["event"]["attempts"], 1);
    assert_eq!(bot.heard().len(), 3);
}
