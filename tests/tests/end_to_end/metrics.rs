//! Numbers for Prometheus: those that README names, and they move.

use std::collections::BTreeSet;

use serde_json::json;
use switchboard_tests::{
    Answer, Builder, Platform, Reply, ScriptedBot, Switchboard, client, eventually,
};

const COURIER: &str = "channel=\"courier\"";

#[tokio::test]
async fn they_count_what_happens() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    let credentials = format!(
        "rest:\nsocketio:\ncourier.wasm:\n  url: {}\n  limits: {{ queue: 2 }}\n",
        platform.url()
    );
    let server = Builder::new()
        .courier(&platform, "")
        .credentials(&credentials)
        .endpoints(&bot.webhook(""))
        .start();
    let counts = async |name: &str, labels: &[&str]| {
        let labels: Vec<&str> = labels.iter().chain(&[COURIER]).copied().collect();
        server.metric(&format!("switchboard_{name}"), &labels).await
    };
    bot.does(|heard| match &heard.text[..] {
        "held" => Reply::SayAtGate(vec![]),
        "nonsense" => Reply::Raw(b"?".into()),
        _ => Reply::echo(heard),
    });
    platform.does(|part| match (part.text(), part.attempt) {
        ("echo: bad", _) => Answer::status(400),
        ("echo: slow", 1) => Answer::status(429).with("x-scope", "conversation"),
        _ => Answer::Take,
    });
    server.say("m1", "a", "good").await;
    server.say("m1", "a", "good").await;
    server.quiet().await;
    server.say("m2", "a", "bad").await;
    server.quiet().await;
    server.say("m3", "a", "nonsense").await;
    server.quiet().await;
    server.say("m4", "b", "slow").await;
    platform.wait_posted(3).await;
    assert_eq!(counts("parts_waiting", &[]).await, 1.0);
    server.quiet().await;

    assert_eq!(counts("events_received_total", &[]).await, 5.0);
    assert_eq!(counts("events_accepted_total", &[]).await, 4.0);
    assert_eq!(counts("events_duplicate_total", &[]).await, 1.0);
    assert_eq!(counts("turns_total", &["outcome=\"answered\""]).await, 3.0);
    assert_eq!(counts("turns_total", &["outcome=\"dead\""]).await, 1.0);
    assert_eq!(counts("parts_sent_total", &[]).await, 2.0);
    assert_eq!(
        counts("send_failures_total", &["reason=\"permanent\""]).await,
        1.0
    );
    assert_eq!(
        counts("send_failures_total", &["reason=\"rate_limited\""]).await,
        1.0
    );
    assert_eq!(counts("dead_total", &["kind=\"part\""]).await, 1.0);
    assert_eq!(counts("dead_total", &["kind=\"event\""]).await, 1.0);
    assert_eq!(counts("dead_letters", &[]).await, 2.0);
    for (name, count) in [
        ("accept", 5.0),
        ("lane_wait", 4.0),
        ("turn", 4.0),
        ("send", 4.0),
    ] {
        assert_eq!(
            counts(&format!("{name}_seconds_count"), &[]).await,
            count,
            "{name}"
        );
        assert!(
            counts(&format!("{name}_seconds_sum"), &[]).await > 0.0,
            "{name}"
        );
    }

    // What waits, and what finds no room.
    server.say("m5", "c", "held").await;
    server.say("m6", "c", "held").await;
    bot.wait_for(5).await;
    assert_eq!(counts("turns_waiting", &[]).await, 2.0);
    let third = json!({"events": [switchboard_tests::message("m7", "d", "no room")]});
    assert_eq!(server.deliver(&third).await.0.as_u16(), 503);
    assert_eq!(counts("events_refused_total", &[]).await, 1.0);
    bot.open(2);
    server.quiet().await;
    assert_eq!(server.deliver(&third).await.0.as_u16(), 200);
    platform.wait_taken(3).await;

    // Those who wait for the answer are counted as well.
    let asked = json!({"sender": "u", "message": "hi"}).to_string();
    server.post("/webhooks/rest/webhook", asked).await;
    eventually("it is counted", async || {
        let asked = ["channel=\"rest\"", "outcome=\"asked\""];
        let asked = server.metric("switchboard_turns_total", &asked).await;
        (asked == 1.0).then_some(())
    })
    .await;

    // A platform that is down, and one that does not say whether it has what it was sent.
    platform.does(|part| match &part.to[..] {
        "cut" => Answer::TakeAndCut,
        _ => Answer::status(503),
    });
    for conversation in ["cut", "1", "2", "3", "4"] {
        server.say(conversation, conversation, "hi").await;
    }
    eventually("the platform is taken to be down", async || {
        (counts("platform_down", &[]).await == 1.0).then_some(())
    })
    .await;
    assert_eq!(counts("parts_unknown_total", &[]).await, 1.0);
    readme_names_all_of_them_and_no_other(&server).await;
}

async fn readme_names_all_of_them_and_no_other(server: &Switchboard) {
    let response = client().get(server.at("/metrics")).send().await;
    let response = response.expect("an answer");
    let kind = response.headers()["content-type"].to_str().expect("a text");
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = response.text().await.expect("a text");
    assert!(text.ends_with("# EOF\n"), "{text}");
    let typed = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let exported: BTreeSet<String> = typed
        .map(
            |line| match line.split_once(' ').expect("a name and a type") {
                (name, "counter") => format!("{name}_total"),
                (name, _) => name.to_owned(),
            },
        )
        .collect();
    let readme = include_str!("../../../README.md");
    let quoted = readme.split('`').skip(1).step_by(2);
    let named: BTreeSet<String> = quoted
        .filter(|text| text.starts_with("switchboard_"))
        .map(str::to_owned)
        .collect();
    assert_eq!(exported, named);
}
