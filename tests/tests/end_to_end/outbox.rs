//! The way out: in order, at the platform's pace, and past what cannot be sent.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard_tests::{Answer, Builder, Platform, Posted, Switchboard, eventually};

/// Clocks count in milliseconds, and begin in the middle of one.
const BLUR: Duration = Duration::from_millis(5);

/// From one post to another.
fn between(first: &Posted, second: &Posted) -> Duration {
    second.at.duration_since(first.at)
}

async fn say_all(server: &Switchboard, conversation: &str, texts: &[&str]) {
    for text in texts {
        server
            .say(&format!("{conversation}-{text}"), conversation, text)
            .await;
    }
}

#[tokio::test]
async fn a_conversation_that_fails_delays_no_other() {
    let platform = Platform::start().await;
    platform.does(|part| match &part.to[..] {
        "stuck" => Answer::status(503).after(3_600),
        "slow" => Answer::TakeAtGate,
        _ => Answer::Take,
    });
    let server = Builder::new()
        .courier(&platform, "limits:\n  hold: 2h")
        .start();
    server.say("slow", "slow", "hi").await;
    server.say("stuck", "stuck", "hi").await;
    platform.wait_posted(2).await;
    let names: Vec<String> = (0..50).map(|number| format!("c{number}")).collect();
    for name in &names {
        say_all(&server, name, &["one", "two"]).await;
    }
    platform
        .wait_until(|posted| {
            let others = posted.iter().filter(|part| part.to.starts_with('c'));
            others.filter(|part| part.taken()).count() >= 100
        })
        .await;
    for name in &names {
        assert_eq!(platform.texts(name), ["echo: one", "echo: two"]);
    }
    let stuck = platform
        .posted()
        .into_iter()
        .filter(|part| part.to == "stuck");
    assert_eq!(stuck.count(), 1, "it is not tried again before its time");
    // On a busy machine the slow one may be late and come again.
    platform.open(10);
    server
        .say("more", "slow", "what came meanwhile follows")
        .await;
    let follows = "echo: what came meanwhile follows";
    platform
        .wait_until(|posted| posted.iter().any(|part| part.text() == follows))
        .await;
    let slow = platform.texts("slow");
    assert!(
        slow[..slow.len() - 1].iter().all(|text| text == "echo: hi"),
        "{slow:?}"
    );
    assert_eq!(slow.last().map(String::as_str), Some(follows));
}

