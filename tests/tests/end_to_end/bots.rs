//! A bot that is down, late or out of its mind, in either dialect; and one that answers later.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};
use switchboard_tests::{
    Builder, Heard, Platform, Reply, ScriptedBot, Switchboard, client, eventually, message,
    python_says,
};

/// `endpoints.yml` for the bot in each of its dialects.
fn dialects(bot: &ScriptedBot, more: &str) -> [String; 2] {
    [bot.webhook(more), bot.rasa(more)]
}

async fn asked_again(server: &Switchboard) {
    eventually("the bot was asked in vain", async || {
        let again = server
            .metric("switchboard_turns_total", &["outcome=\"again\""])
            .await;
        (again >= 1.0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_said_to_a_bot_that_is_down_waits_for_it() {
    let bot = ScriptedBot::start().await;
    for endpoints in dialects(&bot, "") {
        let platform = Platform::start().await;
        let server = Builder::new()
            .courier(&platform, "")
            .endpoints(&endpoints)
            .start();
        bot.down().await;
        for (id, conversation) in [("1", "a"), ("2", "b"), ("3", "a"), ("4", "b")] {
            server.say(id, conversation, id).await;
        }
        asked_again(&server).await;
        assert!(platform.posted().is_empty());
        bot.up().await;
        platform.wait_taken(4).await;
        assert_eq!(platform.texts("a"), ["echo: 1", "echo: 3"]);
        assert_eq!(platform.texts("b"), ["echo: 2", "echo: 4"]);
        assert!(server.dead_letters().await.is_empty());
    }
}

#[tokio::test]
async fn a_bot_that_does_not_answer_in_time_is_asked_again_with_the_same_id() {
    let bot = ScriptedBot::start().await;
    bot.does(|heard| match heard.attempt {
        1 if heard.text == "first" => Reply::Hang,
        _ => Reply::echo(heard),
    });
    for endpoints in dialects(&bot, "timeout: 2s") {
        let platform = Platform::start().await;
        let server = Builder::new()
            .courier(&platform, "")
            .endpoints(&endpoints)
            .start();
        let before = bot.heard().len();
        server.say("m1", "c", "first").await;
        server.say("m2", "c", "second").await;
        platform.wait_taken(2).await;
        assert_eq!(platform.texts("c"), ["echo: first", "echo: second"]);
        let heard = &bot.heard()[before..];
        let told: Vec<(&str, usize)> = heard
            .iter()
            .map(|heard| (&heard.text[..], heard.attempt))
            .collect();
        assert_eq!(told, [("first", 1), ("first", 2), ("second", 1)]);
        assert_eq!(heard[0].id, heard[1].id);
        let life = server.life("m1").await;
        assert_eq!(life["event"]["id"], json!(heard[0].id));
        assert_eq!(life["event"]["state"], "done");
        assert_eq!(life["event"]["attempts"], 1, "in vain");
    }
}

#[tokio::test]
async fn whether_a_late_bot_is_asked_again_is_the_operators_choice() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    bot.does(|heard| match &heard.text[..] {
        "hang" => Reply::Hang,
        _ => Reply::echo(heard),
    });
    let server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook("timeout: 2s\nretry_timeouts: false"))
        .start();
    server.say("m1", "c", "hang").await;
    server.say("m2", "c", "hi").await;
    platform.wait_taken(1).await;
    assert_eq!(platform.texts("c"), ["echo: hi"]);
    let letters = server.wait_dead(1).await;
    let error = letters[0]["error"].as_str().expect("a text");
    assert!(error.contains("did not answer within 2s"), "{error}");
    assert_eq!(bot.heard().len(), 2);
}

#[tokio::test]
async fn a_bot_that_stays_away_is_given_up_on_in_time() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    bot.does(|heard| match &heard.text[..] {
        "fail" => Reply::Status(500),
        _ => Reply::echo(heard),
    });
    let server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook("retry_for: 2s"))
        .start();
    server.say("m1", "c", "fail").await;
    server.say("m2", "c", "hi").await;
    platform.wait_taken(1).await;
    assert_eq!(platform.texts("c"), ["echo: hi"]);
    let letters = server.wait_dead(1).await;
    assert_eq!(letters[0]["kind"], "event");
    assert_eq!(letters[0]["state"], "dead");
    let error = letters[0]["error"].as_str().expect("a text");
    assert!(error.contains("500"), "{error}");
    assert_eq!(bot.texts("c"), ["fail", "fail", "hi"]);
}

/// Puts back what died, by the program or by the API.
type Replay = fn(&mut Switchboard, &str);

fn beside_the_server(server: &mut Switchboard, id: &str) {
    replay_by_the_program(server, id);
}

