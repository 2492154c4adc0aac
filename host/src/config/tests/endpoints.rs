//! `endpoints.yml`.

use std::time::Duration;

use insta::assert_snapshot;

use super::super::{BotConfig, Endpoints, RasaBot, RetryConfig, StoreConfig, WebhookBot};
use super::{endpoints, endpoints_errors as errors};

fn rasa(text: &str) -> RasaBot {
    match endpoints(text)
        .unwrap_or_else(|errors| panic!("{errors}"))
        .bot
    {
        BotConfig::Rasa(bot) => *bot,
        BotConfig::Echo | BotConfig::Webhook(_) => panic!("another bot"),
    }
}

fn webhook(text: &str) -> WebhookBot {
    match endpoints(text)
        .unwrap_or_else(|errors| panic!("{errors}"))
        .bot
    {
        BotConfig::Webhook(bot) => *bot,
        BotConfig::Echo | BotConfig::Rasa(_) => panic!("another bot"),
    }
}

#[test]
fn echo_answers_unless_something_else_is_wanted() {
    for text in [
        "",
        "bot:",
        "bot: {}",
        "bot: { type: echo }",
        "bot: { type: ~ }",
    ] {
        assert!(
            matches!(endpoints(text).map(|read| read.bot), Ok(BotConfig::Echo)),
            "{text:?}"
        );
    }
    let default = Endpoints::default();
    assert!(matches!(default.bot, BotConfig::Echo));
    assert_eq!(default.retry, RetryConfig::default());
    assert_eq!(default.store, StoreConfig::default());
}

#[test]
fn a_rasa_server_has_defaults() {
    let bot = rasa("bot: { url: 'http://localhost:5005' }");
    assert_eq!(
        bot.url.as_str(),
        "http://localhost:5005/webhooks/rest/webhook"
    );
    assert_eq!(bot.timeout, Duration::from_secs(60));
    assert_eq!(bot.token_name, "token");
    assert!(bot.params.is_empty() && bot.headers.is_empty());
    assert!(bot.basic_auth.is_none() && bot.token.is_none());
    for (url, full) in [
        ("http://h/", "http://h/webhooks/rest/webhook"),
        ("http://h/?a=b", "http://h/webhooks/rest/webhook?a=b"),
        ("https://h/own", "https://h/own"),
    ] {
        assert_eq!(
            rasa(&format!("bot: {{ type: rasa, url: '{url}' }}"))
                .url
                .as_str(),
            full
        );
    }
}

#[test]
fn a_rasa_server_takes_what_rasa_gives_an_endpoint() {
    let bot = rasa(
        "
bot:
  type: rasa
  url: http://rasa:${PORT}
  timeout: 2m
  params: { a: 1, b: x }
  headers: { X-Key: '${TOKEN}' }
  basic_auth: { username: me, password: 0123 }
  token: ${TOKEN}
  token_name: auth
",
    );
    assert_eq!(bot.url.port(), Some(5005));
    assert_eq!(bot.timeout, Duration::from_secs(120));
    let params: Vec<_> = bot
        .params
        .iter()
        .map(|(name, text)| (name.as_str(), text.expose()))
        .collect();
    assert_eq!(params, [("a", "1"), ("b", "x")]);
    assert_eq!(bot.headers[0].0, "x-key");
    assert_eq!(bot.headers[0].1, "hunter2");
    assert!(bot.headers[0].1.is_sensitive());
    let auth = bot.basic_auth.expect("given");
    assert_eq!(
        (auth.username.as_str(), auth.password.expose()),
        ("me", "0123")
    );
    assert_eq!(bot.token.expect("given").expose(), "hunter2");
    assert_eq!(bot.token_name, "auth");
}

#[test]
fn a_webhook_bot_takes_signed_events() {
    let bot = webhook("bot: { type: webhook, url: 'https://h/a?b=c', secret: '${KEY}' }");
    assert_eq!(bot.url.as_str(), "https://h/a?b=c");
    assert_eq!(bot.timeout, Duration::from_secs(15));
    assert_eq!(bot.secrets.len(), 1);
    assert_eq!(bot.secrets[0].expose(), b"0123456789abcdef01234567");
    assert!(bot.headers.is_empty());
    let long = "QUFB".repeat(21);
    let bot = webhook(&format!(
        "bot:
  type: webhook
  url: http://h
  secret: ['${{KEY}}', {long}, ' MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3 ']
  timeout: 1m
  headers: {{ X-Key: '${{TOKEN}}' }}
"
    ));
    assert_eq!(bot.url.as_str(), "http://h/");
    assert_eq!(bot.timeout, Duration::from_secs(60));
    assert!(bot.headers[0].1.is_sensitive());
    let lengths: Vec<_> = bot.secrets.iter().map(|key| key.expose().len()).collect();
    assert_eq!(lengths, [24, 63, 24]);
}

