//! Microsoft's Bot Framework.

mod library;

use serde_json::{Value, json};
use switchboard_tests::{
    Answer, Api, Builder, Call, Reply, ScriptedBot, Signer, Switchboard, client, now,
};

use super::Road;

const APP: &str = "11111111-2222-3333-4444-555555555555";

const SERVICE: &str = "https://smba.trafficmanager.net/emea/";

static BOTFRAMEWORK: Road = Road {
    connector: "botframework",
    secret: APP,
    readme: include_str!("../../../../plugins/botframework/README.md"),
    variables: &[
        ("BOT_APP_ID", APP),
        ("BOT_APP_PASSWORD", "app-password"),
        ("BOT_TENANT_ID", "contoso.com"),
    ],
    settings: &[
        "openid_metadata_url: '{api}/openidconfiguration'",
        "token_url: '{api}/contoso.com/oauth2/v2.0/token'",
    ],
    base: "/emea",
    delivery: |_, number, text| ("application/json", said(SERVICE, number, text).to_string()),
    send: "POST /emea/v3/conversations/a:conv-1/activities",
    text: "/text",
    authorized: |call| call.request.header("authorization") == Some(&bearer(APP)),
    too_often: || {
        let error = json!({"error": {"code": "TooManyRequests", "message": "Quota exceeded"}});
        Answer::status(429).after(1).saying(&error)
    },
};

/// A message in a personal chat of Teams.
fn said(service_url: &str, number: usize, text: &str) -> Value {
    json!({
        "type": "message", "id": format!("act-{number}"), "timestamp": "2024-05-01T10:00:00.1234567Z",
        "channelId": "msteams", "serviceUrl": service_url, "from": {"id": "29:ann", "name": "Ann"},
        "conversation": {"id": "a:conv-1", "conversationType": "personal", "tenantId": "tenant-1"},
        "recipient": {"id": "28:bot", "name": "Bot"}, "text": text,
    })
}

/// The header with the token that the login gives to an app.
fn bearer(app: &str) -> String {
    format!("Bearer token-of-{app}")
}

/// What a channel's service claims.
fn claims(service_url: &str) -> Value {
    json!({
        "serviceurl": service_url, "nbf": now() - 60, "exp": now() + 3600,
        "iss": "https://api.botframework.com", "aud": APP,
    })
}

async fn posted(server: &Switchboard, path: &str, token: &str, activity: &Value) -> u16 {
    let request = client().post(server.at(path)).bearer_auth(token);
    let response = request
        .body(activity.to_string())
        .send()
        .await
        .expect("an answer");
    response.status().as_u16()
}

const PATH: &str = "/webhooks/botframework/webhook";

#[tokio::test(flavor = "multi_thread")]
async fn main_road() {
    BOTFRAMEWORK.walk().await;
}

#[tokio::test]
async fn the_password_goes_to_the_login_alone_and_the_token_is_had_once() {
    let (api, bot) = (Api::of("botframework").await, ScriptedBot::start().await);
    let server = BOTFRAMEWORK.start(&api, &bot, &[]);
    for number in 1..=3 {
        BOTFRAMEWORK.say(&server, &api, number, "hi").await;
    }
    BOTFRAMEWORK.wait_sent(&api, 3).await;
    let asked = api.calls_of("POST /oauth2/v2.0/token");
    let form = json!({
        "grant_type": "client_credentials", "client_id": APP, "client_secret": "app-password",
        "scope": "https://api.botframework.com/.default",
    });
    assert_eq!(asked.iter().map(Call::body).collect::<Vec<_>>(), [form]);
    assert_eq!(asked[0].path(), "/contoso.com/oauth2/v2.0/token");
    for call in api
        .calls()
        .iter()
        .filter(|call| call.number != asked[0].number)
    {
        let all = format!("{call:?}");
        assert!(!all.contains("app-password"), "{all}");
    }
    // The keys, too, are looked up once for all.
    assert_eq!(api.calls_of("GET /openidconfiguration").len(), 1);
    assert_eq!(api.calls_of("GET /keys").len(), 1);
}

