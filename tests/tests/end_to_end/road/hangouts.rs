//! Google Chat. What the bot says is the answer to the event, so that there is nobody to be called, and the road is a short
//! one.

mod library;

use serde_json::{Value, json};
use switchboard_tests::{Answer, Api, Reply, ScriptedBot, Signer, Switchboard, client, now};

use super::Road;

const PROJECT: &str = "123456789012";

static HANGOUTS: Road = Road {
    connector: "hangouts",
    secret: PROJECT,
    readme: include_str!("../../../../plugins/hangouts/README.md"),
    variables: &[("PROJECT_NUMBER", PROJECT)],
    settings: &["keys_url: '{api}/keys'"],
    base: "",
    delivery: |_, number, text| ("application/json", said(number, text).to_string()),
    send: "POST /nowhere",
    text: "/text",
    authorized: |_| true,
    too_often: || Answer::status(429),
};

/// A message in a direct chat.
fn said(number: usize, text: &str) -> Value {
    let ann = json!({"name": "users/1", "displayName": "Ann", "email": "ann@example.com", "type": "HUMAN"});
    let space = json!({"name": "spaces/S1", "type": "DM"});
    json!({
        "type": "MESSAGE", "eventTime": "2023-11-14T22:13:20.000Z", "token": "chat-token", "user": ann, "space": space,
        "message": {
            "name": format!("spaces/S1/messages/M{number}"), "sender": ann, "text": text, "argumentText": text,
            "thread": {"name": "spaces/S1/threads/T1"}, "space": space,
        },
    })
}

fn claims() -> Value {
    json!({
        "iss": "chat@system.gserviceaccount.com", "aud": PROJECT, "iat": now() - 60, "exp": now() + 3600,
    })
}

async fn posted(server: &Switchboard, token: &str, event: &Value) -> reqwest::Response {
    let url = server.at("/webhooks/hangouts/webhook");
    let request = client()
        .post(url)
        .bearer_auth(token)
        .body(event.to_string());
    request.send().await.expect("an answer")
}

/// What Chat shows for an event.
async fn answer(server: &Switchboard, event: &Value) -> Value {
    let response = posted(server, &Signer::platform().token(&claims()), event).await;
    assert_eq!(response.status(), 200);
    let body = response.text().await.expect("a text");
    serde_json::from_str(&body).expect("JSON")
}

#[tokio::test]
async fn main_road() {
    let (api, bot) = (Api::of("hangouts").await, ScriptedBot::start().await);
    let server = HANGOUTS.start(&api, &bot, &[]);
    // What is not Google's, or for another project, is not heard.
    let forged = Signer::forger().token(&claims());
    assert_eq!(
        posted(&server, &forged, &said(1, "forged")).await.status(),
        401
    );
    let forged = (HANGOUTS.delivery)(&api, 1, "forged");
    assert_eq!(HANGOUTS.deliver(&server, "999", forged).await, 401);
    assert_eq!(bot.heard().len(), 0);

    assert_eq!(
        answer(&server, &said(2, "hi")).await,
        json!({"text": "echo: hi"})
    );
    let heard = &bot.heard()[0];
    assert_eq!(
        (&heard.conversation[..], &heard.text[..]),
        ("users/1", "hi")
    );
    // Whoever asks again waits for an answer again: an empty one would be shown in place of the first.
    assert_eq!(
        answer(&server, &said(2, "hi")).await,
        json!({"text": "echo: hi"})
    );
    // The keys were fetched once, and nothing else was called.
    assert_eq!(api.calls().len(), 1, "{:?}", api.calls());
}

#[tokio::test]
async fn a_bot_that_fails_shows_as_an_app_that_does_not_answer() {
    let (api, bot) = (Api::of("hangouts").await, ScriptedBot::start().await);
    let server = HANGOUTS.start(&api, &bot, &[]);
    let token = Signer::platform().token(&claims());
    bot.does(|_| Reply::Status(500));
    let response = posted(&server, &token, &said(1, "hi")).await;
    assert_eq!(response.status(), 502);
    // It was not taken over: nobody is there to be told later.
    bot.does(Reply::echo);
    server.quiet().await;
    assert_eq!(
        answer(&server, &said(2, "and")).await,
        json!({"text": "echo: and"})
    );
    assert_eq!(bot.texts("users/1"), ["hi", "and"]);
    assert_eq!(server.dead_letters().await.len(), 0);
}

#[tokio::test]
async fn killed_while_the_bot_thinks() {
    let (api, bot) = (Api::of("hangouts").await, ScriptedBot::start().await);
    bot.does(|_| Reply::Hang);
    let mut server = HANGOUTS.start(&api, &bot, &[]);
    let url = server.at("/webhooks/hangouts/webhook");
    let token = Signer::platform().token(&claims());
    let request = client()
        .post(url)
        .bearer_auth(token)
        .body(said(1, "hi").to_string());
    let waiting = tokio::spawn(request.send());
    bot.wait_for(1).await;
    server.kill();
    let broken = waiting.await.expect("it ends");
    assert!(broken.is_err(), "{broken:?}");
    bot.does(Reply::echo);
    server.restart();
    // Who was there has gone, and the bot is not asked for nobody; the next is answered. The keys are known still.
    assert_eq!(
        answer(&server, &said(2, "and")).await,
        json!({"text": "echo: and"})
    );
    assert_eq!(bot.texts("users/1"), ["hi", "and"]);
    assert_eq!(api.calls_of("GET /keys").len(), 1);
}

#[tokio::test]
async fn messages_of_one_conversation_are_answered_in_order_and_of_others_meanwhile() {
    let (api, bot) = (Api::of("hangouts").await, ScriptedBot::start().await);
    bot.does(|heard| match &heard.text[..] {
        "slow" => Reply::SayAtGate(vec![json!({"text": "at last"})]),
        _ => Reply::echo(heard),
    });
    let server = HANGOUTS.start(&api, &bot, &[]);
    let (slow, next) = (said(1, "slow"), said(2, "next"));
    let mut other = said(3, "meanwhile");
    other["message"]["sender"]["name"] = "users/2".into();
    let first = async { answer(&server, &slow).await };
    let second = async {
        bot.wait_for(1).await;
        answer(&server, &next).await
    };
    let third = async {
        bot.wait_for(1).await;
        let said = answer(&server, &other).await;
        // So far the second waits for the first, however long.
        assert_eq!(bot.texts("users/1"), ["slow"]);
        bot.open(1);
        said
    };
    let (first, second, third) = tokio::join!(first, second, third);
    assert_eq!(first, json!({"text": "at last"}));
    assert_eq!(second, json!({"text": "echo: next"}));
    assert_eq!(third, json!({"text": "echo: meanwhile"}));
}

#[tokio::test]
async fn nothing_can_be_sent_at_another_time() {
    let (api, bot) = (Api::of("hangouts").await, ScriptedBot::start().await);
    let server = HANGOUTS.start(&api, &bot, &[]);
    answer(&server, &said(1, "hi")).await;
    let path = "/api/v1/conversations/users%2F1/messages?channel=hangouts";
    let response = server
        .post(path, r#"{"text": "Your parcel is here"}"#)
        .await;
    assert_eq!(response.status(), 202);
    let letters = server.wait_dead(1).await;
    assert!(
        letters[0]
            .to_string()
            .contains("nothing can be sent at another time"),
        "{letters:?}"
    );
}
