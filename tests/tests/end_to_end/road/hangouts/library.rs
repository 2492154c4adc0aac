//! Google's own libraries: one signs tokens and says which it believes, the other knows what a message is.

use serde_json::{Value, json};
use switchboard_tests::{Api, Reply, ScriptedBot, Signer, now, python_says};

use super::{HANGOUTS, PROJECT, answer, posted, said};

/// The keys are read by PyJWT.
const AUTH: [&str; 4] = [
    "google-auth==2.62.2",
    "pyjwt==2.15.1",
    "cryptography==50.0.2",
    "requests==2.34.2",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_it_believes_is_believed_and_nothing_else() {
    let (api, bot) = (Api::of("hangouts").await, ScriptedBot::start().await);
    let endpoint = "https://bot.example.com/webhooks/hangouts/webhook";
    let by_address = [
        &format!("endpoint_url: {endpoint}"),
        &format!("accounts_keys_url: {}/keys", api.url()),
    ];
    let by_address = by_address.map(|line| &line[..]);
    let server = HANGOUTS.start(&api, &bot, &by_address);
    let (platform, forger) = (Signer::platform(), Signer::forger());
    let told = json!({
        "url": format!("{}/keys", api.url()), "pem": platform.pem(), "kid": platform.kid(),
        "forged": forger.pem(), "project": PROJECT, "endpoint": endpoint, "now": now(),
    });
    let told = told.to_string();
    let printed = python_says(&AUTH, "google_tokens.py", &[], told.as_bytes());
    let mut taken = Vec::new();
    let mut refused = 0;
    for (number, line) in printed.lines().enumerate() {
        let request: Value = serde_json::from_str(line).expect("JSON");
        let token = request["token"].as_str().expect("a token");
        let text = format!("number {number}");
        let status = posted(&server, token, &said(number, &text)).await.status();
        let is_taken = request["taken"] == true;
        let expected = if is_taken { 200 } else { 401 };
        assert_eq!(status, expected, "to one {}", request["name"]);
        if is_taken {
            taken.push(text);
        } else {
            refused += 1;
        }
    }
    assert!(taken.len() == 4 && refused == 17, "{taken:?} and {refused}");
    assert_eq!(bot.texts("users/1"), taken);
}

#[tokio::test]
async fn it_reads_what_we_answer() {
    let (api, bot) = (Api::of("hangouts").await, ScriptedBot::start().await);
    let server = HANGOUTS.start(&api, &bot, &[]);
    let buttons = json!([
        {"title": "Yes", "payload": "/affirm"}, {"title": "Site", "url": "https://example.com"},
    ]);
    let card = json!({
        "title": "Card", "subtitle": "Sub", "image_url": "https://example.com/1.png", "url": "https://example.com/1",
        "buttons": [{"title": "Open", "payload": "/open"}],
    });
    let custom =
        json!({"text": "t", "cardsV2": [{"cardId": "c1", "card": {"header": {"title": "New"}}}]});
    let dialog = json!({"actionResponse": {"type": "DIALOG", "dialogAction": {"dialog": {"body": {
        "sections": [{"widgets": [{"textInput": {"name": "name", "label": "Your name"}}]}],
    }}}}});
    let mut submitted = said(0, "");
    submitted["type"] = "CARD_CLICKED".into();
    submitted["dialogEventType"] = "SUBMIT_DIALOG".into();
    submitted["action"] = json!({"actionMethodName": "/send"});
    let plain = said(0, "hi");
    let mut answers = Vec::new();
    let mut expected = Vec::new();
    for (event, replies, seen) in [
        (
            &plain,
            json!([{"text": "h\u{e9}llo"}, {"text": "\u{1f600}"}]),
            "text",
        ),
        (
            &plain,
            json!([{"text": "Pick", "buttons": buttons}]),
            "card paragraph action link https://example.com",
        ),
        (
            &plain,
            json!([{"text": "Pick", "quick_replies": buttons}]),
            "card paragraph action link https://example.com",
        ),
        (
            &plain,
            json!([{"image": "https://example.com/cat.png"}]),
            "card image",
        ),
        (
            &plain,
            json!([{"text": "See"}, {"elements": [card]}]),
            "card paragraph card header image action",
        ),
        (
            &plain,
            json!([{"attachment": "https://example.com/a.pdf"}]),
            "text",
        ),
        (&plain, json!([{"custom": custom}]), "text card c1"),
        (&plain, json!([{"custom": dialog}]), "response DIALOG"),
        (&plain, json!([]), ""),
        (
            &submitted,
            json!([{"text": "Thanks"}]),
            "text response NEW_MESSAGE",
        ),
        (&submitted, json!([]), "response DIALOG"),
    ] {
        let Value::Array(replies) = replies else {
            unreachable!("a list")
        };
        bot.does(move |_| Reply::Say(replies.clone()));
        answers.push(answer(&server, event).await);
        expected.push(seen);
    }
    let answers = Value::Array(answers).to_string();
    let library = ["google-apps-chat==0.10.7"];
    let read = python_says(&library, "google_messages.py", &[], answers.as_bytes());
    let read: Vec<&str> = read.lines().collect();
    assert_eq!(read, expected);
}
