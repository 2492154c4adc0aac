//! A disk that is full, a folder that cannot be written to, a file that is not ours or no longer whole.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use serde_json::json;
use switchboard_tests::{
    Builder, Disk, Platform, Recorder, Reply, ScriptedBot, Switchboard, contents, eventually,
    message,
};

async fn rest_works(server: &Switchboard) {
    let body = r#"{"sender": "u", "message": "hi"}"#;
    let response = server.post("/webhooks/rest/webhook", body).await;
    assert_eq!(response.status(), StatusCode::OK);
    let answer = response.text().await.expect("a body");
    assert_eq!(answer, r#"[{"recipient_id":"u","text":"echo: hi"}]"#);
}

/// Says one thing after the other until the server takes no more; which it took.
async fn say_until_turned_away(server: &Switchboard, conversation: &str) -> Vec<String> {
    let padding = "x".repeat(100_000);
    let mut taken = Vec::new();
    loop {
        let id = format!("{conversation}-{}", taken.len());
        let mut event = message(&id, conversation, &id);
        event["metadata"] = json!({ "padding": padding });
        let delivery = json!({ "events": [event] }).to_string();
        let response = server.post("/webhooks/courier/webhook", delivery).await;
        match response.status() {
            StatusCode::OK => taken.push(id),
            StatusCode::SERVICE_UNAVAILABLE => {
                let after = response.headers().get(RETRY_AFTER).expect("a time");
                let after = after.to_str().expect("a text").parse::<u32>();
                assert!(after.is_ok_and(|seconds| seconds > 0));
                return taken;
            }
            other => panic!("{id}: {other}"),
        }
        assert!(taken.len() < 10_000, "a disk without end");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_and_is_got_over() {
    for disk in Disk::all() {
        let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
        let builder = Builder::new()
            .courier(&platform, "")
            .endpoints(&bot.webhook(""));
        let mut server = disk.under(builder).start();
        // While it is full a turn ends, whose answer must not be lost either.
        bot.does(|heard| match &heard.text[..] {
            "held" => Reply::SayAtGate(vec![json!({"text": "echo: held"})]),
            _ => Reply::echo(heard),
        });
        server.say("held", "held", "held").await;
        bot.wait_for(1).await;

        disk.fill(&server);
        let taken = say_until_turned_away(&server, "c").await;
        let line = server.logged("turned away");
        assert!(line.contains("ERROR"), "{line}");
        bot.open(1);
        rest_works(&server).await;
        // Again, and it stays so.
        let more = say_until_turned_away(&server, "d").await;
        rest_works(&server).await;

        disk.free(&server);
        eventually("it takes messages again", async || {
            let events = json!({"events": [message("after", "after", "after")]});
            (server.deliver(&events).await.0 == StatusCode::OK).then_some(())
        })
        .await;
        server.quiet().await;
        let echo = |ids: &[String]| -> Vec<String> {
            ids.iter().map(|id| format!("echo: {id}")).collect()
        };
        assert_eq!(platform.texts("held"), ["echo: held"], "{disk:?}");
        assert_eq!(platform.texts("c"), echo(&taken), "{disk:?}");
        assert_eq!(platform.texts("d"), echo(&more), "{disk:?}");
        assert_eq!(platform.texts("after"), ["echo: after"], "{disk:?}");

        // The file is whole.
        server.terminate();
        assert_eq!(server.wait(), Some(0), "{}", server.log());
        server.restart();
        server.say("later", "after", "later").await;
        server.quiet().await;
        assert_eq!(platform.texts("after"), ["echo: after", "echo: later"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_to_at_start_is_waited_for() {
    let target = Recorder::start().await;
    let builder =
        Builder::new().credentials(&format!("rest:\ncallback:\n  url: {}\n", target.url()));
    let data = builder.folder().join("data");
    // Not even root can make a file there.
    symlink("/proc/self", &data).expect("a link");
    let mut server = builder.start();
    let line = server.logged("nothing can be accepted");
    assert!(line.contains("ERROR"), "{line}");
    let say = |text: &str| {
        let body = json!({"sender": "u", "message": text}).to_string();
        server.post("/webhooks/callback/webhook", body)
    };
    let response = say("lost?").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key(RETRY_AFTER));
    rest_works(&server).await;

    fs::remove_file(&data).expect("the link");
    let _ = server.logged("messages are accepted");
    assert_eq!(say("hi").await.status(), StatusCode::OK);
    let posts = target.wait_for(1).await;
    assert_eq!(posts[0].json()["text"], "echo: hi");
    server.terminate();
    assert_eq!(server.wait(), Some(0));
}

/// What `run` says when it does not start, with nothing changed under `data`.
fn refused(builder: Builder) -> String {
    // One that starts all the same does not stop by itself.
    let builder = builder.argument("--port=0").wrapped(&["timeout", "60"]);
    let data = builder.folder().join("data");
    let before = contents(&data);
    let output = builder.output("run");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let mut after = contents(&data);
    // What was put beside it for the time of looking holds nothing.
    after.retain(|(name, content)| match &name[..] {
        "lock" | "switchboard.db-wal" => !content.is_empty(),
        "switchboard.db-shm" => false,
        _ => true,
    });
    let names = |files: &[(String, Vec<u8>)]| -> Vec<String> {
        files.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&before), names(&after));
    assert!(before == after, "the files are as before");
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[test]
fn a_file_that_is_none_of_ours_is_left_alone() {
    let builder = Builder::new().file(
        "data/switchboard.db",
        b"To whom it may concern: hands off.\n",
    );
    let text = refused(builder);
    assert!(text.contains("is no SQLite file"), "{text}");
    assert!(
        text.contains("hint:") && text.contains("--data-dir"),
        "{text}"
    );

    let builder = Builder::new().file("data/readme", b"");
    let file = builder.folder().join("data/switchboard.db");
    let script = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('CREATE TABLE theirs (a)'); db.commit()";
    let made = Command::new("python3")
        .args(["-c", script])
        .arg(&file)
        .status();
    assert!(made.expect("python3 runs").success());
    let text = refused(builder);
    assert!(text.contains("belongs to another program"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_left_as_it_is() {
    let platform = Platform::start().await;
    let mut server = Builder::new().courier(&platform, "").start();
    let events: Vec<_> = (0..200)
        .map(|number| message(&number.to_string(), &number.to_string(), "hi"))
        .collect();
    server.deliver(&json!({ "events": events })).await;
    server.quiet().await;
    server.terminate();
    assert_eq!(server.wait(), Some(0));
    let file = server.folder().join("data/switchboard.db");
    let mut bytes = fs::read(&file).expect("the store");
    assert!(bytes.len() > 100_000, "it is all in there");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20_000].fill(0xa5);
    let builder = Builder::new().file("data/switchboard.db", &bytes);
    let text = refused(builder);
    assert!(text.contains("is damaged"), "{text}");
    assert!(text.contains("hint:"), "{text}");
}

#[tokio::test]
async fn one_folder_has_one_server() {
    let first = Switchboard::plain();
    let second = Builder::new()
        .data(&first.folder().join("data"))
        .argument("--port=0")
        .wrapped(&["timeout", "60"]);
    let output = second.output("run");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(text.contains("another server works in"), "{text}");
    rest_works(&first).await;
}
