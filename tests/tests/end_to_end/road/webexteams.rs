//! Webex.

use serde_json::{Value, json};
use switchboard_tests::{Answer, Api, ScriptedBot};

use super::Road;

static WEBEXTEAMS: Road = Road {
    connector: "webexteams",
    secret: "webhook-secret",
    readme: include_str!("../../../../plugins/webexteams/README.md"),
    variables: &[
        ("WEBEX_ACCESS_TOKEN", "webex-token"),
        ("WEBEX_SECRET", "webhook-secret"),
    ],
    settings: &[],
    base: "/v1",
    delivery: |api, number, text| {
        let id = format!("MESSAGE_{number}");
        let message = json!({
            "id": id, "roomId": "ROOM_1", "roomType": "direct", "personId": "PERSON_ANN",
            "personEmail": "ann@example.com", "created": "2023-11-14T22:13:20.000Z", "text": text,
        });
        api.holds(format!("/v1/messages/{id}"), message);
        let event = json!({
            "id": "HOOK_1", "name": "hook", "resource": "messages", "event": "created", "actorId": "PERSON_ANN",
            "data": {
                "id": id, "roomId": "ROOM_1", "roomType": "direct", "personId": "PERSON_ANN",
                "personEmail": "ann@example.com", "created": "2023-11-14T22:13:20.000Z",
            },
        });
        ("application/json", event.to_string())
    },
    send: "POST /v1/messages",
    text: "/text",
    authorized: |call| call.request.header("authorization") == Some("Bearer webex-token"),
    too_often: || {
        Answer::status(429)
            .after(1)
            .saying(&json!({"message": "Too many requests", "trackingId": "T"}))
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn main_road() {
    WEBEXTEAMS.walk().await;
}

#[tokio::test]
async fn webhooks_are_registered_once_with_the_secret() {
    let (api, bot) = (Api::of("webexteams").await, ScriptedBot::start().await);
    let mut server = WEBEXTEAMS.start(&api, &bot, &["public_url: 'https://bot.example.com'"]);
    super::registered(&server).await;
    let created = api.calls_of("POST /v1/webhooks");
    let wanted = |resource: &str| {
        json!({
            "name": "Switchboard", "targetUrl": "https://bot.example.com/webhooks/webexteams/webhook",
            "resource": resource, "event": "created", "secret": WEBEXTEAMS.secret,
        })
    };
    let told: Vec<Value> = created.iter().map(switchboard_tests::Call::body).collect();
    assert_eq!(told, [wanted("messages"), wanted("attachmentActions")]);

    // Webex has them now, and they are not made again.
    let items: Vec<Value> = created
        .iter()
        .map(|call| {
            let mut item = call.body();
            item["id"] = format!("OUT_{}", call.number).into();
            item["status"] = "active".into();
            item
        })
        .collect();
    api.holds("/v1/webhooks", json!({ "items": items }));
    server.restart();
    super::registered(&server).await;
    assert_eq!(api.calls_of("POST /v1/webhooks").len(), 2);
    WEBEXTEAMS.say(&server, &api, 1, "hi").await;
    api.wait_for(WEBEXTEAMS.send, 1).await;
    WEBEXTEAMS.answered(&api, &["echo: hi"]);
}

#[tokio::test]
async fn what_the_bot_itself_says_is_not_answered() {
    let (api, bot) = (Api::of("webexteams").await, ScriptedBot::start().await);
    let server = WEBEXTEAMS.start(&api, &bot, &[]);
    // Webex notifies of every message in the room, and only a look at it tells whose it is.
    let (kind, notice) = (WEBEXTEAMS.delivery)(&api, 1, "said by the bot");
    let mut own = json!({"id": "MESSAGE_1", "roomId": "ROOM_1", "roomType": "direct", "text": "said by the bot"});
    own["personId"] = "PERSON_BOT".into();
    api.holds("/v1/messages/MESSAGE_1", own);
    let notice = notice.replace("PERSON_ANN", "PERSON_BOT");
    assert_eq!(
        WEBEXTEAMS
            .deliver(&server, WEBEXTEAMS.secret, (kind, notice))
            .await,
        200
    );
    WEBEXTEAMS.say(&server, &api, 2, "hi").await;
    server.quiet().await;
    WEBEXTEAMS.answered(&api, &["echo: hi"]);
    assert_eq!(bot.texts("ROOM_1"), ["hi"]);
}