fn while_it_is_stopped(server: &mut Switchboard, id: &str) {
    server.terminate();
    assert_eq!(server.wait(), Some(0));
    replay_by_the_program(server, id);
    server.restart();
}

fn replay_by_the_program(server: &Switchboard, id: &str) {
    let listed = server.call(&["dead", "list"]);
    let list = String::from_utf8_lossy(&listed.stdout);
    assert!(listed.status.success() && list.contains(id), "{listed:?}");
    let explained = server.call(&["explain", id]);
    let life = String::from_utf8_lossy(&explained.stdout);
    assert!(explained.status.success(), "{explained:?}");
    assert!(life.contains("dead letter"), "{life}");
    let replayed = server.call(&["dead", "replay", id]);
    assert!(replayed.status.success(), "{replayed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_makes_no_sense_is_a_dead_letter_that_can_be_replayed() {
    let bot = ScriptedBot::start().await;
    let [webhook, rasa] = dialects(&bot, "retry_for: 0s");
    let cases: [(&str, Reply, &str, &String, Replay); 4] = [
        (
            "garbage",
            Reply::Raw(b"<html>not json".into()),
            "JSON",
            &webhook,
            beside_the_server,
        ),
        (
            "garbage",
            Reply::Raw(b"{\"text\": 3".into()),
            "JSON",
            &rasa,
            while_it_is_stopped,
        ),
        (
            "50 MB",
            Reply::Bytes(50 << 20),
            "more than 8388608 bytes",
            &webhook,
            while_it_is_stopped,
        ),
        ("half", Reply::Cut, "broke off", &rasa, beside_the_server),
    ];
    for (what, reply, why, endpoints, replay) in cases {
        let platform = Platform::start().await;
        let mut server = Builder::new()
            .courier(&platform, "")
            .endpoints(endpoints)
            .start();
        bot.does(move |heard| match &heard.text[..] {
            "hi" => Reply::echo(heard),
            _ => reply.clone(),
        });
        server.say("m1", "c", what).await;
        server.say("m2", "c", "hi").await;
        platform.wait_taken(1).await;
        assert_eq!(platform.texts("c"), ["echo: hi"]);
        let letters = server.wait_dead(1).await;
        let letter = &letters[0];
        assert_eq!(
            (&letter["kind"], &letter["state"]),
            (&json!("event"), &json!("dead"))
        );
        assert_eq!(letter["payload"]["message"]["text"], what);
        let error = letter["error"].as_str().expect("a text");
        assert!(error.contains(why), "{error}");

        bot.does(Reply::echo);
        let before = bot.heard().len();
        replay(&mut server, letter["id"].as_str().expect("an id"));
        platform.wait_taken(2).await;
        assert_eq!(platform.texts("c")[1], format!("echo: {what}"));
        assert_eq!(json!(bot.heard()[before].id), letter["id"]);
        server.quiet().await;
        assert!(server.dead_letters().await.is_empty());
    }
}

#[tokio::test]
async fn a_bot_may_answer_later() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    bot.does(|_| Reply::Status(202));
    let server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook(""))
        .start();
    server.say("m1", "c", "hi").await;
    let heard = bot.wait_for(1).await.remove(0);
    server.quiet().await;
    assert!(platform.posted().is_empty());
    let (status, posted) = post_parts(&server, &heard).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{posted}");
    let taken = platform.wait_taken(2).await;
    assert_eq!(platform.texts("c"), ["here it is", "and more"]);
    let ids: Vec<Value> = taken.iter().map(|part| json!(part.id)).collect();
    assert_eq!(posted["ids"], json!(ids));
}

async fn post_parts(server: &Switchboard, heard: &Heard) -> (StatusCode, Value) {
    let data = &heard.body["data"];
    let path = format!(
        "/api/v1/conversations/{}/messages",
        data["conversation"].as_str().expect("a text")
    );
    let body = json!({
        "channel": data["channel"],
        "messages": [{"text": "here it is"}, {"text": "and more"}],
    });
    let request = client().post(server.at(&path)).body(body.to_string());
    let response = request
        .header("content-type", "application/json")
        .send()
        .await
        .expect("an answer");
    let status = response.status();
    let bytes = response.bytes().await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::test]
async fn what_is_no_message_is_told_to_the_bot_as_well() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    bot.does(|heard| match heard.body["type"].as_str() {
        Some("event") => Reply::text("welcome"),
        _ => Reply::echo(heard),
    });
    let server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook(""))
        .start();
    let other = json!({"type": "other", "id": "o1", "conversation": "c", "name": "member-joined", "data": {"who": "u"}});
    let delivery = json!({"events": [message("m1", "c", "hi"), other, message("m2", "c", "ho")]});
    assert_eq!(server.deliver(&delivery).await.0, StatusCode::OK);
    platform.wait_taken(3).await;
    assert_eq!(platform.texts("c"), ["echo: hi", "welcome", "echo: ho"]);
    let data = &bot.heard()[1].body["data"];
    assert_eq!(
        (
            &data["name"],
            &data["data"],
            &data["channel"],
            &data["platform_id"]
        ),
        (
            &json!("member-joined"),
            &json!({"who": "u"}),
            &json!("courier"),
            &json!("o1")
        )
    );
}

