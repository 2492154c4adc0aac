//! Rasa's REST channel.

use futures_util::StreamExt;
use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard_tests::{Bot, Builder, Switchboard, client};

async fn post(server: &Switchboard, path: &str, body: &Value) -> reqwest::Response {
    let url = server.at(path);
    client()
        .post(url)
        .body(body.to_string())
        .send()
        .await
        .expect("an answer")
}

async fn ask(server: &Switchboard, text: &str) -> Value {
    let response = post(
        server,
        "/webhooks/rest/webhook",
        &json!({"sender": "u", "message": text}),
    )
    .await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/json");
    serde_json::from_str(&response.text().await.expect("a body")).expect("JSON")
}

#[tokio::test]
async fn the_echo_bot_shows_every_kind_of_part() {
    let server = Switchboard::plain();
    assert_eq!(
        ask(&server, "hello").await,
        json!([{"recipient_id": "u", "text": "echo: hello"}])
    );
    let buttons = ask(&server, "buttons").await;
    assert_eq!(
        buttons[0]["buttons"][0],
        json!({"title": "Yes", "payload": "/affirm"})
    );
    assert_eq!(
        ask(&server, "quick").await[0]["buttons"][1]["payload"],
        "/blue"
    );
    let image = ask(&server, "image").await;
    assert_eq!(image[0]["text"], "An image:");
    assert!(
        image[1]["image"]
            .as_str()
            .is_some_and(|url| url.starts_with("https://"))
    );
    let cards = ask(&server, "cards").await;
    assert_eq!(cards[0]["text"], "Card one : The first");
    assert_eq!(cards[1]["buttons"][0]["payload"], "/open_two");
    assert_eq!(ask(&server, "custom").await[0]["custom"]["answer"], 42);
    let multi = ask(&server, "multi").await;
    let texts: Vec<&Value> = multi
        .as_array()
        .expect("a list")
        .iter()
        .map(|m| &m["text"])
        .collect();
    assert_eq!(texts, ["one", "two", "three"]);
}

#[tokio::test]
async fn the_command_that_the_server_prints_works_as_it_stands() {
    let server = Switchboard::plain();
    let banner = server.banner();
    let lines = banner.lines().map(str::trim);
    let command = lines.clone().find(|line| line.starts_with("curl "));
    let command = command.expect("a command");
    let page = lines.clone().next_back().expect("a line");
    assert!(page.ends_with("/webhooks/socketio/chat"), "{banner}");
    let page = client().get(page).send().await.expect("an answer");
    assert_eq!(page.status(), StatusCode::OK);
    let output = tokio::process::Command::new("sh")
        .args([
            "-c",
            &command.replacen("curl", "curl --silent --noproxy '*'", 1),
        ])
        .output()
        .await
        .expect("a shell");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        answer,
        json!([{"recipient_id": "me", "text": "echo: hello"}])
    );
}

#[tokio::test]
async fn the_bot_gets_everything_and_metadata_to_the_byte() {
    let bot = Bot::start().await;
    let server = Switchboard::rest(&bot);
    let body = r#"{"sender": 42, "message": " \n/restart\n", "input_channel": "widget",
        "metadata": {"n": 12345678901234567890, "deep": [{"a": null}]}}"#;
    let response = server.post("/webhooks/rest/webhook", body).await;
    assert_eq!(
        response.text().await.expect("a body"),
        r#"[{"recipient_id":"42","text":"echo: /restart"}]"#
    );
    assert_eq!(
        bot.heard(),
        [
            json!({"sender": "42", "message": "/restart", "input_channel": "widget",
            "metadata": {"n": 12_345_678_901_234_567_890_u64, "deep": [{"a": null}]}})
        ]
    );
}

#[tokio::test]
async fn a_streamed_answer_arrives_piece_by_piece() {
    let bot = Bot::start().await;
    let server = Switchboard::rest(&bot);
    let path = "/webhooks/rest/webhook?stream=true";
    let response = post(&server, path, &json!({"sender": "u", "message": "gate"})).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.bytes_stream();
    let first = body.next().await.expect("a piece").expect("no error");
    assert_eq!(&first[..], b"{\"recipient_id\":\"u\",\"text\":\"first\"}\n");
    // The bot says the second only now, so the first cannot have waited for it.
    bot.open_gate();
    let second = body.next().await.expect("a piece").expect("no error");
    assert_eq!(
        &second[..],
        b"{\"recipient_id\":\"u\",\"text\":\"second\"}\n"
    );
    assert!(body.next().await.is_none(), "it ends with the turn");
}

#[tokio::test]
async fn a_stream_ends_properly_when_the_bot_fails() {
    let bot = Bot::start().await;
    let server = Switchboard::rest(&bot);
    let path = "/webhooks/rest/webhook?stream=true";
    let response = post(&server, path, &json!({"sender": "u", "message": "drop"})).await;
    let mut pieces = response.bytes_stream();
    let first = pieces.next().await.expect("a piece").expect("no error");
    bot.open_gate();
    let mut body = String::from_utf8_lossy(&first).into_owned();
    while let Some(piece) = pieces.next().await {
        body.push_str(&String::from_utf8_lossy(&piece.expect("a body that ends")));
    }
    let lines: Vec<Value> = body
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(
        lines[0],
        json!({"recipient_id": "u", "text": "before the end"})
    );
    assert_eq!(
        (&lines[1]["recipient_id"], &lines[1]["error"]["code"]),
        (&json!("u"), &json!("bot_failed"))
    );
    assert_eq!(lines.len(), 2);
    assert!(
        !body.contains(bot.url()),
        "where the bot lives is nobody's business: {body}"
    );
    let line = server.logged("broke off its answer");
    assert!(
        line.contains("ERROR") && line.contains("channel=\"rest\""),
        "{line}"
    );
}

