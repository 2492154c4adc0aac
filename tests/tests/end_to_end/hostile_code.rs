//! A connector whose code does not end, grows or dies harms its own call: that one gets its answer, the log says which
//! limit it met, and REST goes on.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::StatusCode;
use switchboard_tests::{
    Builder, FAILED, LATE, Recorder, Switchboard, client, courier, eventually,
    hostile_with_large_table, resident_memory,
};
use tokio::net::TcpListener;

/// A host that takes connections, as the system does for it, and never says a word.
struct Silent(TcpListener);

impl Silent {
    async fn start() -> Self {
        Self(TcpListener::bind(("127.0.0.1", 0)).await.expect("a port"))
    }

    fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().expect("an address"))
    }
}

/// Lines of the log about a failed call with this text in them.
fn lines(server: &Switchboard, text: &str) -> usize {
    let log = server.log();
    let about = |line: &&str| line.contains(text) && line.contains("call=\"receive\"");
    log.lines().filter(about).count()
}

#[tokio::test]
async fn what_does_not_end_is_ended() {
    let silent = Silent::start().await;
    let server = Builder::new()
        .hostile(&format!(
            "- account: computes\n  limits: {{ cpu: 200ms, memory: 32 MiB }}\n\
             - account: waits\n  limits: {{ time: 1s }}\n  url: {}",
            silent.url()
        ))
        .start();
    let computing = [
        "loop",
        "log_loop",
        "state_loop",
        "stack",
        "memory",
        "handles",
    ];
    let computing = computing.map(|what| server.provoke_at("hostile/computes", what, ""));
    let waiting = ["sleep", "fetch_loop"];
    let waiting = waiting.map(|what| server.provoke_at("hostile/waits", what, ""));
    // All at once, and REST between them.
    let (died, late, ()) = tokio::join!(join_all(computing), join_all(waiting), async {
        for _ in 0..10 {
            server.rest_works().await;
        }
    });
    for answer in died {
        assert_eq!(answer, (StatusCode::BAD_GATEWAY, FAILED.into()));
    }
    for answer in late {
        assert_eq!(answer, (StatusCode::GATEWAY_TIMEOUT, LATE.into()));
    }
    for (times, text) in [
        (
            3,
            "it computed for more than 200ms; hint: `limits.cpu` of the channel raises it",
        ),
        (1, "the stack is exhausted"),
        (
            1,
            "it needed more than 32 MiB of memory; hint: `limits.memory` of the channel raises it",
        ),
        (
            1,
            "it held more than 1000 handles; hint: `limits.handles` of the channel raises it",
        ),
        (
            2,
            "the connector was not done within 1s; hint: `limits.time` of the channel raises it",
        ),
    ] {
        let line = server.logged(text);
        assert!(
            line.contains("ERROR") && line.contains("channel=\"hostile/"),
            "{line}"
        );
        assert_eq!(lines(&server, text), times, "{text}:\n{}", server.log());
    }
    server.rest_works().await;
    // The log of the one that did nothing else is cut as well.
    assert!(
        server
            .logged("more than 100 log lines")
            .contains("dropped=")
    );
}

#[tokio::test]
async fn nobody_waits_for_a_loop() {
    let server = Builder::new().hostile("limits: { cpu: 3s }").start();
    let url = server.at("/webhooks/hostile/do/loop");
    let busy: Vec<_> = (0..4)
        .map(|_| tokio::spawn(client().post(&url).send()))
        .collect();
    for _ in 0..20 {
        server.rest_works().await;
    }
    assert!(
        !busy.iter().any(|call| call.is_finished()),
        "REST was first"
    );
    // Nobody waits for these either: the server is stopped, and they with it.
}

/// The budget is for what it computes; how often it waits for somebody else does not count.
#[tokio::test]
async fn waiting_is_no_computing() {
    let target = slow(Duration::from_millis(15)).await;
    let server = Builder::new()
        .hostile(&format!("limits: {{ cpu: 100ms }}\nurl: {target}"))
        .start();
    assert_eq!(
        server.provoke("wait?times=60").await,
        (StatusCode::OK, "60".into()),
        "{}",
        server.log()
    );
}

/// A host that takes its time.
async fn slow(time: Duration) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let router = axum::Router::new().fallback(async move || tokio::time::sleep(time).await);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Questions too have an end: their time does not count, so their number does.
#[tokio::test]
async fn questions_without_end_are_ended() {
    let server = Builder::new()
        .hostile("limits: { asks: 5, cpu: 200ms }")
        .start();
    let (_, text) = server.provoke("asks").await;
    assert!(
        text.starts_with("5 ")
            && text
                .contains("over 5 questions in one call; `limits.asks` of the channel raises it"),
        "{text}"
    );
    let answer = server.provoke("ask_loop").await;
    assert_eq!(answer, (StatusCode::BAD_GATEWAY, FAILED.into()));
    let _ = server.logged("it computed for more than 200ms; hint: `limits.cpu`");
    server.rest_works().await;
}

#[tokio::test]
async fn handles_of_every_kind_are_counted() {
    let server = Builder::new().hostile("limits: { handles: 16 }").start();
    let answer = server.provoke("replies").await;
    assert_eq!(answer, (StatusCode::BAD_GATEWAY, FAILED.into()));
    let _ = server.logged("it held more than 16 handles; hint: `limits.handles`");
    server.rest_works().await;
}

