//! A stop is bounded, whatever a connector does at the time. Several threads: one waits for the process to end.

use reqwest::StatusCode;
use switchboard_tests::{Builder, Reply, ScriptedBot, Switchboard, client};
use tokio::net::TcpListener;

/// Stops a server while a connector does `what` and would go on for minutes.
async fn cut_off(what: &str, is_there: impl AsyncFnOnce(&Switchboard), builder: Builder) {
    let mut server = builder.argument("--shutdown-timeout=1").start();
    let url = server.at(&format!("/webhooks/hostile/do/{what}"));
    let asked = tokio::spawn(client().post(url).send());
    is_there(&server).await;
    server.rest_works().await;
    assert!(!asked.is_finished(), "{what}");
    server.terminate();
    assert_eq!(server.wait(), Some(1), "{what}: {}", server.log());
    let line = server.logged("cut off");
    assert!(line.contains("WARN"), "{line}");
    let _ = server.logged("stopped");
    assert!(asked.await.expect("no panic").is_err(), "{what}");
}

async fn begins(server: &Switchboard) {
    let _ = server.logged("it begins");
}

const LONG: &str = "limits: { cpu: 60s, time: 10m }";

#[tokio::test(flavor = "multi_thread")]
async fn one_that_computes() {
    cut_off("loop", begins, Builder::new().hostile(LONG)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_sleeps() {
    cut_off("sleep", begins, Builder::new().hostile(LONG)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_waits_for_the_platform() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = silent.local_addr().expect("an address");
    let builder = Builder::new().hostile(&format!("{LONG}\nurl: http://{address}"));
    let called = async |_: &Switchboard| {
        // The connection stays open, and silent.
        std::mem::forget(silent.accept().await.expect("a connection"));
    };
    cut_off("look", called, builder).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_waits_for_the_bot() {
    let bot = ScriptedBot::start().await;
    bot.does(|heard| match &heard.text[..] {
        "well?" => Reply::Hang,
        _ => Reply::echo(heard),
    });
    let builder = Builder::new()
        .hostile(LONG)
        .endpoints(&bot.webhook("timeout: 10m"));
    let asked = async |_: &Switchboard| {
        bot.wait_for(1).await;
    };
    cut_off("ask", asked, builder).await;
}

/// One that is done in time is waited for.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_ends_by_its_limit() {
    let mut server = Builder::new().hostile("limits: { cpu: 300ms }").start();
    let url = server.at("/webhooks/hostile/do/loop");
    let asked = tokio::spawn(client().post(url).send());
    begins(&server).await;
    server.terminate();
    assert_eq!(server.wait(), Some(0), "{}", server.log());
    let answer = asked.await.expect("no panic").expect("an answer");
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    let _ = server.logged("it computed for more than 300ms");
}
