//! What a channel may take at a time and in the long run.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use futures_util::future::join_all;
use reqwest::StatusCode;
use switchboard_tests::{Builder, Recorder, client, eventually};
use tokio::net::TcpListener;

// What waits for the log holds its thread.
#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_the_limit_are_turned_away_and_only_those() {
    let server = Builder::new()
        .compiled()
        .credentials(
            "rest:\nhostile.wasm:\n  - account: busy\n    limits: { concurrency: 1, time: 20s }\n  - account: calm\n",
        )
        .component("hostile.wasm", &switchboard_tests::hostile())
        .start();
    let url = server.at("/webhooks/hostile/busy/do/sleep");
    let sleeping = tokio::spawn(async move { client().post(url).send().await });
    let _ = server.logged("it begins");

    let response = server.post("/webhooks/hostile/busy/do/seen", "").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key("retry-after"));
    let body = response.text().await.expect("a body");
    assert!(body.contains("\"overloaded\""), "{body}");
    let line = server.logged("the call was turned away");
    assert!(
        line.contains("channel=\"hostile/busy\"") && line.contains("limits.concurrency"),
        "{line}"
    );
    let (status, _) = server.provoke_at("hostile/calm", "seen", "").await;
    assert_eq!(status, StatusCode::OK, "another account of the same");
    server.rest_works().await;
    sleeping.abort();
}

#[tokio::test]
async fn requests_to_the_platform_wait_for_each_other() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let seen = most.clone();
    let slow = move || {
        let (now, most) = (now.clone(), most.clone());
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // It takes its time, so that others come meanwhile if they may.
            tokio::time::sleep(Duration::from_millis(50)).await;
            now.fetch_sub(1, Ordering::SeqCst);
        }
    };
    let platform = Router::new().fallback(slow);
    let serving = tokio::spawn(async move { axum::serve(listener, platform).await });
    let server = Builder::new()
        .hostile(&format!("url: {url}\nlimits: {{ connections: 2 }}"))
        .start();
    let answers = join_all((0..8).map(|_| server.provoke("fetch"))).await;
    for answer in answers {
        assert_eq!(answer, (StatusCode::OK, "status 200".to_owned()));
    }
    assert_eq!(seen.load(Ordering::SeqCst), 2);
    serving.abort();
}

#[tokio::test]
async fn a_flood_of_lines_over_many_calls_is_cut_and_counted() {
    let server = Builder::new()
        .hostile("limits: { log_lines: 1000, log_rate: 1/s }")
        .start();
    let lines = |server: &switchboard_tests::Switchboard| {
        let log = server.log();
        log.matches("connector: line ").count()
    };
    assert_eq!(server.provoke("log").await.0, StatusCode::OK);
    let first = lines(&server);
    // Ten at once, and one for each second that it took.
    assert!((10..500).contains(&first), "{first}");
    // Sooner or later there is a line again, and with it is said how many were not.
    let told = eventually("the number of those dropped", async || {
        server.provoke("log").await;
        let log = server.log();
        log.lines()
            .find(|line| line.contains("`limits.log_rate` of the channel"))
            .map(str::to_owned)
    })
    .await;
    assert!(
        told.contains("WARN") && told.contains("channel=\"hostile\"") && told.contains("dropped="),
        "{told}"
    );
    server.rest_works().await;
    // What the connector says does not drown what is said of it.
    assert_eq!(server.provoke("log").await.0, StatusCode::OK);
    let _ = server.provoke("panic").await;
    let line = server.logged("the connector trapped");
    assert!(line.contains("as you wish"), "{line}");
}

#[tokio::test]
async fn the_channels_proxy_is_asked_in_the_platforms_place() {
    let proxy = Recorder::start().await;
    let server = Builder::new()
        .hostile(&format!(
            "url: http://platform.example:8080/in\nsecret: s3cret-value\nproxy: {}",
            proxy.url()
        ))
        .start();
    assert_eq!(server.provoke("fetch").await.1, "status 200");
    let request = proxy.wait_for(1).await.remove(0);
    assert_eq!(request.header("host"), Some("platform.example:8080"));
    assert_eq!(request.path, "/in");
    assert_eq!(request.header("x-secret"), Some("s3cret-value"));
    // What is not granted does not reach the proxy either.
    let (_, denied) = server.provoke("fetch?url=http://elsewhere.example/").await;
    assert!(denied.contains("may not reach"), "{denied}");
    assert_eq!(proxy.requests().len(), 1);
}

/// Anybody can send forgeries.
#[tokio::test(flavor = "multi_thread")]
async fn forgeries_do_not_fill_the_log() {
    let server = Builder::new()
        .credentials("rest:\n  token: the-token\n  limits: { log_rate: 1/m }\n")
        .start();
    let url = server.at("/webhooks/rest/webhook");
    for _ in 0..50 {
        let forged = client().post(&url).bearer_auth("another").body("{}");
        let status = forged.send().await.expect("an answer").status();
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    let _ = server.logged("refused: unauthorized");
    let lines = server.log().matches("refused: unauthorized").count();
    // Ten seconds' worth at once, and never none.
    assert!((1..=2).contains(&lines), "{lines}");
}