#[tokio::test]
async fn a_question_takes_its_turn_among_what_was_accepted() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    bot.does(|heard| match &heard.text[..] {
        "held" => Reply::SayAtGate(vec![json!({"text": "let go"})]),
        _ => Reply::echo(heard),
    });
    let server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook(""))
        .start();
    let ask = async |path: &str, question: Value| {
        let response = server.post(path, question.to_string()).await;
        assert_eq!(response.status(), StatusCode::OK);
        let bytes = response.bytes().await.expect("a body");
        serde_json::from_slice::<Value>(&bytes).expect("JSON")
    };
    server.say("m1", "c", "held").await;
    bot.wait_for(1).await;
    let question = json!({"conversation": "c", "text": "asked"});
    let asked = ask("/webhooks/courier/ask", question);
    let meanwhile = async {
        // Neither another conversation waits for it, nor one of this name on another channel.
        let question = json!({"conversation": "d", "text": "hi"});
        assert_eq!(
            ask("/webhooks/courier/ask", question).await,
            json!(["echo: hi"])
        );
        let question = json!({"sender": "c", "message": "hi"});
        ask("/webhooks/rest/webhook", question).await;
        assert_eq!(bot.texts("c"), ["held", "hi"]);
        bot.open(1);
    };
    let (answer, ()) = tokio::join!(asked, meanwhile);
    assert_eq!(answer, json!(["echo: asked"]));
    assert_eq!(bot.texts("c"), ["held", "hi", "asked"]);
}

#[tokio::test]
async fn one_channel_does_not_take_all_of_the_bots_time() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    bot.does(|heard| match &heard.text[..] {
        "held" => Reply::SayAtGate(vec![]),
        _ => Reply::echo(heard),
    });
    let url = platform.url();
    let server = Builder::new()
        .courier(&platform, "")
        .credentials(&format!(
            "courier.wasm:\n  - account: loud\n    url: {url}\n    limits:\n      queue: 5\n  - account: calm\n    \
             url: {url}\n"
        ))
        .endpoints(&bot.webhook("concurrency: 2"))
        .start();
    let deliver = async |account: &str, conversation: &str, text: &str| {
        let events = json!({"events": [message(conversation, conversation, text)]});
        let path = format!("/webhooks/courier/{account}/webhook");
        let response = server.post(&path, events.to_string()).await;
        let after = response.headers().get(RETRY_AFTER);
        assert_eq!(response.status() == 503, after.is_some());
        response.status()
    };
    for number in 0..5 {
        let taken = deliver("loud", &format!("l{number}"), "held").await;
        assert_eq!(taken, StatusCode::OK);
    }
    let over = deliver("loud", "l5", "held").await;
    assert_eq!(over, StatusCode::SERVICE_UNAVAILABLE);
    for number in 0..5 {
        let taken = deliver("calm", &format!("c{number}"), "hi").await;
        assert_eq!(taken, StatusCode::OK);
    }
    platform.wait_taken(5).await;
    let held = bot
        .heard()
        .iter()
        .filter(|heard| heard.text == "held")
        .count();
    assert_eq!(held, 2, "as many as may at a time");
    bot.open(5);
    server.quiet().await;
    assert_eq!(bot.heard().len(), 10);
}

/// With the library that the scheme's authors give to those who receive webhooks.
#[tokio::test(flavor = "multi_thread")]
async fn the_schemes_own_library_verifies_what_the_bot_gets() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    let server = Builder::new()
        .courier(&platform, "")
        .endpoints(&bot.webhook(""))
        .start();
    server.say("m1", "c", "hello, wörld").await;
    let heard = bot.wait_for(1).await.remove(0);
    let headers = heard.headers.iter().map(|(name, value)| {
        let value = value.to_str().expect("a text");
        (name.to_string(), json!(value))
    });
    let call = json!({
        "secret": ScriptedBot::secret(),
        "headers": headers.collect::<serde_json::Map<_, _>>(),
        "body": STANDARD.encode(&heard.bytes),
    });
    let packages = ["standardwebhooks==1.0.0"];
    let call = call.to_string();
    let printed = python_says(&packages, "standard_webhooks.py", &[], call.as_bytes());
    assert_eq!(printed, "verified message\nanother body is not\n");
}
