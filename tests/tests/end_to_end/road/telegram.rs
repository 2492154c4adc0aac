//! Telegram.

use serde_json::{Value, json};
use switchboard_tests::{Answer, Api, Reply, ScriptedBot, python_says};

use super::Road;

static TELEGRAM: Road = Road {
    connector: "telegram",
    secret: "a-secret-token",
    settings: &[
        "access_token: '123456789:AA-token'",
        "verify: echo_bot",
        "secret_token: a-secret-token",
    ],
    base: "",
    delivery: |_, number, text| {
        let update = json!({"update_id": 1000 + number, "message": {
            "message_id": number, "date": 1_700_000_000, "text": text,
            "from": {"id": 77, "is_bot": false, "first_name": "Ann"},
            "chat": {"id": 77, "type": "private", "first_name": "Ann"},
        }});
        ("application/json", update.to_string())
    },
    send: "POST /sendMessage",
    text: "/text",
    authorized: |call| call.path() == "/bot123456789:AA-token/sendMessage",
    too_often: || {
        let error = json!({
            "ok": false, "error_code": 429, "description": "Too Many Requests: retry after 1",
            "parameters": {"retry_after": 1},
        });
        Answer::status(429).saying(&error)
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn main_road() {
    TELEGRAM.walk().await;
}

const LIBRARY: [&str; 1] = ["python-telegram-bot==22.8"];

#[tokio::test]
async fn updates_as_a_library_writes_them() {
    let (api, bot) = (Api::of("telegram").await, ScriptedBot::start().await);
    let server = TELEGRAM.start(&api, &bot, &[]);
    for update in python_says(&LIBRARY, "telegram_updates.py", &[], b"").lines() {
        let delivery = ("application/json", update.to_owned());
        let status = TELEGRAM.deliver(&server, TELEGRAM.secret, delivery).await;
        assert_eq!(status, 200, "{update}");
        // One after the other, be they of one conversation or not.
        server.quiet().await;
    }
    let messages = bot
        .heard()
        .into_iter()
        .filter(|heard| heard.body["type"] == "message");
    let heard: Vec<(String, String)> = messages
        .map(|heard| (heard.conversation, heard.text))
        .collect();
    let heard: Vec<(&str, &str)> = heard
        .iter()
        .map(|(at, text)| (&at[..], &text[..]))
        .collect();
    assert_eq!(
        heard,
        [
            ("77", "h\u{e9}llo \u{1f600}"),
            ("77", "/start"),
            ("77", "look"),
            ("77", ""),
            // In Rasa's words.
            ("77", r#"{"lng":13.4, "lat":52.5}"#),
            ("77", ""),
            ("-1001", "in a topic"),
            ("77", "/affirm"),
            ("77", "h\u{e9}llo"),
        ]
    );
}

#[tokio::test]
async fn keyboards_as_a_library_reads_them() {
    let (api, bot) = (Api::of("telegram").await, ScriptedBot::start().await);
    let server = TELEGRAM.start(&api, &bot, &[]);
    let buttons =
        json!([{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]);
    let across = json!({"text": "Pick:", "buttons": buttons});
    let down = json!({"text": "Pick:", "buttons": buttons, "button_type": "vertical"});
    bot.does(move |_| Reply::Say(vec![across.clone(), down.clone()]));
    TELEGRAM.say(&server, &api, 1, "hi").await;
    let sent = api.wait_for("POST /sendMessage", 2).await;
    let bodies: Vec<Value> = sent.iter().map(switchboard_tests::Call::body).collect();
    let input = json!(bodies).to_string();
    let read = python_says(&LIBRARY, "telegram_markup.py", &[], input.as_bytes());
    let rows: Vec<Value> = read
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let (yes, no) = (json!(["Yes", "/affirm"]), json!(["No", "/deny"]));
    assert_eq!(rows, [json!([[yes, no]]), json!([[yes], [no]])]);
}
