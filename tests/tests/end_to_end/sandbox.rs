//! A connector that misbehaves harms its own call, and nothing else.

use reqwest::StatusCode;
use switchboard_tests::{Builder, FAILED, Recorder, Switchboard, client, hostile};

fn start(settings: &str) -> Switchboard {
    Builder::new()
        .hostile(&format!("limits:\n  cpu: 200ms\n{settings}"))
        .start()
}

#[tokio::test]
async fn a_trap_is_a_502_with_the_panics_message_and_place_in_the_log() {
    let server = start("");
    assert_eq!(
        server.provoke("panic").await,
        (StatusCode::BAD_GATEWAY, FAILED.into())
    );
    let line = server.logged("the connector trapped");
    assert!(
        line.contains("ERROR") && line.contains("channel=\"hostile\""),
        "{line}"
    );
    assert!(
        line.contains("connector=") && line.contains("hostile.wasm"),
        "{line}"
    );
    assert!(line.contains("as you wish"), "the panic's message: {line}");
    assert!(
        line.contains("backtrace=") && line.contains("hostile::"),
        "the author's own frame: {line}"
    );
    assert_eq!(
        server.provoke("seen").await.0,
        StatusCode::OK,
        "the next request works"
    );
    server.rest_works().await;
}

#[tokio::test]
async fn limits_are_named_with_the_setting_that_raises_them() {
    let server = start("  memory: 8 MiB\n");
    for (what, logged) in [
        ("loop", "computed for more than 200ms; hint: `limits.cpu`"),
        ("memory", "more than 8 MiB of memory; hint: `limits.memory`"),
    ] {
        let busy = server.provoke(what);
        let others = server.rest_works();
        let ((status, body), ()) = tokio::join!(busy, others);
        assert_eq!(
            (status, body.as_str()),
            (StatusCode::BAD_GATEWAY, FAILED),
            "{what}"
        );
        let _ = server.logged(logged);
    }
    server.rest_works().await;
}

#[tokio::test]
async fn an_answer_against_the_contract_is_a_502() {
    let server = start("");
    assert_eq!(server.provoke("status").await.0, StatusCode::BAD_GATEWAY);
    let _ = server.logged("the status 999 is not within 200 to 599");
    assert_eq!(server.provoke("split").await.0, StatusCode::BAD_GATEWAY);
    let _ = server.logged("control character");
    server.rest_works().await;
}

#[tokio::test]
async fn a_refused_request_accepts_nothing_and_keeps_its_reason_to_itself() {
    let mut server = start("");
    let (status, body) = server.provoke("refused").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(
        body,
        r#"{"error":{"code":"forbidden","message":"not allowed"}}"#
    );
    let _ = server.logged("the text for the operator");
    server.rest_works().await;
    // Had the message been taken, the echo would have failed by the time that all is drained: the connector has no `send`.
    server.terminate();
    let _ = server.logged("stopped");
    assert_eq!(server.wait(), Some(0));
    assert!(!server.log().contains("was not delivered"));
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let server = start("");
    let (_, environment) = server.provoke("environment").await;
    assert!(
        environment.starts_with("[] Err("),
        "no variable, no file: {environment}"
    );
}

#[tokio::test]
async fn a_flood_of_log_lines_is_cut_and_every_line_is_one() {
    let server = start("");
    assert_eq!(server.provoke("log").await.0, StatusCode::OK);
    let _ = server.logged("more than 100 log lines");
    let log = server.log();
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("connector: line"))
        .collect();
    assert_eq!(lines.len(), 100);
    assert!(lines[0].contains(r"line 0\nfake line"), "{}", lines[0]);
    assert!(log.contains("dropped=900"), "{log}");
}

#[tokio::test]
async fn it_reaches_granted_hosts_and_no_other() {
    let granted = Recorder::start().await;
    let other = Recorder::start().await;
    let server = start(&format!(
        "url: {}/in\nsecret: s3cret-value\n",
        granted.url()
    ));
    assert_eq!(server.provoke("fetch").await.1, "status 200");
    let (_, denied) = server
        .provoke(&format!("fetch?url={}/x", other.url()))
        .await;
    assert!(denied.contains("may not reach"), "{denied}");
    let line = server.logged("was not let out");
    let grant = format!("allow_hosts: [\"{}\"]", other.url());
    assert!(line.contains("WARN") && line.contains(&grant), "{line}");
    assert!(other.requests().is_empty());

    // A secret is put into the header, and into the body only where its declaration says so.
    let request = granted.wait_for(1).await.remove(0);
    assert_eq!(request.header("x-secret"), Some("s3cret-value"));
    let body = String::from_utf8_lossy(&request.body).into_owned();
    assert!(
        body.contains("sealed-") && !body.contains("s3cret"),
        "{body}"
    );
    // What the connector has in hand is no use to anybody.
    let (_, seen) = server.provoke("seen").await;
    assert!(
        seen.contains("sealed-") && !seen.contains("s3cret"),
        "{seen}"
    );
    assert!(!server.log().contains("s3cret"));
}