#[tokio::test]
async fn a_login_that_fails_and_a_token_that_ends_early() {
    let (api, bot) = (Api::of("botframework").await, ScriptedBot::start().await);
    let server = BOTFRAMEWORK.start(&api, &bot, &[]);
    api.does_once(
        |call| call.is("POST /oauth2/v2.0/token"),
        Answer::status(503),
    );
    BOTFRAMEWORK.say(&server, &api, 1, "hi").await;
    BOTFRAMEWORK.wait_sent(&api, 1).await;
    assert_eq!(api.calls_of("POST /oauth2/v2.0/token").len(), 2);
    // The service takes the token no more: another is had at once, and the part is not lost.
    api.does_once(|call| BOTFRAMEWORK.sends(call), Answer::status(401));
    BOTFRAMEWORK.say(&server, &api, 2, "and").await;
    server.quiet().await;
    BOTFRAMEWORK.answered(&api, &["echo: hi", "echo: and"]);
    assert_eq!(api.calls_of("POST /oauth2/v2.0/token").len(), 3);
}

#[tokio::test]
async fn the_bots_token_goes_where_a_valid_token_vouches_for_alone() {
    let [vouched, other] = [Api::of("botframework").await, Api::of("botframework").await];
    let bot = ScriptedBot::start().await;
    let settings = format!(
        "botframework:\n  app_id: {APP}\n  app_password: pw\n  \
         openid_metadata_url: {0}/openidconfiguration\n  token_url: {0}/token\n  \
         allow_private_hosts: ['{0}', '{1}']\n",
        vouched.url(),
        other.url(),
    );
    let server = Builder::new()
        .credentials(&settings)
        .endpoints(&bot.webhook(""))
        .start();
    let token = Signer::platform().token(&claims(vouched.url()));
    // Both may be called, but the token speaks of one of them.
    let lie = said(other.url(), 1, "send it here");
    assert_eq!(posted(&server, PATH, &token, &lie).await, 403);
    let genuine = said(vouched.url(), 2, "hi");
    assert_eq!(posted(&server, PATH, &token, &genuine).await, 200);
    let send = "POST /v3/conversations/a:conv-1/activities";
    let sent = &vouched.wait_for(send, 1).await[0];
    assert_eq!(sent.request.header("authorization"), Some(&bearer(APP)[..]));
    server.quiet().await;
    assert_eq!(other.calls().len(), 0);
    assert_eq!(bot.texts("29:ann"), ["hi"]);

    // A service that is nobody's known, though a token vouches for it: nothing goes there before the operator says so.
    let elsewhere = "http://127.0.0.1:9/";
    let token = Signer::platform().token(&claims(elsewhere));
    let activity = said(elsewhere, 3, "hi");
    assert_eq!(posted(&server, PATH, &token, &activity).await, 200);
    let letters = server.wait_dead(1).await;
    assert!(letters[0].to_string().contains("127.0.0.1"), "{letters:?}");
}

#[tokio::test]
async fn two_apps_in_one_process_never_share_a_token() {
    let (api, bot) = (Api::of("botframework").await, ScriptedBot::start().await);
    let apps = [APP, "99999999-2222-3333-4444-555555555555"];
    let account = |name: &str, app: &str| {
        format!(
            "  - account: {name}\n    app_id: {app}\n    app_password: pw\n    api_url: {0}/{name}\n    \
             openid_metadata_url: {0}/openidconfiguration\n    token_url: {0}/token\n",
            api.url()
        )
    };
    let settings = [
        "botframework:\n",
        &account("one", apps[0]),
        &account("two", apps[1]),
    ];
    let server = Builder::new()
        .credentials(&settings.concat())
        .endpoints(&bot.webhook(""))
        .start();
    // The same person of the same conversation talks to both, in turns.
    for number in 1..=2 {
        for (name, app) in ["one", "two"].into_iter().zip(apps) {
            let path = format!("/webhooks/botframework/{name}/webhook");
            let mut claims = claims(SERVICE);
            claims["aud"] = app.into();
            let token = Signer::platform().token(&claims);
            let activity = said(SERVICE, number, name);
            assert_eq!(posted(&server, &path, &token, &activity).await, 200);
            // One app's token is no token for the other.
            claims["aud"] = apps[usize::from(app == APP)].into();
            let token = Signer::platform().token(&claims);
            assert_eq!(posted(&server, &path, &token, &activity).await, 401);
        }
    }
    server.quiet().await;
    for (name, app) in ["one", "two"].into_iter().zip(apps) {
        let sent = api.calls_of(&format!(
            "POST /{name}/v3/conversations/a:conv-1/activities"
        ));
        assert_eq!(sent.len(), 2, "{name}");
        for call in sent {
            assert_eq!(call.request.header("authorization"), Some(&bearer(app)[..]));
        }
    }
    assert_eq!(api.calls_of("POST /token").len(), 2);
}

