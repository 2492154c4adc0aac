//! `endpoints.yml`.

use std::time::Duration;

use insta::assert_snapshot;

use super::super::{BotConfig, Endpoints, RasaBot};
use super::endpoints;

fn rasa(text: &str) -> RasaBot {
    match endpoints(text)
        .unwrap_or_else(|errors| panic!("{errors}"))
        .bot
    {
        BotConfig::Rasa(bot) => *bot,
        BotConfig::Echo | BotConfig::Webhook(_) => panic!("another bot"),
    }
}

fn errors(text: &str) -> String {
    endpoints(text)
        .err()
        .expect("the text is wrong")
        .to_string()
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
    assert!(matches!(Endpoints::default().bot, BotConfig::Echo));
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
store: { type: postgres, password: hunter2 }
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
    error: `store` is not available in this version
      --> endpoints.yml:2:1
       |
     2 | store: …
       | ^^^^^
       = hint: remove it

    error: unknown key `bott`
      --> endpoints.yml:3:1
       |
     3 | bott: …
       | ^^^^
       = known keys: `bot`
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
       = known settings: `type`, `url`, `timeout`, `params`, `headers`, `basic_auth`, `token`, `token_name`
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
        "bot: { type: webhook, url: http://h }",
        "bot: { type: hunter2 }",
        "bot: { type: [rasa] }",
        "bot: { type: rasa }",
        "bot: { token: hunter2 }",
        "bot: rasa",
        "- bot",
    ];
    let said: Vec<_> = texts.iter().map(|text| errors(text)).collect();
    assert_snapshot!(said.join("\n\n"), @r"
    error: the bot type `webhook` is not available in this version
      --> endpoints.yml:1:14
       |
     1 | bot: …
       |      ^
       = hint: use `rasa`, for a server that speaks Rasa's REST webhook, or `echo`

    error: `bot.type` must be `echo` or `rasa`
      --> endpoints.yml:1:14
       |
     1 | bot: …
       |      ^

    error: `bot.type` must be `echo` or `rasa`: found a list
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
