//! The page on which somebody who has just started the server talks to the bot.

use switchboard_tests::{Browser, ScriptedBot, Switchboard};

use super::{PERSISTENT, start, talk};

const PAGE: &str = "/webhooks/socketio/chat";

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_talks_presses_leaves_and_goes_on() {
    let bot = ScriptedBot::start().await;
    bot.does(talk);
    let server = start(
        &bot,
        &format!("{PERSISTENT}  demo_page: true\n  typing: true\n"),
    );
    let mut browser = Browser::start();
    browser.open(&server.at(PAGE)).await;
    browser.sees("#status", "connected").await;
    browser.enter("#input", "héllo 😀").await;
    browser.sees(".bot", "echo: héllo 😀").await;
    browser.enter("#input", "<b>buttons</b>").await;
    browser.sees(".bot", "echo: <b>buttons</b>").await;
    browser.enter("#input", "buttons").await;
    browser.sees(".choice", "No").await;
    browser.shoot("demo-page-buttons").await;
    browser.click(".choice >> text=Yes").await;
    browser.sees(".bot", "echo: /affirm").await;
    let texts = browser.texts(".user, .bot").await;
    let expected = [
        "héllo 😀",
        "echo: héllo 😀",
        "<b>buttons</b>",
        "echo: <b>buttons</b>",
        "buttons",
        "Pick one",
        "Yes 😀",
        "echo: /affirm",
    ];
    assert_eq!(texts, expected);

    browser.enter("#input", "later").await;
    browser.sees("#typing", "The bot is writing").await;
    browser.shoot("demo-page-typing").await;
    browser.open("about:blank").await;
    bot.open(1);
    browser.open(&server.at(PAGE)).await;
    browser.sees(".bot", "this took a while 😀").await;
    browser.enter("#input", "and on").await;
    browser.sees(".bot", "echo: and on").await;
    browser.shoot("demo-page-reloaded").await;
    let heard = bot.texts(&bot.heard()[0].conversation);
    let said = [
        "héllo 😀",
        "<b>buttons</b>",
        "buttons",
        "/affirm",
        "later",
        "and on",
    ];
    assert_eq!(heard, said);

    // Another conversation is another one for the bot, too.
    browser.click("#new").await;
    browser.enter("#input", "from the beginning").await;
    browser.sees(".bot", "echo: from the beginning").await;
    assert_eq!(browser.texts(".user, .bot").await.len(), 2);
    let heard = bot.heard();
    assert_eq!(heard.len(), 7);
    assert_ne!(heard[6].conversation, heard[0].conversation);
}

/// Everything that the built-in bot says.
#[tokio::test(flavor = "multi_thread")]
async fn without_any_configuration_the_page_is_there() {
    let server = Switchboard::plain();
    let mut browser = Browser::start();
    browser.open(&server.at(PAGE)).await;
    for (word, element, shown) in [
        ("hi", ".bot", "echo: hi"),
        ("quick", ".choice", ""),
        ("image", ".bot img", ""),
        ("cards", ".bot .card", ""),
        ("custom", ".bot pre", ""),
    ] {
        browser.enter("#input", word).await;
        browser.sees(element, shown).await;
    }
    browser.shoot("demo-page-plain").await;
}
