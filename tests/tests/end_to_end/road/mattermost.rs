//! Mattermost.

use serde_json::{Value, json};
use switchboard_tests::{Answer, Api, Builder, Call, Reply, ScriptedBot, Switchboard, python_says};

use super::Road;

static MATTERMOST: Road = Road {
    connector: "mattermost",
    secret: "hook-token",
    readme: include_str!("../../../../plugins/mattermost/README.md"),
    variables: &[
        ("MATTERMOST_TOKEN", "bot-token"),
        ("MATTERMOST_HOOK_TOKEN", "hook-token"),
    ],
    settings: &[],
    base: "/api/v4",
    // A form, as Mattermost sends it unless told otherwise.
    delivery: |_, number, text| {
        let mut form = form_urlencoded::Serializer::new("token={token}".to_owned());
        form.append_pair("team_id", "team1")
            .append_pair("team_domain", "acme")
            .append_pair("channel_id", "town1")
            .append_pair("channel_name", "town-square")
            .append_pair("timestamp", "1700000000")
            .append_pair("user_id", "ann1")
            .append_pair("user_name", "ann")
            .append_pair("post_id", &format!("post{number}"))
            .append_pair("text", &format!("bot {text}"))
            .append_pair("trigger_word", "bot")
            .append_pair("file_ids", "");
        ("application/x-www-form-urlencoded", form.finish())
    },
    send: "POST /api/v4/posts",
    text: "/message",
    authorized: |call| call.request.header("authorization") == Some("Bearer bot-token"),
    too_often: || {
        Answer::status(429)
            .with("x-ratelimit-limit", "11")
            .with("x-ratelimit-remaining", "0")
            .with("x-ratelimit-reset", "1")
            .saying(&json!("limit exceeded"))
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn main_road() {
    MATTERMOST.walk().await;
}

/// A press of the first button of a post, as Mattermost tells of it: to the button's own address, with its context.
fn pressed(post: &Value, channel: &str) -> (String, Value) {
    let integration = &post["props"]["attachments"][0]["actions"][0]["integration"];
    let url = integration["url"].as_str().expect("an address");
    let path = url.trim_start_matches("https://YOUR.HOST").to_owned();
    let press = json!({
        "user_id": "ann1", "user_name": "ann", "channel_id": channel, "channel_name": "town-square",
        "team_id": "team1", "team_domain": "acme", "post_id": post["id"], "trigger_id": "dHJpZ2dlcjE=",
        "type": "button", "data_source": "", "context": integration["context"],
    });
    (path, press)
}

#[tokio::test]
async fn a_button_that_was_posted_can_be_pressed_and_no_other() {
    let (api, bot) = (Api::of("mattermost").await, ScriptedBot::start().await);
    let buttons =
        json!([{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]);
    bot.does(move |heard| match &heard.text[..] {
        "hi" => Reply::Say(vec![json!({"text": "Sure?", "buttons": buttons})]),
        _ => Reply::echo(heard),
    });
    let mut server = MATTERMOST.start(&api, &bot, &[]);
    MATTERMOST.say(&server, &api, 1, "hi").await;
    let post = api.wait_for(MATTERMOST.send, 1).await[0].body();
    server.quiet().await;
    server.restart();

    let (path, press) = pressed(&post, "town1");
    let mut other_payload = press.clone();
    other_payload["context"]["action"] = "/delete_everything".into();
    let mut no_proof = press.clone();
    let context = no_proof["context"].as_object_mut().expect("an object");
    context.remove("sig").expect("the proof");
    let (_, other_channel) = pressed(&post, "secret1");
    for (press, status) in [
        (other_payload, 401),
        (no_proof, 401),
        (other_channel, 401),
        (press.clone(), 200),
        // Once more, where the first answer was lost on the way.
        (press, 200),
    ] {
        let press = ("application/json", press.to_string());
        let answered = MATTERMOST.deliver_at(&server, &path, "", press).await;
        assert_eq!(answered, status);
    }
    server.quiet().await;
    MATTERMOST.answered(&api, &["Sure?", "echo: /affirm"]);
    assert_eq!(bot.texts("ann1"), ["hi", "/affirm"]);
}

#[tokio::test]
async fn what_the_bot_itself_posts_is_not_answered() {
    let (api, bot) = (Api::of("mattermost").await, ScriptedBot::start().await);
    let server = MATTERMOST.start(&api, &bot, &[]);
    super::registered(&server).await;
    let (kind, own) = (MATTERMOST.delivery)(&api, 1, "said by the bot");
    let own = own.replace("ann1", "bot1");
    let status = MATTERMOST
        .deliver(&server, MATTERMOST.secret, (kind, own))
        .await;
    assert_eq!(status, 200);
    MATTERMOST.say(&server, &api, 2, "hi").await;
    server.quiet().await;
    MATTERMOST.answered(&api, &["echo: hi"]);
    assert_eq!(bot.texts("ann1"), ["hi"]);
    assert_eq!(bot.heard().len(), 1);
}

const LOGIN: &str = "POST /api/v4/users/login";

/// A password that nobody can put into JSON as it is.
const PASSWORD: &str = "a \"pass\"";

/// What Mattermost answers to a login; the session is in a header. To all else, what it always does.
fn logging_in(call: &Call) -> Answer {
    if !call.is(LOGIN) {
        return Answer::Take;
    }
    Answer::status(200)
        .with("token", format!("session-{}", call.number))
        .saying(&json!({"id": "bot1", "username": "echo"}))
}

/// Rasa's settings of the first generation.
fn with_a_password(api: &Api, bot: &ScriptedBot) -> Switchboard {
    let settings = format!(
        "mattermost:\n  url: {}/api/v4\n  team: acme\n  user: echo\n  pw: '{PASSWORD}'\n  hook_token: hook-token\n",
        api.url()
    );
    let builder = Builder::new().credentials(&settings);
    builder.endpoints(&bot.webhook("")).start()
}

#[tokio::test]
async fn a_bot_with_a_password_logs_in_once_and_again_when_the_session_ends() {
    let (api, bot) = (Api::of("mattermost").await, ScriptedBot::start().await);
    api.does(logging_in);
    let mut server = with_a_password(&api, &bot);
    super::registered(&server).await;
    MATTERMOST.say(&server, &api, 1, "one").await;
    server.quiet().await;
    server.restart();
    super::registered(&server).await;
    MATTERMOST.say(&server, &api, 2, "two").await;
    server.quiet().await;
    let logins = api.calls_of(LOGIN);
    let wanted = json!({"login_id": "echo", "password": PASSWORD});
    assert_eq!(logins[0].body(), wanted);
    assert_eq!(logins.len(), 1, "a session outlives the server");

    let session = format!("Bearer session-{}", logins[0].number);
    let has = |call: &Call, session: &str| call.request.header("authorization") == Some(session);
    assert!(has(&api.calls_of(MATTERMOST.send)[1], &session));
    let expired = json!({"id": "api.context.session_expired.app_error", "status_code": 401});
    api.does(move |call| match has(call, &session) {
        true => Answer::status(401).saying(&expired),
        false => logging_in(call),
    });
    MATTERMOST.say(&server, &api, 3, "three").await;
    server.quiet().await;
    MATTERMOST.answered(&api, &["echo: one", "echo: two", "echo: three"]);
    assert_eq!(api.calls_of(LOGIN).len(), 2);
}

/// What a call says: method, path, whose session it is, and the body. A file's form is read by a library.
fn said(call: &Call) -> Value {
    let header = |name| call.request.header(name).unwrap_or_default();
    let mut body = match (header("content-type"), &call.request.method) {
        (form, _) if form.starts_with("multipart/") => {
            let library = ["multipart==2.0.1"];
            python_says(&library, "multipart_read.py", &[form], &call.request.body).into()
        }
        // There the library sends an empty object.
        (_, method) if method == "GET" || call.is("POST /users/logout") => Value::Null,
        _ => call.body(),
    };
    if let Some(keys) = body.as_object_mut() {
        // Nobody but us says which attempt it is; and what is null is not there.
        keys.remove("pending_post_id");
        keys.retain(|_, value| !value.is_null());
    }
    let ids = |text: String| text.replace(|c: char| c.is_ascii_digit(), "");
    json!([
        call.request.method.as_str(),
        call.path(),
        ids(header("authorization").to_owned()),
        ids(body.to_string())
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_those_of_a_widely_used_library() {
    let (api, bot) = (Api::of("mattermost").await, ScriptedBot::start().await);
    api.does(logging_in);
    api.holds("/doc.pdf", json!("%PDF-1\r\n--\r\n"));
    let channel = json!({"id": "offtopic1", "name": "off-topic", "type": "O"});
    api.holds("/teams/name/acme/channels/name/off-topic", channel.clone());
    let file = format!("{}/doc.pdf", api.url());
    bot.does(move |_| {
        let whispered = json!({"text": "psst", "ephemeral": true});
        Reply::Say(vec![
            json!({"text": "hello"}),
            whispered,
            json!({"attachment": file}),
        ])
    });
    let server = with_a_password(&api, &bot);
    super::registered(&server).await;
    MATTERMOST.say(&server, &api, 1, "hi").await;
    server.quiet().await;
    for conversation in ["bea1", "~off-topic"] {
        let path = format!("/api/v1/conversations/{conversation}/messages?channel=mattermost");
        let response = server.post(&path, r#"{"text": "good morning"}"#).await;
        assert_eq!(response.status(), 202);
        server.quiet().await;
    }
    let response = server
        .post("/api/v1/channels/mattermost/deactivate", "")
        .await;
    assert_eq!(response.status(), 200);

    let theirs = Api::of("mattermost").await;
    theirs.does(logging_in);
    theirs.holds("/teams/name/acme/channels/name/off-topic", channel);
    let library = ["mattermostdriver==7.3.2"];
    let said_nothing = python_says(
        &library,
        "mattermost_calls.py",
        &[theirs.url(), PASSWORD],
        b"",
    );
    assert_eq!(said_nothing, "");
    let all = |api: &Api| -> Vec<Value> {
        let calls = api.calls().into_iter();
        let calls = calls.filter(|call| call.path().starts_with("/api/v4/"));
        calls.map(|call| said(&call)).collect()
    };
    let (ours, theirs) = (all(&api), all(&theirs));
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 11);
}

#[tokio::test]
async fn it_is_shown_that_the_bot_is_typing() {
    let (api, bot) = (Api::of("mattermost").await, ScriptedBot::start().await);
    bot.does(|_| Reply::SayAtGate(vec![json!({"text": "at last"})]));
    let server = MATTERMOST.start(&api, &bot, &["typing: true"]);
    MATTERMOST.say(&server, &api, 1, "hi").await;
    let shown = api.wait_for("POST /users/me/typing", 1).await;
    assert_eq!(shown[0].body(), json!({"channel_id": "town1"}));
    bot.open(1);
    api.wait_for(MATTERMOST.send, 1).await;
    MATTERMOST.answered(&api, &["at last"]);
}
