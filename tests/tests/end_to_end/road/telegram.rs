//! Telegram.

use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard_tests::{Answer, Api, Builder, Reply, ScriptedBot, client, python_says};

use super::Road;

static TELEGRAM: Road = Road {
    connector: "telegram",
    secret: "a-secret-token",
    readme: include_str!("../../../../plugins/telegram/README.md"),
    variables: &[("TELEGRAM_TOKEN", "123456789:AA-token")],
    settings: &["secret_token: a-secret-token"],
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

#[tokio::test]
async fn the_webhook_is_registered_at_every_start_with_a_secret() {
    let (api, bot) = (Api::of("telegram").await, ScriptedBot::start().await);
    let token = "123456789:AA-token";
    let settings = format!(
        "telegram:\n  access_token: '{token}'\n  api_url: {}\n",
        api.url()
    );
    let mut server = Builder::new()
        .credentials(&settings)
        .endpoints(&bot.webhook(""))
        .argument("--public-url=https://bot.example.com")
        .argument("--auth-token=admin")
        .start();
    let told = api.wait_for("POST /setWebhook", 1).await[0].body();
    assert_eq!(
        told["url"],
        "https://bot.example.com/webhooks/telegram/webhook"
    );
    let secret = told["secret_token"].as_str().expect("a secret");
    assert!(secret.len() >= 32 && !secret.contains(token), "{secret}");
    // What bears the secret is Telegram's, and nothing else.
    let update = |number| (TELEGRAM.delivery)(&api, number, "hi");
    assert_eq!(TELEGRAM.deliver(&server, "another", update(1)).await, 401);
    assert_eq!(TELEGRAM.deliver(&server, "", update(1)).await, 401);
    assert_eq!(TELEGRAM.deliver(&server, secret, update(1)).await, 200);
    super::registered(&server).await;
    server.restart();
    super::registered(&server).await;
    let again = api.wait_for("POST /setWebhook", 2).await[1].body();
    assert_eq!(again, told);
    assert_eq!(TELEGRAM.deliver(&server, secret, update(2)).await, 200);
    bot.wait_for(2).await;

    // Rasa's users know this address. Here it is the operator's alone.
    let asked = async |query: &str| {
        let url = server.at(&format!("/webhooks/telegram/set_webhook{query}"));
        client().get(url).send().await.expect("an answer").status()
    };
    assert_eq!(asked("").await, StatusCode::UNAUTHORIZED);
    assert_eq!(api.calls_of("POST /setWebhook").len(), 2);
    assert_eq!(asked("?token=admin").await, StatusCode::OK);
    assert_eq!(api.calls_of("POST /setWebhook").len(), 3);
}

#[tokio::test]
async fn it_is_shown_that_the_bot_is_typing() {
    let (api, bot) = (Api::of("telegram").await, ScriptedBot::start().await);
    bot.does(|_| Reply::SayAtGate(vec![json!({"text": "at last"})]));
    let server = TELEGRAM.start(&api, &bot, &["typing: true"]);
    TELEGRAM.say(&server, &api, 1, "hi").await;
    let shown = api.wait_for("POST /sendChatAction", 1).await;
    assert_eq!(shown[0].body()["action"], "typing");
    bot.open(1);
    api.wait_for(TELEGRAM.send, 1).await;
    TELEGRAM.answered(&api, &["at last"]);
}
