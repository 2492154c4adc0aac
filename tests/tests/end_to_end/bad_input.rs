//! What nobody should send, on every channel: a 4xx in one form, and nothing else is harmed.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use switchboard_tests::{Builder, Recorder, Switchboard, client, example};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CHANNELS: [&str; 3] = ["rest", "callback", "myio"];

async fn server() -> (Switchboard, Recorder) {
    let target = Recorder::start().await;
    let server = Builder::new()
        .credentials(&format!(
            "rest:\ncallback:\n  url: {}\nmy_io.wasm:\n",
            target.url()
        ))
        .component("my_io.wasm", &example("myio"))
        .start();
    (server, target)
}

async fn works(server: &Switchboard) {
    for channel in CHANNELS {
        let url = server.at(&format!("/webhooks/{channel}/webhook"));
        let body = json!({"sender": "u", "message": "hi"}).to_string();
        let response = client()
            .post(url)
            .body(body)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{channel}");
    }
}

async fn expect(response: reqwest::Response, status: u16, code: &str, what: &str) {
    assert_eq!(response.status(), status, "{what}");
    assert_eq!(
        response.headers()["content-type"],
        "application/json",
        "{what}"
    );
    let body = response.text().await.expect("a body");
    let error: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{what}: {body}"));
    assert_eq!(error["error"]["code"], code, "{what}: {body}");
    let message = error["error"]["message"].as_str().expect("a message");
    assert!(!message.is_empty(), "{what}");
    let keys: Vec<_> = error.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["error"], "{what}");
}

#[tokio::test]
async fn bodies() {
    let (server, _target) = server().await;
    let deep = |open: &str, close: &str| {
        format!(
            "{{\"sender\": \"u\", \"message\": \"hi\", \"x\": {}{}}}",
            open.repeat(10_000),
            close.repeat(10_000)
        )
    };
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("empty", vec![]),
        ("white space", b" \n".to_vec()),
        ("not JSON", b"hello".to_vec()),
        ("cut off", b"{\"sender\": \"u\", \"message\": \"h".to_vec()),
        ("two values", b"{\"message\": \"a\"} {}".to_vec()),
        ("a list", b"[]".to_vec()),
        ("a text", b"\"message\"".to_vec()),
        ("a number", b"7".to_vec()),
        ("null", b"null".to_vec()),
        ("no message", b"{\"sender\": \"u\"}".to_vec()),
        (
            "message null",
            b"{\"sender\": \"u\", \"message\": null}".to_vec(),
        ),
        (
            "message a number",
            b"{\"sender\": \"u\", \"message\": 1}".to_vec(),
        ),
        (
            "message a list",
            b"{\"sender\": \"u\", \"message\": [\"hi\"]}".to_vec(),
        ),
        (
            "sender an object",
            b"{\"sender\": {}, \"message\": \"hi\"}".to_vec(),
        ),
        (
            "invalid UTF-8",
            b"{\"sender\": \"u\", \"message\": \"h\xff\xfei\"}".to_vec(),
        ),
        (
            "UTF-16",
            "{}".encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        ("10,000 lists deep", deep("[", "]").into()),
        ("10,000 objects deep", deep("{\"a\":[", "]}").into()),
        (
            "10,000 open",
            format!("{{\"message\": {}", "[".repeat(10_000)).into(),
        ),
        ("a form", b"sender=u&message=hi".to_vec()),
        (
            "a sender of 5,000 bytes",
            json!({"sender": "s".repeat(5_000), "message": "hi"})
                .to_string()
                .into(),
        ),
    ];
    for channel in CHANNELS {
        let url = server.at(&format!("/webhooks/{channel}/webhook"));
        for (what, body) in &bodies {
            let response = client()
                .post(&url)
                .body(body.clone())
                .send()
                .await
                .expect("an answer");
            expect(response, 400, "bad_request", &format!("{channel}: {what}")).await;
        }
    }
    works(&server).await;
}

