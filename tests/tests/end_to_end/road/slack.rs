//! Slack.

use serde_json::{Value, json};
use switchboard_tests::{Answer, Api, Reply, ScriptedBot, client, now, python_says, slack};

use super::Road;

static SLACK: Road = Road {
    connector: "slack",
    secret: "slack-secret",
    readme: include_str!("../../../../plugins/slack/README.md"),
    variables: &[
        ("SLACK_TOKEN", "xoxb-1-token"),
        ("SLACK_SIGNING_SECRET", "slack-secret"),
    ],
    settings: &[],
    base: "/api",
    delivery: |_, number, text| {
        let event = json!({
            "type": "event_callback", "team_id": "T0TEAM", "event_id": format!("Ev{number}"),
            "authorizations": [{"team_id": "T0TEAM", "user_id": "U0BOT", "is_bot": true}],
            "event": {
                "type": "message", "channel": "D0DIRECT", "channel_type": "im", "user": "U0ANN",
                "text": text, "ts": format!("1700000000.{number:06}"),
            },
        });
        ("application/json", event.to_string())
    },
    send: "POST /api/chat.postMessage",
    text: "/text",
    authorized: |call| call.request.header("authorization") == Some("Bearer xoxb-1-token"),
    too_often: || {
        Answer::status(429)
            .after(1)
            .saying(&json!({"ok": false, "error": "ratelimited"}))
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn main_road() {
    SLACK.walk().await;
}

const SDK: [&str; 1] = ["slack_sdk==3.47.0"];

/// As Slack's own SDK signs, with a secret and at a time.
fn sdk_signs(secret: &str, time: &str, body: &str) -> String {
    let printed = python_says(&SDK, "slack_sign.py", &[secret, time], body.as_bytes());
    printed.trim_end().to_owned()
}

#[tokio::test]
async fn what_slacks_own_sdk_signs_is_taken_and_nothing_else() {
    let (api, bot) = (Api::of("slack").await, ScriptedBot::start().await);
    let server = SLACK.start(&api, &bot, &[]);
    let url = server.at("/webhooks/slack/webhook");
    let time = now().to_string();
    let (json, event) = (SLACK.delivery)(&api, 1, "h\u{e9}llo \u{1f600} <&>");
    let pressed = json!({
        "type": "block_actions", "user": {"id": "U0ANN"}, "channel": {"id": "C1"}, "trigger_id": "1.2.a",
        "message": {"ts": "1700000000.000300"}, "container": {"message_ts": "1700000000.000300"},
        "actions": [{"type": "button", "action_id": "a", "value": "/affirm", "action_ts": "1700000001.000000"}],
    });
    let form = "application/x-www-form-urlencoded";
    let pressed =
        form_urlencoded::byte_serialize(pressed.to_string().as_bytes()).collect::<String>();
    let pressed = format!("payload={pressed}");
    for (kind, body) in [(json, &event), (form, &pressed)] {
        let genuine = sdk_signs(SLACK.secret, &time, body);
        assert_eq!(slack(SLACK.secret, &time, body.as_bytes())[1].1, genuine);
        let old = (now() - 3600).to_string();
        let altered = format!("{body} ");
        for (time, signature, body, status) in [
            (&time, sdk_signs("another", &time, body), body, 401),
            (&time, sdk_signs(SLACK.secret, &old, body), body, 401),
            (&old, sdk_signs(SLACK.secret, &old, body), body, 401),
            (&time, genuine.clone(), &altered, 401),
            (&time, genuine.clone(), body, 200),
        ] {
            let request = client().post(&url).header("content-type", kind);
            let request = request.header("x-slack-request-timestamp", time);
            let request = request
                .header("x-slack-signature", signature)
                .body(body.clone());
            let response = request.send().await.expect("an answer");
            assert_eq!(response.status(), status, "{kind}");
        }
    }
    server.quiet().await;
    let mut heard: Vec<String> = bot.heard().into_iter().map(|heard| heard.text).collect();
    heard.sort();
    assert_eq!(heard, ["/affirm", "h\u{e9}llo \u{1f600} <&>"]);
}

#[tokio::test]
async fn what_is_sent_is_within_the_limits_that_slacks_own_sdk_knows() {
    let (api, bot) = (Api::of("slack").await, ScriptedBot::start().await);
    let server = SLACK.start(&api, &bot, &[]);
    let buttons = |count: usize, length: usize| -> Vec<Value> {
        let button =
            |number| json!({"title": "t".repeat(length), "payload": format!("/b{number}")});
        (0..count).map(button).collect()
    };
    let long = "word ".repeat(1_000);
    for (number, (reply, types)) in [
        (
            json!({"text": "Pick:", "buttons": buttons(2, 3)}),
            "section actions button button",
        ),
        (
            json!({"text": "Pick:", "buttons": buttons(1, 300)}),
            "section actions button",
        ),
        (json!({"image": "https://example.com/cat.png"}), "image"),
    ]
    .into_iter()
    .enumerate()
    {
        let before = api.calls_of(SLACK.send).len();
        let said = reply.clone();
        bot.does(move |_| Reply::Say(vec![said.clone()]));
        SLACK.say(&server, &api, number, "hi").await;
        server.quiet().await;
        let calls = api.calls_of(SLACK.send);
        assert_eq!(calls.len(), before + 1, "{reply}");
        let read = python_says(&SDK, "slack_blocks.py", &[], &calls[before].request.body);
        assert_eq!(read.trim_end(), types, "{reply}");
    }
    // More than a message holds becomes more of them, none with anything wrong.
    let before = api.calls_of(SLACK.send).len();
    bot.does(move |_| Reply::Say(vec![json!({"text": long, "buttons": buttons(12, 200)})]));
    SLACK.say(&server, &api, 9, "hi").await;
    server.quiet().await;
    let calls = api.calls_of(SLACK.send);
    assert!(calls.len() > before + 1, "{calls:#?}");
    for call in &calls[before..] {
        let read = python_says(&SDK, "slack_blocks.py", &[], &call.request.body);
        assert!(!read.contains("wrong"), "{read}");
    }
}
