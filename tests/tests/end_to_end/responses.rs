//! Words that the bot only names, chosen for the channel.

use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard_tests::{Builder, Platform, Reply, ScriptedBot, Switchboard};

const RESPONSES: &str = r#"
responses:
  utter_greet:
  - text: "Hello {name}, you have {count} parcels.\n\nBye"
  - text: "Your courier greets {name} ({count})."
    channel: courier
  utter_ask:
  - condition:
    - type: slot
      name: formal
      value: true
    text: "Would you, {title}?"
  - text: "Will you?"
    buttons:
    - title: "Yes, {title}"
      payload: '/affirm{{"who": "{title}"}}'
    - title: "No"
      payload: /deny
"#;

async fn rest(server: &Switchboard, text: &str) -> Value {
    let body = json!({"sender": "u", "message": text}).to_string();
    let response = server.post("/webhooks/rest/webhook", body).await;
    assert_eq!(response.status(), StatusCode::OK);
    let bytes = response.bytes().await.expect("a body");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[tokio::test]
async fn the_channel_says_it_in_its_own_words() {
    let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
    bot.does(|heard| match &heard.text[..] {
        "greet" => Reply::Say(vec![
            json!({"response": "utter_greet", "name": "Ann", "slots": {"count": 3}}),
        ]),
        "ask" => Reply::Say(vec![
            json!({"response": "utter_ask", "slots": {"title": "Ms A", "formal": false}}),
        ]),
        "formally" => Reply::Say(vec![
            json!({"response": "utter_ask", "slots": {"title": "Ms A", "formal": true}}),
        ]),
        _ => Reply::Say(vec![
            json!({"response": "utter_nothing"}),
            json!({"text": "but this"}),
        ]),
    });
    let server = Builder::new()
        .courier(&platform, "")
        .file("responses.yml", RESPONSES.as_bytes())
        .endpoints(&format!("{}responses: responses.yml\n", bot.webhook("")))
        .start();
    let say = async |text: &str| server.say(text, "c", text).await;

    say("greet").await;
    let taken = platform.wait_taken(1).await;
    assert_eq!(taken[0].text(), "Your courier greets Ann (3).");
    assert_eq!(
        rest(&server, "greet").await,
        json!([
            {"recipient_id": "u", "text": "Hello Ann, you have 3 parcels."},
            {"recipient_id": "u", "text": "Bye"}
        ])
    );

    say("ask").await;
    let taken = platform.wait_taken(2).await;
    assert_eq!(taken[1].text(), "Will you?");
    assert_eq!(
        taken[1].body["buttons"],
        json!([
            {"title": "Yes, Ms A", "payload": "/affirm{\"who\": \"Ms A\"}"},
            {"title": "No", "payload": "/deny"}
        ])
    );
    say("formally").await;
    let taken = platform.wait_taken(3).await;
    assert_eq!(taken[2].text(), "Would you, Ms A?");

    // One that is not there costs itself alone.
    say("unknown").await;
    let taken = platform.wait_taken(4).await;
    assert_eq!(taken[3].text(), "but this");
    let line = server.logged("utter_nothing");
    assert!(line.contains("ERROR"), "{line}");
}

#[tokio::test]
async fn what_is_sent_unasked_may_name_them_too() {
    let platform = Platform::start().await;
    let server = Builder::new()
        .courier(&platform, "")
        .file("responses.yml", RESPONSES.as_bytes())
        .endpoints("responses: responses.yml\n")
        .start();
    let body = json!({"channel": "courier", "messages": [{"response": "utter_greet", "name": "Bo", "count": 1}]});
    let response = server
        .post("/api/v1/conversations/c/messages", body.to_string())
        .await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let taken = platform.wait_taken(1).await;
    assert_eq!(taken[0].text(), "Your courier greets Bo (1).");
}