#[test]
fn a_bot_elsewhere_is_asked_again() {
    let key = "secret: '${KEY}'";
    for bot in [
        "url: http://h",
        &format!("type: webhook, url: http://h, {key}"),
    ] {
        let read = |more: &str| {
            endpoints(&format!("bot: {{ {bot}{more} }}")).map(|endpoints| endpoints.retry)
        };
        let default = RetryConfig {
            retry_for: Duration::from_secs(600),
            retry_timeouts: true,
            concurrency: 4096,
        };
        assert_eq!(read(""), Ok(default));
        let given = RetryConfig {
            retry_for: Duration::ZERO,
            retry_timeouts: false,
            concurrency: 100_000,
        };
        let more = ", retry_for: 0, retry_timeouts: false, concurrency: 100000";
        assert_eq!(read(more), Ok(given));
        for (wrong, said) in [
            ("retry_for: 25h", "`bot.retry_for` must be from 0 to 1 d"),
            ("retry_for: ever", "`bot.retry_for` must be a duration"),
            (
                "retry_timeouts: no",
                "`bot.retry_timeouts` must be `true` or `false`",
            ),
            (
                "concurrency: 0",
                "`bot.concurrency` must be from 1 to 100000",
            ),
        ] {
            let errors = read(&format!(", {wrong}")).expect_err(wrong).to_string();
            assert!(errors.contains(said), "{errors}");
        }
    }
    let echo = endpoints("bot: { type: echo, retry_for: 1m }");
    assert!(echo.is_err());
}