/// The time in which the bot is waited for does not count, but nobody waits for himself without end.
#[tokio::test]
async fn who_waits_for_himself_is_late() {
    let server = Builder::new().hostile("limits: { time: 1s }").start();
    let answer = server.provoke("ask_twice").await;
    assert_eq!(answer, (StatusCode::GATEWAY_TIMEOUT, LATE.into()));
    let _ = server.logged("was not done within 1s");
    // The conversation goes on.
    let answer = server.provoke("ask").await;
    assert_eq!(answer, (StatusCode::OK, "1 parts".into()));
    server.rest_works().await;
}

#[tokio::test]
async fn a_kept_answer_keeps_nobody_waiting() {
    let server = Builder::new().hostile("isolation: reuse").start();
    for _ in 0..3 {
        let answer = server.provoke("keep_reply").await;
        assert_eq!(answer, (StatusCode::OK, "kept".into()));
    }
    let answer = server.provoke("ask").await;
    assert_eq!(answer, (StatusCode::OK, "1 parts".into()));
}

#[tokio::test]
async fn a_table_over_the_limit_does_not_start() {
    let component = hostile_with_large_table();
    let builder = Builder::new()
        .credentials("hostile.wasm:\n  limits: { table: 1000 }\n")
        .file("hostile.wasm", &component);
    let output = builder.output("check");
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("it needed a table of more than 1000 entries; hint: `limits.table` of the channel raises it"),
        "{error}"
    );
    let raised = builder.credentials("hostile.wasm:\n  limits: { table: 20000 }\n");
    assert!(raised.output("check").status.success());
}

#[tokio::test]
async fn only_the_end_of_what_it_prints_is_kept() {
    let server = Builder::new().hostile("limits: { cpu: 10s }").start();
    let answer = server.provoke("print").await;
    assert_eq!(answer, (StatusCode::BAD_GATEWAY, FAILED.into()));
    let line = server.logged("the connector trapped");
    assert!(
        line.contains("after all of it") && line.contains("line 4999"),
        "{line}"
    );
    assert!(!line.contains("line 1000"), "the end alone");
    assert!(line.len() < 10_000, "{} bytes", line.len());
    server.rest_works().await;
}

#[tokio::test]
async fn one_that_fails_all_the_time_is_left_alone_and_no_other() {
    let server = Builder::new()
        .hostile("- account: broken\n- account: sound")
        .start();
    for _ in 0..10 {
        let answer = server.provoke_at("hostile/broken", "panic", "").await;
        assert_eq!(answer, (StatusCode::BAD_GATEWAY, FAILED.into()));
    }
    let response = server.post("/webhooks/hostile/broken/do/seen", "").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let seconds = response.headers()["retry-after"].to_str().expect("text");
    let seconds: u64 = seconds.parse().expect("seconds");
    assert!((1..=30).contains(&seconds), "{seconds}");
    let error = response.text().await.expect("a body");
    assert!(error.contains(r#""code":"connector_failing""#), "{error}");
    let line = server.logged("fails all the time");
    assert!(
        line.contains("ERROR") && line.contains("channel=\"hostile/broken\""),
        "{line}"
    );

    let health = async |account: &str| {
        let url = server.at(&format!("/webhooks/hostile/{account}"));
        let response = client().get(url).send().await.expect("an answer");
        let status = response.status();
        (status, response.text().await.expect("a body"))
    };
    let (status, why) = health("broken").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        why.contains("failing") && why.contains("panicked or aborted"),
        "{why}"
    );
    assert_eq!(health("sound").await.0, StatusCode::OK);
    let (status, _) = server.provoke_at("hostile/sound", "seen", "").await;
    assert_eq!(
        status,
        StatusCode::OK,
        "another account of the same connector"
    );
    server.rest_works().await;
}

#[tokio::test]
async fn memory_returns_to_where_it_was() {
    let target = Recorder::start().await;
    let server = Builder::new()
        .hostile(&format!(
            "- account: a\n  url: {0}\n- account: b\n  url: {0}",
            target.url()
        ))
        .start();
    let wild = [
        "memory",
        "gigabyte",
        "handles",
        "stack",
        "host_call?size=10000000",
        "fetch_body?size=8000000",
        "events?size=1000",
        "headers",
    ];
    // Once, for what is made once and kept.
    assert_eq!(
        server.provoke_at("hostile/a", "seen", "").await.0,
        StatusCode::OK
    );
    server.rest_works().await;
    let before = resident_memory(server.pid());
    for account in ["hostile/a", "hostile/b"] {
        let all = wild.map(|what| server.provoke_at(account, what, ""));
        tokio::join!(join_all(all), server.rest_works());
    }
    let what = format!("the {before} MiB from before, and no more than 64 MiB on top");
    eventually(&what, async || {
        (resident_memory(server.pid()) < before + 64.0).then_some(())
    })
    .await;
    server.rest_works().await;
}

#[tokio::test]
async fn what_becomes_of_the_file_does_not_matter_to_what_runs() {
    let server = Builder::new().hostile("").start();
    let file = server.folder().join("hostile.wasm");
    let other = std::fs::read(courier()).expect("a component");
    for content in [&b"garbage"[..], &other, b""] {
        std::fs::write(&file, content).expect("a file");
        assert_eq!(server.provoke("count").await, (StatusCode::OK, "1".into()));
        assert_eq!(server.provoke("panic").await.0, StatusCode::BAD_GATEWAY);
    }
    std::fs::remove_file(&file).expect("the file");
    assert_eq!(server.provoke("count").await, (StatusCode::OK, "1".into()));
    server.rest_works().await;
}
