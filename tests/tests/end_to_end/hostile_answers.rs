//! Answers that HTTP does not allow, and too much of everything: the caller gets a whole answer, the connector is told
//! which limit it met, and the log too where there is nobody else to tell.

use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard_tests::{Builder, FAILED, Recorder, client};

#[tokio::test]
async fn what_http_does_not_allow_is_not_sent() {
    let server = Builder::new().hostile("").start();
    for (what, logged) in [
        ("status?status=0", "the status 0 is not within 200 to 599"),
        ("status?status=99", "the status 99 is not"),
        ("status?status=101", "the status 101 is not"),
        ("status?status=600", "the status 600 is not"),
        ("status?status=999", "the status 999 is not"),
        ("status?status=65535", "the status 65535 is not"),
        (
            "split",
            "the value of the header `a` has a control character",
        ),
        ("split_name", r#""a: b\r\nset-cookie" is not a header name"#),
        (
            "frame",
            "the header `transfer-encoding` belongs to the host",
        ),
        ("headers?count=101", "101 headers, over 100"),
        ("headers", "100000 headers, over 100"),
        ("long_header", "bytes of headers, over 32768"),
    ] {
        let url = server.at(&format!("/webhooks/hostile/do/{what}"));
        let response = client().post(url).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY, "{what}");
        assert!(!response.headers().contains_key("set-cookie"), "{what}");
        assert_eq!(response.text().await.expect("a body"), FAILED, "{what}");
        let line = server.logged(logged);
        assert!(
            line.contains("ERROR")
                && line.contains("channel=\"hostile\"")
                && line.contains("answered against the contract"),
            "{line}"
        );
    }
    // The same at the beginning of a response in pieces: there the connector hears of it.
    let (_, text) = server.provoke("begin_split").await;
    assert!(
        text.contains("Invalid") && text.contains("control character"),
        "{text}"
    );
    let (_, text) = server.provoke("begin_status").await;
    assert!(
        text.contains("Invalid") && text.contains("not within 200 to 599"),
        "{text}"
    );
    // None of that is a reason to leave it alone.
    assert_eq!(server.provoke("seen").await.0, StatusCode::OK);
    server.rest_works().await;
}

#[tokio::test]
async fn a_gigabyte_is_not_sent() {
    let server = Builder::new().hostile("limits: { memory: 32 MiB }").start();
    let whole = server.provoke("gigabyte").await;
    assert_eq!(whole, (StatusCode::BAD_GATEWAY, FAILED.into()));
    let _ = server.logged("it needed more than 32 MiB of memory; hint: `limits.memory`");
    // Where it can hold as much, the response is what is too large.
    let larger = server.provoke("response").await;
    assert_eq!(larger, (StatusCode::BAD_GATEWAY, FAILED.into()));
    let _ = server.logged("a body of 9437184 bytes, over 8388608; hint: `limits.response`");

    let url = server.at("/webhooks/hostile/do/gigabyte_in_pieces");
    let mut response = client().post(url).send().await.expect("an answer");
    let mut sent = 0;
    let end = loop {
        match response.chunk().await {
            Ok(Some(piece)) => sent += piece.len(),
            end => break end,
        }
    };
    assert!(end.is_err(), "it is broken off after {sent} bytes");
    assert!(sent <= 8 << 20, "{sent}");
    let line = server.logged("over 8388608 bytes in one response");
    assert!(
        line.contains("`limits.response` of the channel raises it"),
        "{line}"
    );
    server.rest_works().await;
}

#[tokio::test]
async fn half_an_answer_does_not_look_whole() {
    let server = Builder::new().hostile("").start();
    let url = server.at("/webhooks/hostile/do/half");
    let mut response = client().post(url).send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    let piece = response.chunk().await.expect("no error yet");
    assert!(piece.expect("a piece").starts_with(b"half of "));
    let end = loop {
        match response.chunk().await {
            Ok(Some(_)) => {}
            end => break end,
        }
    };
    assert!(end.is_err(), "it is broken off");
    let _ = server.logged("the other half is missing");
    // And a whole one does.
    assert_eq!(
        server.provoke("begin_seen").await,
        (StatusCode::OK, String::new())
    );
    server.rest_works().await;
}