#[test]
fn what_belongs_to_rasa_is_passed_over_with_a_notice() {
    let text = "
action_endpoint:
  url: http://localhost:5055/webhook
tracker_store: { type: SQL, password: '${UNSET}' }
bot: { url: http://localhost:5005 }
";
    let read = endpoints(text).unwrap_or_else(|errors| panic!("{errors}"));
    let notices: Vec<_> = read.notices.iter().map(ToString::to_string).collect();
    assert_snapshot!(notices.join("\n\n"), @r"
    warning: `action_endpoint` belongs to Rasa; ignored
      --> endpoints.yml:2:1
       |
     2 | action_endpoint:
       | ^^^^^^^^^^^^^^^

    warning: `tracker_store` belongs to Rasa; ignored
      --> endpoints.yml:4:1
       |
     4 | tracker_store: …
       | ^^^^^^^^^^^^^
    ");
}

#[test]
fn all_problems_are_told_at_once() {
    let text = "
stor: { type: postgres, password: hunter2 }
bott: {}
bot:
  type: rasa
  url: localhost:5005/hunter2
  timeout: 2h
  tokn: hunter2
  params: hunter2
  headers: { 'X Y': hunter2, X: \"hunter2\\n\", Y: [] }
  basic_auth: { username: 'a:hunter2', pass: hunter2 }
";
    assert_snapshot!(errors(text), @r"
    error: unknown key `stor`
      --> endpoints.yml:2:1
       |
     2 | stor: …
       | ^^^^
       = known keys: `bot`, `responses`, `store`
       = hint: did you mean `store`?

    error: unknown key `bott`
      --> endpoints.yml:3:1
       |
     3 | bott: …
       | ^^^^
       = known keys: `bot`, `responses`, `store`
       = hint: did you mean `bot`?

    error: `bot.url` must be an http or https address such as `https://api.example.com`
      --> endpoints.yml:6:8
       |
     6 |   url: …
       |        ^

    error: `bot.timeout` must be from 100 ms to 1 h
      --> endpoints.yml:7:12
       |
     7 |   timeout: …
       |            ^

    error: a bot of type `rasa` has no setting `tokn`
      --> endpoints.yml:8:3
       |
     8 |   tokn: …
       |   ^^^^
       = known settings: `type`, `url`, `timeout`, `params`, `headers`, `basic_auth`, `token`, `token_name`, `retry_for`, `retry_timeouts`, `concurrency`
       = hint: did you mean `token`?

    error: `bot.params` must be a mapping such as `{ name: text }`: found text
      --> endpoints.yml:9:11
       |
     9 |   params: …
       |           ^

    error: `X…` is no name of an HTTP header
       --> endpoints.yml:10:14
        |
     10 |   … X…: …
        |     ^^

    error: `bot.headers.X` must be one line of ASCII text
       --> endpoints.yml:10:33
        |
     10 |   headers: …
        |            ^

    error: `bot.headers.Y` must be text: found a list
       --> endpoints.yml:10:49
        |
     10 |   headers: …
        |            ^

    error: `bot.basic_auth` needs a `username` and a `password`
       --> endpoints.yml:11:15
        |
     11 |   basic_auth: …
        |               ^

    error: `bot.basic_auth.username` must not hold a `:`
       --> endpoints.yml:11:27
        |
     11 |   basic_auth: …
        |               ^

    error: `basic_auth` has no setting `pass`
       --> endpoints.yml:11:40
        |
     11 |   … pass: …
        |     ^^^^
        = known settings: `username`, `password`
    ");
}

#[test]
fn each_type_of_bot_has_its_own_rules() {
    let texts = [
        "bot: { type: webhook, token: hunter2 }",
        "bot: { type: webhook, url: 'h', secret: 'hunter2!' }",
        "bot: { type: webhook, url: http://h, secret: aHVudGVyMg== }",
        "bot: { type: webhook, url: http://h, secret: [] }",
        "bot: { type: webhook, url: http://h, secret: ['${KEY}', hunter2, {}] }",
        "bot: { type: hunter2 }",
        "bot: { type: [rasa] }",
        "bot: { type: rasa }",
        "bot: { token: hunter2 }",
        "bot: rasa",
        "- bot",
    ];
    let said: Vec<_> = texts.iter().map(|text| errors(text)).collect();
    assert_snapshot!(said.join("\n\n"), @r"
    error: the bot lacks its `url`
      --> endpoints.yml:1:6
       |
     1 | bot: …
       |      ^
       = hint: add `url: https://bot.example.com/events`, the address that takes events

    error: the bot lacks its `secret`
      --> endpoints.yml:1:6
       |
     1 | bot: …
       |      ^
       = requests to it are signed, so that it can tell them from anybody else's
       = hint: add `secret: ${BOT_SECRET}` and export BOT_SECRET; `openssl rand -base64 32` makes one

    error: a bot of type `webhook` has no setting `token`
      --> endpoints.yml:1:23
       |
     1 | … token: …
       |   ^^^^^
       = known settings: `type`, `url`, `secret`, `timeout`, `headers`, `retry_for`, `retry_timeouts`, `concurrency`

    error: `bot.url` must be an http or https address such as `https://api.example.com`
      --> endpoints.yml:1:28
       |
     1 | bot: …
       |      ^

    error: `bot.secret` must be a key in base64, with or without `whsec_` before it
      --> endpoints.yml:1:41
       |
     1 | bot: …
       |      ^

    error: `bot.secret` must be a key of 24 to 64 bytes in base64, with or without `whsec_` before it
      --> endpoints.yml:1:46
       |
     1 | bot: …
       |      ^

    error: `bot.secret` must not be an empty list
      --> endpoints.yml:1:46
       |
     1 | bot: …
       |      ^
       = hint: give the secret itself, or several while it is changed

    error: `bot.secret` must be a key in base64, with or without `whsec_` before it
      --> endpoints.yml:1:57
       |
     1 | bot: …
       |      ^

    error: `bot.secret` must be text: found a mapping
      --> endpoints.yml:1:66
       |
     1 | bot: …
       |      ^

    error: `bot.type` must be `echo`, `rasa` or `webhook`
      --> endpoints.yml:1:14
       |
     1 | bot: …
       |      ^

    error: `bot.type` must be `echo`, `rasa` or `webhook`: found a list
      --> endpoints.yml:1:14
       |
     1 | bot: …
       |      ^

    error: the bot lacks its `url`
      --> endpoints.yml:1:6
       |
     1 | bot: …
       |      ^
       = hint: add `url: http://localhost:5005`, the address of the Rasa server

    error: the echo bot has no setting `token`
      --> endpoints.yml:1:8
       |
     1 | … token: …
       |   ^^^^^
       = hint: for a Rasa server, give its `url`

    error: `bot` must be a mapping such as `{ type: echo }`: found text
      --> endpoints.yml:1:6
       |
     1 | bot: …
       |      ^

    error: the file must be a mapping: found a list
      --> endpoints.yml:1:1
       |
     1 | …
       | ^
       = hint: write `bot:`, its settings below it
    ");
}
