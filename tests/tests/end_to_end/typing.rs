//! The sign that the bot is writing.

use serde_json::json;
use switchboard_tests::{Answer, Builder, Platform, Posted, Reply, ScriptedBot};

fn is_sign(part: &Posted) -> bool {
    part.body["typing"] == true
}

#[tokio::test]
async fn it_is_shown_while_the_bot_takes_its_time() {
    let (platform, bot) = (Platform::start().await, ScriptedBot::start().await);
    bot.does(|_| Reply::SayAtGate(vec![json!({"text": "at last"})]));
    let server = Builder::new()
        .courier(&platform, "typing: true")
        .endpoints(&bot.webhook(""))
        .start();
    server.say("m1", "c", "hi").await;
    // And once more, since platforms drop it after a while.
    let signs = platform.wait_taken(2).await;
    for sign in &signs {
        assert!(is_sign(sign), "{sign:?}");
        assert_eq!(sign.to, "c");
    }
    bot.open(1);
    let posted = platform
        .wait_until(|posted| !is_sign(&posted[posted.len() - 1]))
        .await;
    let answer = &posted[posted.len() - 1];
    assert_eq!(answer.text(), "at last");
}

#[tokio::test]
async fn a_platform_that_does_not_take_it_takes_the_answer() {
    let platform = Platform::start().await;
    platform.does(|part| match (is_sign(part), &part.to[..]) {
        (true, "hangs") => Answer::TakeAndHang,
        (true, _) => Answer::status(500),
        (false, _) => Answer::Take,
    });
    let server = Builder::new().courier(&platform, "typing: true").start();
    for number in 0..6 {
        // More than it takes for a platform to be left alone.
        server.say(&format!("m{number}"), "c", "hi").await;
        platform
            .wait_until(|posted| posted.iter().filter(|part| !is_sign(part)).count() > number)
            .await;
    }
    server.say("h", "hangs", "hi").await;
    platform
        .wait_until(|posted| {
            posted
                .iter()
                .any(|part| part.text() == "echo: hi" && part.to == "hangs")
        })
        .await;
    let answers = platform.posted();
    let answers = answers.iter().filter(|part| !is_sign(part));
    assert!(answers.clone().all(|part| part.attempt == 1));
    assert_eq!(answers.count(), 7);
}
