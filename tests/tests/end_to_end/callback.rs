//! Rasa's callback channel.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::Sha256;
use switchboard_tests::{Bot, Builder, Recorder, Switchboard, client};

async fn say(server: &Switchboard, text: &str) {
    let body = json!({"sender": "u", "message": text}).to_string();
    let response = server.post("/webhooks/callback/webhook", body).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.text().await.expect("a body"), "success");
}

#[tokio::test]
async fn each_part_is_posted_in_order() {
    let target = Recorder::start().await;
    let server = Builder::new()
        .credentials(&format!("callback:\n  url: {}/cb\n", target.url()))
        .start();
    say(&server, "multi").await;
    let posts = target.wait_for(3).await;
    let bodies: Vec<Value> = posts.iter().map(|post| post.json()).collect();
    let text = |text: &str| json!({"recipient_id": "u", "text": text});
    assert_eq!(bodies, [text("one"), text("two"), text("three")]);
    assert!(
        posts
            .iter()
            .all(|post| post.path == "/cb" && post.method == "POST")
    );
    assert_eq!(posts[0].header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn messages_are_answered_in_the_order_of_their_arrival() {
    let bot = Bot::start().await;
    let target = Recorder::start().await;
    let credentials = format!("callback:\n  url: {}\n", target.url());
    let builder = Builder::new().credentials(&credentials);
    let server = builder.endpoints(&bot.endpoints()).start();
    // Each is acknowledged before the next is sent, so they arrive in this order; the first is held by the bot.
    for text in ["gate", "m0", "m1", "m2"] {
        say(&server, text).await;
    }
    // Another conversation is answered meanwhile, and with it those before would have been.
    let other = json!({"sender": "other", "message": "hi"}).to_string();
    server.post("/webhooks/callback/webhook", other).await;
    assert_eq!(target.wait_for(1).await[0].json()["recipient_id"], "other");
    bot.open_gate();
    let posts = target.wait_for(6).await;
    let texts: Vec<Value> = posts[1..]
        .iter()
        .map(|post| post.json()["text"].clone())
        .collect();
    assert_eq!(
        texts,
        ["first", "second", "echo: m0", "echo: m1", "echo: m2"]
    );
}

#[tokio::test]
async fn success_is_answered_while_the_bot_thinks() {
    let bot = Bot::start().await;
    let target = Recorder::start().await;
    let server = Builder::new()
        .credentials(&format!("callback:\n  url: {}\n", target.url()))
        .endpoints(&bot.endpoints().replace("5s", "500ms"))
        .start();
    // The bot never answers this one, and the caller does not have to wait for that.
    say(&server, "hang").await;
    let line = server.logged("the bot is asked again");
    assert!(line.contains("did not answer within 500ms"), "{line}");
    // Another conversation does not wait for it.
    let other = json!({"sender": "other", "message": "hi"}).to_string();
    server.post("/webhooks/callback/webhook", other).await;
    assert_eq!(target.wait_for(1).await[0].json()["text"], "echo: hi");
}

#[tokio::test]
async fn all_settings_of_rasa_and_none_in_sight() {
    let target = Recorder::start().await;
    let server = Builder::new()
        .credentials(&format!(
            "callback:\n  url: {}/cb?fixed=1\n  params:\n    p1: v&1\n  headers:\n    X-Custom: abc\n  \
             basic_auth:\n    username: ann\n    password: '${{PASSWORD}}'\n  token: t0ken/secret\n  token_name: auth_tok\n",
            target.url()
        ))
        .variable("PASSWORD", "pa:ss")
        .argument("--log-level=trace")
        .start();
    say(&server, "hi").await;
    let post = target.wait_for(1).await.remove(0);
    assert_eq!(post.path, "/cb?fixed=1&p1=v%261&auth_tok=t0ken%2Fsecret");
    assert_eq!(post.header("x-custom"), Some("abc"));
    let basic = format!("Basic {}", STANDARD.encode("ann:pa:ss"));
    assert_eq!(post.header("authorization"), Some(&basic[..]));
    for secret in ["t0ken", "pa:ss", "abc", "v&1", "v%261"] {
        assert!(!server.log().contains(secret), "{secret} is in the log");
    }
}

/// The scheme of https://www.standardwebhooks.com, computed here from its description.
#[tokio::test]
async fn posts_are_signed() {
    let key = b"0123456789abcdef01234567";
    let target = Recorder::start().await;
    let server = Builder::new()
        .credentials(&format!(
            "callback:\n  url: {}\n  signing_secret: whsec_{}\n",
            target.url(),
            STANDARD.encode(key)
        ))
        .start();
    say(&server, "multi").await;
    let posts = target.wait_for(3).await;
    let mut ids = Vec::new();
    for post in &posts {
        let [id, timestamp, signature] = ["webhook-id", "webhook-timestamp", "webhook-signature"]
            .map(|name| post.header(name).expect(name));
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(&post.body);
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(signature, expected);
        let age = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("after 1970")
            .as_secs()
            .abs_diff(timestamp.parse().expect("seconds"));
        assert!(age < 300, "{timestamp}");
        ids.push(id.to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3, "each part has an id of its own");
}

#[tokio::test]
async fn a_target_that_refuses_is_logged_and_the_next_message_goes_on() {
    for (status, logged) in [
        (StatusCode::NOT_FOUND, "404"),
        (StatusCode::FOUND, "redirect"),
    ] {
        let target = Recorder::answering(status).await;
        let server = Builder::new()
            .credentials(&format!("callback:\n  url: {}\n", target.url()))
            .start();
        say(&server, "first").await;
        say(&server, "second").await;
        assert_eq!(target.wait_for(2).await[1].json()["text"], "echo: second");
        let line = server.logged("among the dead letters");
        assert!(
            line.contains(logged) && line.contains("channel=\"callback\""),
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_target_that_is_down_gets_the_same_post_again_and_first() {
    for (status, logged) in [
        (StatusCode::SERVICE_UNAVAILABLE, "503"),
        (StatusCode::UNAUTHORIZED, "credentials"),
    ] {
        let target = Recorder::answering(status).await;
        let server = Builder::new()
            .credentials(&format!("callback:\n  url: {}\n", target.url()))
            .start();
        say(&server, "first").await;
        say(&server, "second").await;
        let posts = target.wait_for(2).await;
        assert_eq!(posts[0].json()["text"], "echo: first");
        assert_eq!(posts[1].json()["text"], "echo: first");
        let line = server.logged("is tried again");
        assert!(line.contains(logged), "{line}");
    }
}

#[tokio::test]
async fn two_accounts_stand_side_by_side() {
    let (a, b) = (Recorder::start().await, Recorder::start().await);
    let server = Builder::new()
        .credentials(&format!(
            "callback:\n  - account: a\n    url: {}\n  - account: b\n    url: {}\n    mount: /elsewhere\n",
            a.url(),
            b.url()
        ))
        .start();
    for path in ["/webhooks/callback/a/webhook", "/elsewhere/webhook/"] {
        let body = json!({"sender": path, "message": "hi"}).to_string();
        let response = server.post(path, body).await;
        assert_eq!(response.status(), StatusCode::OK);
    }
    assert_eq!(
        a.wait_for(1).await[0].json()["recipient_id"],
        "/webhooks/callback/a/webhook"
    );
    assert_eq!(
        b.wait_for(1).await[0].json()["recipient_id"],
        "/elsewhere/webhook/"
    );
    let health = client()
        .get(server.at("/elsewhere/"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(health.text().await.expect("a body"), r#"{"status":"ok"}"#);
}
