//! Messenger.

use serde_json::{Value, json};
use switchboard_tests::{Answer, Api, Reply, ScriptedBot, client};

use super::Road;

static FACEBOOK: Road = Road {
    connector: "facebook",
    secret: "app-secret",
    readme: include_str!("../../../../plugins/facebook/README.md"),
    variables: &[
        ("FB_VERIFY", "a-verify-token"),
        ("FB_SECRET", "app-secret"),
        ("FB_PAGE_TOKEN", "EAA-token"),
    ],
    settings: &[],
    base: "",
    delivery: |_, number, text| {
        let delivery = json!({"object": "page", "entry": [{"id": "PAGE1", "time": 1, "messaging": [{
            "sender": {"id": "PSID1"}, "recipient": {"id": "PAGE1"}, "timestamp": 1_700_000_000_000_u64,
            "message": {"mid": format!("m_{number}"), "text": text},
        }]}]});
        ("application/json", delivery.to_string())
    },
    send: "POST /me/messages",
    text: "/message/text",
    authorized: |call| {
        let path = &call.request.path;
        path.contains("access_token=EAA-token") && path.contains("appsecret_proof=")
            || call.request.header("authorization") == Some("Bearer EAA-token")
    },
    too_often: || {
        let error = json!({"error": {"message": "(#613) Calls to this API have exceeded the rate limit.", "code": 613}});
        Answer::status(400).saying(&error)
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn main_road() {
    FACEBOOK.walk().await;
}

/// An event about what was sent, not a message.
fn told(what: &str, event: &Value) -> (&'static str, String) {
    let messaging = json!({"sender": {"id": "PSID1"}, "recipient": {"id": "PAGE1"}, "timestamp": 1, what: event});
    let delivery =
        json!({"object": "page", "entry": [{"id": "PAGE1", "time": 1, "messaging": [messaging]}]});
    ("application/json", delivery.to_string())
}

#[tokio::test]
async fn meta_is_answered_when_it_asks_whether_this_is_the_address() {
    let (api, bot) = (Api::of("facebook").await, ScriptedBot::start().await);
    let server = FACEBOOK.start(&api, &bot, &[]);
    let asked = async |token: &str| {
        let path = "/webhooks/facebook/webhook?hub.mode=subscribe&hub.challenge=1158201444";
        let url = server.at(&format!("{path}&hub.verify_token={token}"));
        let response = client().get(url).send().await.expect("an answer");
        (
            response.status().as_u16(),
            response.text().await.expect("a text"),
        )
    };
    assert_eq!(
        asked("a-verify-token").await,
        (200, "1158201444".to_owned())
    );
    assert_eq!(asked("another").await.0, 403);
}

#[tokio::test]
async fn what_was_delivered_and_read_is_on_record() {
    let (api, bot) = (Api::of("facebook").await, ScriptedBot::start().await);
    let server = FACEBOOK.start(&api, &bot, &[]);
    FACEBOOK.say(&server, &api, 1, "hi").await;
    server.quiet().await;
    let sent = api.calls_of(FACEBOOK.send).pop().expect("the answer");
    let id = format!("m_out_{}", sent.number);
    assert_eq!(FACEBOOK.status(&server, &id).await, Value::Null);
    let far = 4_000_000_000_000_u64;
    for (what, event, status) in [
        (
            "delivery",
            json!({"mids": [id], "watermark": 1}),
            "delivered",
        ),
        ("read", json!({"watermark": far}), "read"),
    ] {
        let told = told(what, &event);
        assert_eq!(FACEBOOK.deliver(&server, FACEBOOK.secret, told).await, 200);
        server.quiet().await;
        assert_eq!(FACEBOOK.status(&server, &id).await, status);
    }
    assert_eq!(bot.texts("PSID1"), ["hi"]);
}

#[tokio::test]
async fn the_page_has_its_profile_from_the_start() {
    let (api, bot) = (Api::of("facebook").await, ScriptedBot::start().await);
    let profile = ["greeting: Welcome!", "get_started: /start"];
    let mut server = FACEBOOK.start(&api, &bot, &profile);
    let set = api.wait_for("POST /me/messenger_profile", 1).await;
    let wanted = json!({
        "greeting": [{"locale": "default", "text": "Welcome!"}],
        "get_started": {"payload": "/start"},
    });
    assert_eq!(set[0].body(), wanted);
    // Meta allows few such calls, and knows it already.
    super::registered(&server).await;
    server.restart();
    super::registered(&server).await;
    assert_eq!(api.calls_of("POST /me/messenger_profile").len(), 1);
}

#[tokio::test]
async fn it_is_shown_that_the_bot_is_typing() {
    let (api, bot) = (Api::of("facebook").await, ScriptedBot::start().await);
    bot.does(|_| Reply::SayAtGate(vec![json!({"text": "at last"})]));
    let server = FACEBOOK.start(&api, &bot, &["typing: true"]);
    FACEBOOK.say(&server, &api, 1, "hi").await;
    let calls = api.wait_for(FACEBOOK.send, 2).await;
    let actions: Vec<Value> = calls
        .iter()
        .map(|call| call.body()["sender_action"].clone())
        .collect();
    assert_eq!(actions[..2], ["mark_seen", "typing_on"]);
    bot.open(1);
    api.wait_until(|calls| calls.iter().any(|call| FACEBOOK.sends(call)))
        .await;
    FACEBOOK.answered(&api, &["at last"]);
}