#[tokio::test]
async fn ten_megabytes_to_the_host_and_no_more_than_the_limit() {
    let server = Builder::new().hostile("").start();
    let told = server.provoke("host_call?size=10000000").await;
    assert_eq!(told, (StatusCode::OK, "logged".into()));
    let told = server.provoke("host_call?size=13000000").await;
    assert_eq!(told, (StatusCode::BAD_GATEWAY, FAILED.into()));
    let line = server.logged("bytes to the host at once; hint: `limits.host_call`");
    assert!(line.contains("channel=\"hostile\""), "{line}");
    server.rest_works().await;

    let server = Builder::new()
        .hostile("limits: { host_call: 16 MiB }")
        .start();
    assert_eq!(
        server.provoke("host_call?size=13000000").await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_log_line_is_not_long() {
    let server = Builder::new().hostile("limits: { log_lines: 3 }").start();
    assert_eq!(server.provoke("long_log").await.0, StatusCode::OK);
    let line = server.logged("connector: xxx");
    // 4 KiB of message, 32 fields of 1 KiB, and what the log adds.
    assert!(
        (30_000..40_000).contains(&line.len()),
        "{} bytes",
        line.len()
    );
    assert_eq!(server.provoke("log").await.0, StatusCode::OK);
    let _ = server.logged("more than 3 log lines in one call; hint: `limits.log_lines`");
    let log = server.log();
    let lines = log.lines().filter(|line| line.contains("connector: line"));
    assert_eq!(lines.count(), 3);
    assert!(log.contains("dropped=997"), "{log}");
}

/// Nothing of what a connector is told to be too much is kept.
#[tokio::test]
async fn a_flood_of_events_is_refused_as_a_whole() {
    let server = Builder::new().hostile("limits: { events: 50 }").start();
    let (status, text) = server.provoke("events").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        text.contains("50 ")
            && text
                .contains("over 50 events in one call; `limits.events` of the channel raises it"),
        "{text}"
    );
    server.rest_works().await;
    server.quiet().await;
    // An echo of any of them would have failed by now, as the connector sends nothing.
    assert_eq!(server.dead_letters().await, Vec::<Value>::new());
}

#[tokio::test]
async fn few_events_can_be_too_much_as_well() {
    let server = Builder::new()
        .hostile("limits: { events_size: 1 MiB }")
        .start();
    let (status, text) = server.provoke("events?size=100000").await;
    assert!(status.is_client_error(), "{status}");
    assert!(
        text.contains("10 ") && text.contains("`limits.events_size` of the channel raises it"),
        "{text}"
    );
    server.quiet().await;
    assert_eq!(server.dead_letters().await, Vec::<Value>::new());
    server.rest_works().await;
}

#[tokio::test]
async fn what_it_keeps_is_limited_in_size_and_number() {
    let server = Builder::new()
        .hostile(
            "- account: few\n  limits: { state_keys: 5 }\n\
             - account: small\n  limits: { state: 64 KiB }\n\
             - account: usual\n  limits: { cpu: 20s }",
        )
        .start();
    let (_, text) = server.provoke_at("hostile/few", "state_flood", "").await;
    assert!(
        text.starts_with("5 ") && text.contains("`limits.state_keys`"),
        "{text}"
    );
    let large = "state_flood?size=10000";
    let (_, text) = server.provoke_at("hostile/small", large, "").await;
    assert!(
        text.starts_with("6 ") && text.contains("`limits.state`"),
        "{text}"
    );
    let (_, text) = server.provoke_at("hostile/usual", "state_flood", "").await;
    assert!(
        text.starts_with("1000 ") && text.contains("over 1000 keys"),
        "{text}"
    );
    let (_, text) = server
        .provoke_at("hostile/usual", "state_flood?size=65537", "")
        .await;
    assert!(
        text.starts_with("0 ") && text.contains("the value is over 65536 bytes"),
        "{text}"
    );
    server.rest_works().await;
}

#[tokio::test]
async fn bodies_to_and_from_the_platform_are_limited() {
    let small = Recorder::saying(StatusCode::OK, &[], vec![b'x'; 2_000]).await;
    let large = Recorder::saying(StatusCode::OK, &[], vec![b'x'; 3_000_000]).await;
    let server = Builder::new()
        .hostile(&format!(
            "allow_hosts: [\"{}\"]\nurl: {}\nlimits: {{ fetch_body: 2 MiB, fetches: 3 }}",
            large.url(),
            small.url()
        ))
        .start();
    let limit = "2097152 bytes; `limits.fetch_body` of the channel raises it";
    let (_, text) = server.provoke("fetch_body?size=2000000").await;
    assert_eq!(text, "2000 bytes came");
    let (_, text) = server.provoke("fetch_body?size=3000000").await;
    assert!(
        text.contains(&format!("the body is over {limit}")),
        "{text}"
    );
    assert_eq!(small.requests().len(), 1);
    let (_, text) = server
        .provoke(&format!("fetch_body?url={}", large.url()))
        .await;
    assert!(
        text.contains(&format!("the answer is over {limit}")),
        "{text}"
    );
    // As often as it likes, and no more than it may.
    let (_, text) = server.provoke("fetches").await;
    assert!(
        text.starts_with("3 ") && text.contains("over 3 requests in one call; `limits.fetches`"),
        "{text}"
    );
    assert_eq!(small.requests().len(), 4);
    server.rest_works().await;
}

/// What is wrong with a request comes back to the caller as JSON, whatever is in it.
#[tokio::test]
async fn an_error_that_quotes_is_still_json() {
    let server = Builder::new().hostile("").start();
    let (status, text) = server.provoke("%22%0D%0A%7B").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let error: Value = serde_json::from_str(&text).expect("JSON");
    let message = "`\"\r\n{` is nothing that it does";
    assert_eq!(
        error,
        json!({"error": {"code": "not_found", "message": message}})
    );
}
