//! Who may use the admin API, and when it can be used.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use switchboard_tests::{Builder, Platform, Switchboard, client, message};

async fn send(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let bytes = response.bytes().await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

const PATHS: [(&str, &str); 6] = [
    ("GET", "/metrics"),
    ("GET", "/api/v1/dead-letters"),
    ("DELETE", "/api/v1/dead-letters?all=true"),
    ("GET", "/api/v1/messages/m1"),
    ("POST", "/api/v1/conversations/c/messages"),
    (
        "POST",
        "/conversations/c/trigger_intent?output_channel=courier",
    ),
];

fn request(server: &Switchboard, (method, path): (&str, &str)) -> RequestBuilder {
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    client()
        .request(method, server.at(path))
        .body(r#"{"text": "hi", "name": "greet"}"#)
}

fn with_token(path: &str, token: &str) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}token={token}")
}

#[tokio::test]
async fn without_a_token_it_is_for_this_machine_alone() {
    let platform = Platform::start().await;
    let server = Builder::new().courier(&platform, "").start();
    assert!(server.banner().contains("only from this machine"));
    for path in PATHS {
        for (name, value) in [
            ("x-forwarded-for", "203.0.113.9"),
            ("forwarded", "for=203.0.113.9"),
            ("x-real-ip", "127.0.0.1"),
            ("origin", "https://evil.example"),
            ("host", "evil.example"),
        ] {
            let (status, answer) = send(request(&server, path).header(name, value)).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path:?} {name}");
            assert_eq!(answer["error"]["code"], "forbidden");
        }
        let (status, _) = send(request(&server, path)).await;
        assert_ne!(status, StatusCode::FORBIDDEN, "{path:?}");
    }
    // The forwarded webhook is the platform's.
    let delivery = json!({"events": [message("m1", "c", "hi")]}).to_string();
    let webhook = client()
        .post(server.at("/webhooks/courier/webhook"))
        .header("x-forwarded-for", "203.0.113.9")
        .body(delivery);
    assert_eq!(send(webhook).await.0, StatusCode::OK);
}

#[tokio::test]
async fn with_a_token_it_is_for_who_shows_it() {
    let platform = Platform::start().await;
    let server = Builder::new()
        .courier(&platform, "")
        .argument("--auth-token=s3cret/token")
        .argument("--log-level=trace")
        .start();
    assert!(!server.banner().contains("s3cret"));
    for path in PATHS {
        let refused = [
            request(&server, path),
            request(&server, path).bearer_auth("s3cret"),
            request(&server, path).bearer_auth("s3cret/token/"),
            request(&server, path).basic_auth("s3cret/token", Some("")),
            request(&server, (path.0, &with_token(path.1, ""))),
        ];
        for request in refused {
            let (status, answer) = send(request).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path:?}");
            assert_eq!(answer["error"]["code"], "unauthorized");
        }
        let let_in = [
            request(&server, path).bearer_auth("s3cret/token"),
            request(&server, (path.0, &with_token(path.1, "s3cret/token"))),
            request(&server, path)
                .bearer_auth("s3cret/token")
                .header("x-forwarded-for", "203.0.113.9"),
        ];
        for request in let_in {
            let (status, _) = send(request).await;
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{path:?}");
            assert_ne!(status, StatusCode::FORBIDDEN, "{path:?}");
        }
    }
    assert!(!server.log().contains("s3cret"), "{}", server.log());
}

#[tokio::test]
async fn before_there_is_a_store_it_says_so() {
    let builder = Builder::new();
    std::os::unix::fs::symlink("/proc/self", builder.folder().join("data")).expect("a link");
    let server = builder.start();
    for path in &PATHS[1..] {
        let (status, answer) = send(request(
            &server,
            (path.0, &path.1.replace("courier", "rest")),
        ))
        .await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path:?} {answer}");
    }
    assert_eq!(server.get("/metrics").await.0, StatusCode::OK);
    let listed = server.call(&["dead", "list"]);
    assert_eq!(listed.status.code(), Some(2), "{listed:?}");
}