#[tokio::test]
async fn the_public_url_is_what_the_platform_called() {
    let server = start("public_url: https://bot.example.com/base\n");
    let (_, seen) = server.provoke("seen?a=b%20c").await;
    assert_eq!(
        seen,
        "None https://bot.example.com/base/webhooks/hostile/do/seen?a=b%20c"
    );
}

#[tokio::test]
async fn without_the_addresses_for_a_pool_it_runs_all_the_same() {
    let builder = Builder::new().credentials("rest:\nhostile.wasm:\n");
    let server = builder
        .component("hostile.wasm", &hostile())
        .address_space(64 << 20)
        .start();
    let _ = server.logged("instances are allocated one by one");
    assert_eq!(server.provoke("seen").await.0, StatusCode::OK);
    assert_eq!(server.provoke("panic").await.0, StatusCode::BAD_GATEWAY);
    server.rest_works().await;
}

#[tokio::test]
async fn an_instance_is_fresh_unless_the_operator_says_otherwise() {
    let server = Builder::new()
        .credentials(
            "hostile.wasm:\n  - account: fresh\n  - account: a\n    isolation: reuse\n  - account: b\n    isolation: reuse\n",
        )
        .component("hostile.wasm", &hostile())
        .compiled()
        .start();
    let ask = |account: &'static str, what: &'static str| {
        let request = client().post(server.at(&format!("/webhooks/hostile/{account}/do/{what}")));
        async move {
            request
                .send()
                .await
                .expect("an answer")
                .text()
                .await
                .expect("a body")
        }
    };
    for _ in 0..3 {
        assert_eq!(ask("fresh", "count").await, "1");
    }
    for number in ["1", "2", "3"] {
        assert_eq!(ask("a", "count").await, number);
    }
    assert_eq!(
        ask("b", "count").await,
        "1",
        "no instance serves two channels"
    );
    assert_eq!(ask("a", "panic").await, FAILED);
    assert_eq!(
        ask("a", "count").await,
        "1",
        "after a trap the instance is gone"
    );
}

#[tokio::test]
async fn every_limit_says_which_setting_raises_it() {
    let target = Recorder::start().await;
    let server = start(&format!(
        "  events: 3\n  fetches: 2\n  memory: 256 MiB\nurl: {}\n",
        target.url()
    ));
    let (status, text) = server.provoke("events").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        text.contains("3 ") && text.contains("limits.events"),
        "{text}"
    );
    let (_, text) = server.provoke("fetches").await;
    assert!(
        text.starts_with("2 ") && text.contains("limits.fetches"),
        "{text}"
    );
    assert_eq!(target.requests().len(), 2);
    for (what, setting) in [
        ("host_call", "limits.host_call"),
        ("response", "limits.response"),
    ] {
        assert_eq!(
            server.provoke(what).await.0,
            StatusCode::BAD_GATEWAY,
            "{what}"
        );
        let line = server.logged(setting);
        assert!(line.contains("channel=\"hostile\""), "{line}");
    }
    server.rest_works().await;
}

/// The platform repeats the secret that it was shown: nobody gets to see it by that.
#[tokio::test]
async fn a_secret_that_comes_back_is_taken_out() {
    let secret = "t0ken/that+is=long";
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let repeat = |headers: axum::http::HeaderMap| async move {
        let shown = headers["x-secret"].to_str().expect("text").to_owned();
        let encoded: String = shown.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("you sent {shown} which is {encoded}")
    };
    let platform = axum::Router::new().fallback(repeat);
    let serving = tokio::spawn(async move { axum::serve(listener, platform).await });
    let server = start(&format!("secret: {secret}\nurl: {url}\n"));
    let (status, text) = server.provoke("repeat").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{text}");
    assert!(
        text.contains("you sent ") && !text.contains(secret),
        "{text}"
    );
    let line = server.logged("you sent");
    assert!(!line.contains(secret), "{line}");
    serving.abort();
}