#[tokio::test]
async fn a_platform_that_asks_for_patience_gets_it() {
    let platform = Platform::start().await;
    platform.does(|part| match (part.attempt, part.text(), &part.to[..]) {
        (1, "echo: one", "a") => Answer::status(503).after(2),
        (1, "echo: one", "b") => Answer::status(429).after(2).with("x-scope", "conversation"),
        _ => Answer::Take,
    });
    let server = Builder::new().courier(&platform, "").start();
    for name in ["a", "b"] {
        say_all(&server, name, &["one", "two"]).await;
    }
    platform.wait_taken(4).await;
    for name in ["a", "b"] {
        let posted = platform.posted();
        let own: Vec<&Posted> = posted.iter().filter(|part| part.to == name).collect();
        let [first, second, third] = own[..] else {
            panic!("three posts: {own:#?}");
        };
        assert_eq!((second.attempt, second.id == first.id), (2, true));
        let pause = between(first, second);
        assert!(pause >= Duration::from_secs(2) - BLUR, "{pause:?}");
        assert_eq!((third.attempt, third.text()), (1, "echo: two"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_the_channel_holds_all_and_one_of_a_conversation_itself() {
    for (scope, after) in [("channel", 2), ("conversation", 1_800)] {
        let platform = Platform::start().await;
        platform.does(move |part| match (part.attempt, &part.to[..]) {
            (1, "a") => Answer::status(429).after(after).with("x-scope", scope),
            _ => Answer::Take,
        });
        let server = Builder::new().courier(&platform, "").start();
        server.say("a", "a", "hi").await;
        let line = server.logged("rate limit");
        assert!(line.contains("WARN"), "{line}");
        server.say("b", "b", "hi").await;
        let posted = platform
            .wait_until(|posted| posted.iter().any(|part| part.to == "b"))
            .await;
        let b = posted.iter().find(|part| part.to == "b").expect("posted");
        let pause = between(&posted[0], b);
        if scope == "channel" {
            assert!(pause >= Duration::from_secs(after) - BLUR, "{pause:?}");
        } else {
            assert_eq!(posted.len(), 2, "a waits, and b does not: {posted:#?}");
        }
    }
}

#[tokio::test]
async fn what_will_never_work_is_set_aside_with_all_that_was_to_be_sent() {
    for (status, reason) in [
        (400, "refuses it (400)"),
        (403, "has blocked the bot"),
        (410, "no message to this user now"),
    ] {
        let platform = Platform::start().await;
        platform.does(move |part| match part.text() {
            "echo: bad" => Answer::status(status),
            _ => Answer::Take,
        });
        let server = Builder::new().courier(&platform, "").start();
        say_all(&server, "c", &["bad", "good"]).await;
        platform.wait_taken(1).await;
        assert_eq!(platform.texts("c"), ["echo: good"]);
        let letters = server.wait_dead(1).await;
        let letter = &letters[0];
        assert_eq!(letter["kind"], "part");
        assert_eq!(letter["state"], "failed");
        assert_eq!(letter["channel"], "courier");
        assert_eq!(letter["conversation"], "c");
        assert_eq!(letter["attempts"], 1);
        assert_eq!(letter["payload"]["text"], "echo: bad");
        let error = letter["error"].as_str().expect("a text");
        assert!(error.contains(reason), "{error}");
        let bad = &platform.posted()[0];
        assert_eq!(letter["id"], json!(bad.id));
        assert_eq!(bad.attempt, 1);
        assert_eq!(platform.posted().len(), 2);
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_held_for_a_bounded_time() {
    let platform = Platform::start().await;
    platform.does(|part| match part.text() {
        "echo: bad" => Answer::status(503),
        _ => Answer::Take,
    });
    let server = Builder::new()
        .courier(&platform, "limits:\n  hold: 1s")
        .start();
    say_all(&server, "c", &["bad", "good"]).await;
    platform.wait_taken(1).await;
    assert_eq!(platform.texts("c"), ["echo: good"]);
    let letters = server.wait_dead(1).await;
    assert_eq!(letters[0]["payload"]["text"], "echo: bad");
    let error = letters[0]["error"].as_str().expect("a text");
    assert!(error.contains("limits.hold"), "{error}");
    let posted = platform.posted();
    let held = between(&posted[0], &posted[posted.len() - 1]);
    assert!(held <= Duration::from_secs(10), "{posted:#?}");
}

#[tokio::test]
async fn a_platform_that_is_down_is_left_alone_until_it_is_up() {
    let platform = Platform::start().await;
    platform.does(|_| Answer::status(503));
    // One at a time, so that what is on its way when the breaker opens is nothing.
    let server = Builder::new()
        .courier(&platform, "limits:\n  concurrency: 1")
        .start();
    for number in 0..20 {
        let name = format!("c{number}");
        server.say(&name, &name, "hi").await;
    }
    platform.wait_posted(5).await;
    eventually("the breaker is open", async || {
        let down = server
            .metric("switchboard_platform_down", &["courier"])
            .await;
        (down == 1.0).then_some(())
    })
    .await;
    assert_eq!(platform.posted().len(), 5);
    platform.takes();
    let posted = platform.wait_posted(25).await;
    let pause = between(&posted[4], &posted[5]);
    assert!(pause >= Duration::from_secs(5) - BLUR, "{pause:?}");
    for number in 0..20 {
        assert_eq!(platform.texts(&format!("c{number}")), ["echo: hi"]);
    }
    let down = server
        .metric("switchboard_platform_down", &["courier"])
        .await;
    assert_eq!(down, 0.0);
}

#[tokio::test]
async fn one_that_refuses_connections_gets_all_when_it_is_back() {
    let platform = Platform::start().await;
    let server = Builder::new().courier(&platform, "").start();
    platform.down().await;
    say_all(&server, "c", &["one", "two"]).await;
    eventually("it was tried", async || {
        let tried = server
            .metric("switchboard_send_failures_total", &["reason=\"retry\""])
            .await;
        (tried >= 1.0).then_some(())
    })
    .await;
    platform.up().await;
    platform.wait_taken(2).await;
    assert_eq!(platform.texts("c"), ["echo: one", "echo: two"]);
    assert!(server.dead_letters().await.is_empty());
}

#[tokio::test]
async fn the_operators_rate_spaces_what_is_sent() {
    const PARTS: usize = 40;
    let platform = Platform::start().await;
    let server = Builder::new()
        .courier(&platform, "limits:\n  rate: 20/s")
        .start();
    let events: Vec<Value> = (0..PARTS)
        .map(|number| {
            let name = format!("c{}", number % 8);
            switchboard_tests::message(&format!("m{number}"), &name, "hi")
        })
        .collect();
    server.deliver(&json!({ "events": events })).await;
    let taken = platform.wait_taken(PARTS).await;
    // 39 pauses of 50 ms; the way to the platform takes some a little longer than others.
    let took = between(&taken[0], &taken[PARTS - 1]);
    assert!(took >= Duration::from_millis(1_600), "{took:?}");
    assert!(took <= Duration::from_secs(20), "it goes on: {took:?}");
    for window in taken.windows(31) {
        let span = between(&window[0], &window[30]);
        assert!(span >= Duration::from_secs(1), "31 within {span:?}");
    }
}

#[tokio::test]
async fn of_an_answer_that_did_not_come_the_channel_decides() {
    for (policy, posts, state) in [("resend", 2, "sent"), ("park", 1, "unknown")] {
        for (broken, timeout) in [(Answer::TakeAndCut, 60_000), (Answer::TakeAndHang, 1_500)] {
            let platform = Platform::start().await;
            let (first, script) = (broken.clone(), broken);
            platform.does(move |part| match part.number {
                1 => first.clone(),
                _ => Answer::Take,
            });
            let more = format!("timeout_ms: {timeout}\non_unknown: {policy}");
            let server = Builder::new().courier(&platform, &more).start();
            say_all(&server, "c", &["one"]).await;
            platform.wait_posted(posts).await;
            // What follows does so in either case, and behind it.
            say_all(&server, "c", &["two"]).await;
            let posted = platform.wait_posted(posts + 1).await;
            assert_eq!(posted[posts].text(), "echo: two", "{script:?}");
            server.quiet().await;
            assert_eq!(platform.posted().len(), posts + 1);
            assert!(posted[..posts].iter().all(|part| part.id == posted[0].id));
            let life = server.life(&posted[0].id).await;
            assert_eq!(life["parts"][0]["state"], state, "{life:#}");
            let explanation = life["explanation"].as_str().expect("a text");
            assert!(explanation.contains("may"), "{explanation}");
            let unknown = server
                .metric("switchboard_parts_unknown_total", &["courier"])
                .await;
            assert_eq!(unknown, 1.0);
            let letters = server.dead_letters().await;
            assert_eq!(letters.len(), usize::from(policy == "park"));
        }
    }
}

#[tokio::test]
async fn a_part_goes_where_its_message_came_from() {
    let platform = Platform::start().await;
    let server = Builder::new().courier(&platform, "").start();
    for thread in [1, 2] {
        let event = json!({"type": "message", "conversation": "c", "text": "hi", "reply": {"thread": thread}});
        server.deliver(&json!({ "events": [event] })).await;
    }
    let taken = platform.wait_taken(2).await;
    let threads: Vec<&Value> = taken
        .iter()
        .map(|part| &part.body["reply"]["thread"])
        .collect();
    assert_eq!(threads, [1, 2]);
}

#[tokio::test]
async fn what_the_channel_cannot_show_is_lowered_before_it_is_kept() {
    let platform = Platform::start().await;
    let server = Builder::new().courier(&platform, "").start();
    let long = "word ".repeat(100);
    let text = format!("first\n\nsecond {long}");
    server.say("m1", "c", &text).await;
    let last = platform
        .wait_until(|posted| posted.iter().any(|part| part.text().ends_with("word")))
        .await;
    server.quiet().await;
    assert_eq!(last[0].text(), "echo: first");
    let texts = platform.texts("c");
    assert!(texts.len() >= 4, "{texts:?}");
    assert!(texts.iter().all(|text| text.chars().count() <= 200));
    let again = texts[1..].join(" ");
    assert_eq!(again, format!("second {}", long.trim_end()));
}