#[tokio::test]
async fn a_bot_that_fails_is_an_error_with_a_log_line() {
    let bot = Bot::start().await;
    let endpoints = bot.endpoints().replace("5s", "300ms");
    let server = Builder::new()
        .credentials("rest:\n")
        .endpoints(&endpoints)
        .start();
    let table = [
        ("fail", 502, "bot_unavailable", "answered 500"),
        ("garbage", 502, "bot_invalid_answer", "gave no JSON array"),
        ("big", 502, "bot_invalid_answer", "more than 8388608 bytes"),
        ("hang", 504, "bot_timed_out", "did not answer within 300ms"),
    ];
    for stream in ["", "?stream=true"] {
        for (text, status, code, logged) in table {
            if !stream.is_empty() && matches!(text, "garbage" | "big") {
                continue;
            }
            let path = format!("/webhooks/rest/webhook{stream}");
            let response = post(&server, &path, &json!({"sender": "u", "message": text})).await;
            assert_eq!(response.status(), status, "{text}{stream}");
            let body: Value =
                serde_json::from_str(&response.text().await.expect("a body")).expect("JSON");
            assert_eq!(body["error"]["code"], code, "{text}{stream}");
            let line = server.logged(logged);
            assert!(
                line.contains("ERROR") && line.contains("channel=\"rest\""),
                "{line}"
            );
        }
    }
    assert_eq!(ask(&server, "hi").await[0]["text"], "echo: hi");
}

#[tokio::test]
async fn a_bot_that_is_down_is_a_502() {
    // A port that was free a moment ago.
    let bot = Bot::start().await;
    let endpoints = bot.endpoints();
    drop(bot);
    let server = Builder::new()
        .credentials("rest:\n")
        .endpoints(&endpoints)
        .start();
    for path in [
        "/webhooks/rest/webhook",
        "/webhooks/rest/webhook?stream=true",
    ] {
        let response = post(&server, path, &json!({"sender": "u", "message": "hi"})).await;
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
        let body = response.text().await.expect("a body");
        assert_eq!(
            body,
            r#"{"error":{"code":"bot_unavailable","message":"the bot cannot be reached"}}"#
        );
    }
    let _ = server.logged("cannot be reached");
}

#[tokio::test]
async fn a_token_closes_the_channel() {
    let server = Builder::new()
        .credentials("rest:\n  token: ${REST_TOKEN}\n")
        .variable("REST_TOKEN", "s3cret")
        .start();
    let url = server.at("/webhooks/rest/webhook");
    let send = |token: Option<&str>| {
        let request = client().post(&url).body(r#"{"message": "hi"}"#);
        let request = match token {
            Some(token) => request.header("authorization", token),
            None => request,
        };
        async move { request.send().await.expect("an answer") }
    };
    assert_eq!(send(Some("Bearer s3cret")).await.status(), StatusCode::OK);
    assert_eq!(send(Some("bearer s3cret")).await.status(), StatusCode::OK);
    for wrong in [
        None,
        Some("Bearer s3cre"),
        Some("Bearer "),
        Some("Basic s3cret"),
        Some("s3cret"),
    ] {
        let response = send(wrong).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{wrong:?}");
        let body = response.text().await.expect("a body");
        assert_eq!(
            body,
            r#"{"error":{"code":"unauthorized","message":"not authorized"}}"#
        );
    }
    assert!(!server.log().contains("s3cret") && !server.banner().contains("s3cret"));
    // The command that is printed works as it stands here too.
    assert!(
        server.banner().contains("/webhooks/rest\n") || server.banner().ends_with("/webhooks/rest")
    );
}

#[tokio::test]
async fn one_conversation_is_asked_one_message_at_a_time() {
    let bot = Bot::start().await;
    let server = Switchboard::rest(&bot);
    let url = server.at("/webhooks/rest/webhook");
    let client = client();
    // The first holds the lane until the gate opens; the others come meanwhile.
    let gate = client
        .post(format!("{url}?stream=true"))
        .body(json!({"sender": "u", "message": "gate"}).to_string())
        .send()
        .await
        .expect("an answer");
    let mut waiting = Vec::new();
    for number in 0..5 {
        let body = json!({"sender": "u", "message": format!("m{number}")}).to_string();
        let request = client.post(&url).body(body).send();
        waiting.push(tokio::spawn(request));
        // Another conversation does not wait for it.
        let other = json!({"sender": format!("other{number}"), "message": "hi"}).to_string();
        client
            .post(&url)
            .body(other)
            .send()
            .await
            .expect("an answer");
    }
    let of_u = |bot: &Bot| {
        let heard = bot.heard();
        let texts = heard.iter().filter(|message| message["sender"] == "u");
        texts
            .map(|message| message["message"].as_str().expect("text").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(of_u(&bot), ["gate"]);
    bot.open_gate();
    gate.text().await.expect("the rest");
    for request in waiting {
        assert_eq!(
            request
                .await
                .expect("no panic")
                .expect("an answer")
                .status(),
            StatusCode::OK
        );
    }
    let mut heard = of_u(&bot);
    assert_eq!(heard.remove(0), "gate");
    heard.sort();
    assert_eq!(heard, ["m0", "m1", "m2", "m3", "m4"]);
}