#[tokio::test]
async fn whoever_makes_up_keys_does_not_have_them_looked_up_each_time() {
    let (api, bot) = (Api::of("botframework").await, ScriptedBot::start().await);
    let server = BOTFRAMEWORK.start(&api, &bot, &[]);
    for signer in [Signer::stranger(), Signer::forger()] {
        let token = signer.token(&claims(SERVICE));
        for number in 1..=3 {
            let activity = said(SERVICE, number, "forged");
            assert_eq!(posted(&server, PATH, &token, &activity).await, 401);
        }
    }
    assert_eq!(api.calls_of("GET /keys").len(), 1);
    BOTFRAMEWORK.say(&server, &api, 1, "hi").await;
    BOTFRAMEWORK.wait_sent(&api, 1).await;
    BOTFRAMEWORK.answered(&api, &["echo: hi"]);
    assert_eq!(api.calls_of("GET /keys").len(), 1);
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_no_answer() {
    let (api, bot) = (Api::of("botframework").await, ScriptedBot::start().await);
    let server = BOTFRAMEWORK.start(&api, &bot, &[]);
    api.does(|call| match call.is("GET /keys") {
        true => Answer::status(500),
        false => Answer::Take,
    });
    let token = Signer::platform().token(&claims(SERVICE));
    let activity = said(SERVICE, 1, "hi");
    // Neither believed nor lost: the channel sends it again.
    assert_eq!(posted(&server, PATH, &token, &activity).await, 503);
    assert_eq!(bot.heard().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_heard_of_can_be_written_to_after_a_restart() {
    let (api, bot) = (Api::of("botframework").await, ScriptedBot::start().await);
    bot.does(|_| Reply::Say(Vec::new()));
    let mut server = BOTFRAMEWORK.start(&api, &bot, &[]);
    // The bot is let in, and nobody has said anything yet.
    let mut came = said(SERVICE, 1, "");
    came["type"] = "conversationUpdate".into();
    came["membersAdded"] = json!([{"id": "28:bot"}, {"id": "29:ann"}]);
    let token = Signer::platform().token(&claims(SERVICE));
    assert_eq!(posted(&server, PATH, &token, &came).await, 200);
    server.quiet().await;
    server.restart();
    let path = "/api/v1/conversations/29:ann/messages?channel=botframework";
    let response = server
        .post(path, r#"{"text": "Your parcel is here"}"#)
        .await;
    assert_eq!(response.status(), 202);
    let sent = &api.wait_for(BOTFRAMEWORK.send, 1).await[0];
    let body = sent.body();
    assert_eq!(body["text"], "Your parcel is here");
    assert_eq!(body["recipient"]["id"], "29:ann");
    assert_eq!(body["from"], json!({"id": "28:bot", "name": "Bot"}));
    // Of others nobody knows where they are.
    let path = "/api/v1/conversations/29:bob/messages?channel=botframework";
    let response = server.post(path, r#"{"text": "hello"}"#).await;
    assert_eq!(response.status(), 202);
    assert_eq!(server.wait_dead(1).await.len(), 1);
}

#[tokio::test]
async fn it_is_shown_that_the_bot_is_typing() {
    let (api, bot) = (Api::of("botframework").await, ScriptedBot::start().await);
    bot.does(|_| Reply::SayAtGate(vec![json!({"text": "at last"})]));
    let server = BOTFRAMEWORK.start(&api, &bot, &["typing: true"]);
    BOTFRAMEWORK.say(&server, &api, 1, "hi").await;
    let shown = api.wait_for(BOTFRAMEWORK.send, 1).await;
    assert_eq!(shown[0].body()["type"], "typing");
    bot.open(1);
    api.wait_for(BOTFRAMEWORK.send, 2).await;
    BOTFRAMEWORK.answered(&api, &["at last"]);
}