#[tokio::test]
async fn paths_and_methods() {
    let (server, _target) = server().await;
    for channel in CHANNELS {
        let webhook = format!("/webhooks/{channel}/webhook");
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let response = client()
                .request(method, server.at(&webhook))
                .send()
                .await
                .expect("an answer");
            assert_eq!(response.headers()["allow"], "POST");
            expect(response, 405, "method_not_allowed", channel).await;
        }
        let odd = Method::from_bytes(b"BREW").expect("a token");
        let response = client()
            .request(odd, server.at(&webhook))
            .send()
            .await
            .expect("an answer");
        expect(response, 405, "method_not_allowed", channel).await;
        let response = client()
            .post(server.at(&format!("/webhooks/{channel}")))
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.headers()["allow"], "GET, HEAD");
        expect(response, 405, "method_not_allowed", channel).await;
        let response = client()
            .post(server.at(&format!("{webhook}/more")))
            .send()
            .await
            .expect("an answer");
        expect(response, 404, "not_found", channel).await;
    }
    for path in [
        "/webhooks",
        "/webhooks/slack/webhook",
        "/nope",
        "/webhooks//rest/webhook",
        "/%2e%2e/%00",
    ] {
        let response = client()
            .get(server.at(path))
            .send()
            .await
            .expect("an answer");
        expect(response, 404, "not_found", path).await;
    }
    works(&server).await;
}

#[tokio::test]
async fn sizes() {
    let (server, target) = server().await;
    let message = |length: usize| json!({"sender": "u", "message": "x".repeat(length)}).to_string();
    for channel in CHANNELS {
        let response = server
            .post(&format!("/webhooks/{channel}/webhook"), message(1 << 20))
            .await;
        expect(response, 413, "payload_too_large", channel).await;
        // The same without a length to go by.
        let url = server.at(&format!("/webhooks/{channel}/webhook"));
        let piece = |_| Ok::<_, std::io::Error>(vec![b' '; 1 << 16]);
        let pieces = futures_util::stream::iter((0..20).map(piece));
        let body = reqwest::Body::wrap_stream(pieces);
        let sent = client().post(&url).body(body).send().await;
        // The answer may come while the body is still on its way, and then be lost with the connection.
        if let Ok(response) = sent {
            expect(response, 413, "payload_too_large", channel).await;
        }
        let nearly = message((1 << 20) - 100);
        let response = client()
            .post(&url)
            .body(nearly)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{channel}");
    }
    drop(target);

    let small = Builder::new()
        .credentials("rest:\n  limits:\n    body: 2 KiB\n")
        .start();
    let url = small.at("/webhooks/rest/webhook");
    let response = client()
        .post(&url)
        .body(message(3_000))
        .send()
        .await
        .expect("an answer");
    expect(response, 413, "payload_too_large", "a smaller limit").await;
    works(&server).await;
}

#[tokio::test]
async fn headers() {
    let (server, _target) = server().await;
    let url = server.at("/webhooks/rest/webhook");
    let mut many = client().post(&url).body("{}");
    for number in 0..150 {
        many = many.header(format!("x-{number}"), "v");
    }
    expect(
        many.send().await.expect("an answer"),
        431,
        "headers_too_large",
        "150 headers",
    )
    .await;
    let long = client()
        .post(&url)
        .header("x-long", "v".repeat(40_000))
        .body("{}");
    expect(
        long.send().await.expect("an answer"),
        431,
        "headers_too_large",
        "a long header",
    )
    .await;

    // Beyond what is parsed at all the library answers, without a body, and closes.
    let mut absurd = String::from("POST /webhooks/rest/webhook HTTP/1.1\r\nhost: x\r\n");
    for number in 0..5_000 {
        absurd.push_str(&format!("x-{number}: v\r\n"));
    }
    absurd.push_str("content-length: 0\r\n\r\n");
    assert!(
        raw(&server, absurd.as_bytes())
            .await
            .starts_with("HTTP/1.1 431")
    );
    works(&server).await;
}

#[tokio::test]
async fn not_even_http() {
    let (server, _target) = server().await;
    for (bytes, status) in [
        (&b"hello\r\n\r\n"[..], "HTTP/1.1 400"),
        (b"POST /webhooks/rest/webhook HTTP/1.1\r\nhost: x\r\ncontent-length: abc\r\n\r\n{}", "HTTP/1.1 400"),
        (b"POST /webhooks/rest/webhook HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n{}", "HTTP/1.1 400"),
        (
            b"POST /webhooks/rest/webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
            "HTTP/1.1 400",
        ),
    ] {
        let answer = raw(&server, bytes).await;
        assert!(answer.starts_with(status), "{answer}");
    }
    works(&server).await;
}

/// Sends bytes as they are, and reads until the server closes.
async fn raw(server: &Switchboard, bytes: &[u8]) -> String {
    let address = server.url.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // The server may answer and close before it has read all.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}
