//! `credentials.yml`: the host's part of it.

use std::time::Duration;

use insta::assert_snapshot;

use super::super::{
    AllowedOrigin, ChannelLimits, ConnectorRef, Credentials, Isolation, OnUnknown, Rate,
};
use super::{channels, errors};

#[test]
fn a_channel_needs_no_settings() {
    for text in [
        "rest:",
        "rest: ~",
        "rest: null",
        "rest: {}",
        "rest:\n  mount:\n",
    ] {
        let channels = channels(text);
        assert_eq!(channels.len(), 1, "{text}");
        assert_eq!(
            channels[0].connector,
            ConnectorRef::Builtin("rest".to_owned())
        );
        assert!(channels[0].enabled && channels[0].settings.entries.is_empty());
    }
    for text in ["", "# nothing\n", "{}", "~", "---\n"] {
        assert!(channels(text).is_empty(), "{text:?}");
    }
    let without_file = Credentials::without_file().channels;
    let keys: Vec<_> = without_file
        .iter()
        .map(|entry| entry.key.as_str())
        .collect();
    assert_eq!(keys, ["rest", "socketio"]);
    assert!(without_file.iter().all(|entry| entry.enabled));
}

#[test]
fn the_host_takes_its_own_keys() {
    let text = "
slack:
  account: acme
  mount: /hooks/slack/
  enabled: true
  allow_hosts: [api.example.com, 'http://*.internal:8080']
  allow_private_hosts: crm.example.com
  api_url: http://localhost:9000/api/
  public_url: https://bot.example.com
  cors: [https://www.example.com, 'http://localhost:8080']
  proxy: http://user:pass@proxy:3128
  isolation: fresh
  on_unknown: park
  limits:
    { body: 2 MiB, memory: 32MiB, time: 10s, cpu: 500ms, concurrency: 8, rate: 30/s, hold: 2d,
      queue: 10, state: 1 GiB, state_keys: 7, response: 1KiB, fetch_body: 2KiB, fetches: 3,
      connections: 4, host_call: 64KiB, handles: 16, table: 1000, events: 5, events_size: 3KiB,
      asks: 6, log_lines: 0, log_rate: 6/m, packet: 7 KiB, sockets: 8, ping: 9s }
  slack_token: ${TOKEN}
rest:
  allow_hosts: one.example.com
  limits: { time: 5 }
";
    let channels = channels(text);
    let [slack, rest] = channels.as_slice() else {
        panic!("two channels")
    };
    assert_eq!(
        slack.account.as_ref().map(|account| account.as_str()),
        Some("acme")
    );
    assert_eq!(
        slack.mount.as_ref().map(|mount| mount.as_str()),
        Some("/hooks/slack")
    );
    let hosts: Vec<_> = slack.allow_hosts.iter().map(ToString::to_string).collect();
    assert_eq!(hosts, ["api.example.com", "http://*.internal:8080"]);
    assert_eq!(
        slack.allow_private_hosts,
        ["crm.example.com".parse().expect("a host")]
    );
    assert_eq!(
        slack.api_url.as_ref().map(|url| url.as_str()),
        Some("http://localhost:9000/api")
    );
    assert_eq!(
        slack.public_url.as_ref().map(|url| url.as_str()),
        Some("https://bot.example.com")
    );
    let proxy = slack.proxy.as_ref().expect("given").expose();
    assert_eq!(proxy.password(), Some("pass"));
    assert_eq!(slack.isolation, Some(Isolation::Fresh));
    let limits = ChannelLimits {
        body: 2 << 20,
        memory: 32 << 20,
        time: Duration::from_secs(10),
        cpu: Duration::from_millis(500),
        concurrency: 8,
        rate: Some(Rate {
            count: 30.0,
            per: Duration::from_secs(1),
        }),
        hold: Duration::from_secs(172_800),
        queue: 10,
        state: 1 << 30,
        state_keys: 7,
        response: 1 << 10,
        fetch_body: 2 << 10,
        fetches: 3,
        connections: 4,
        host_call: 64 << 10,
        handles: 16,
        table: 1_000,
        events: 5,
        events_size: 3 << 10,
        asks: 6,
        log_lines: 0,
        log_rate: Rate {
            count: 6.0,
            per: Duration::from_secs(60),
        },
        packet: 7 << 10,
        sockets: 8,
        ping: Duration::from_secs(9),
    };
    let cors = ["https://www.example.com", "http://localhost:8080"];
    let cors = cors.map(|origin| AllowedOrigin::One(origin.to_owned()));
    assert_eq!(slack.cors.as_deref(), Some(&cors[..]));
    assert_eq!(rest.cors, None);
    assert_eq!(slack.on_unknown, OnUnknown::Park);
    assert_eq!(rest.on_unknown, OnUnknown::Resend);
    assert_eq!(slack.limits, limits);
    let left: Vec<_> = slack
        .settings
        .entries
        .iter()
        .map(|entry| entry.key.text.as_str())
        .collect();
    assert_eq!(left, ["slack_token"]);
    assert_eq!(rest.allow_hosts.len(), 1);
    assert_eq!(
        rest.limits,
        ChannelLimits {
            time: Duration::from_secs(5),
            ..Default::default()
        }
    );
    assert_eq!(
        (slack.file(), slack.position().to_string()),
        ("credentials.yml", "2:1".to_owned())
    );
}

#[test]
fn several_accounts_are_several_channels() {
    let text = "
facebook:
  - account: acme
    verify: a
  - mount: /fb/globex
    verify: b
  - { account: initech, verify: c }
";
    let channels = channels(text);
    let names: Vec<_> = channels
        .iter()
        .map(|channel| channel.account.as_ref())
        .collect();
    assert_eq!(names.len(), 3);
    assert!(names[0].is_some() && names[1].is_none() && names[2].is_some());
    assert!(channels.iter().all(|channel| channel.key == "facebook"));
    assert_eq!(channels[1].position().to_string(), "5:5");
}

#[test]
fn accounts_are_told_apart() {
    let text = "
facebook:
  - account: acme
  - account: acme
  - verify: hunter2
  - hunter2
slack: []
";
    assert_snapshot!(errors(text), @r"
    error: an account of `facebook` is given twice
      --> credentials.yml:4:5
       |
     4 |   - account: …
       |     ^^^^^^^
       = hint: give each an `account` of its own; the first is on line 3

    error: one of several accounts of `facebook` lacks a name
      --> credentials.yml:5:5
       |
     5 |   - verify: …
       |     ^^^^^^
       = hint: add `account: NAME`, or a `mount: /PATH` of its own

    error: each account must be a mapping: found text
      --> credentials.yml:6:5
       |
     6 |   - …
       |     ^
       = hint: write `- account: NAME`, settings below it

    error: `slack` has an empty list of accounts
      --> credentials.yml:7:1
       |
     7 | slack: …
       | ^^^^^
       = hint: write `slack:` for the channel without settings, or remove the key
    ");
}

#[test]
fn a_disabled_channel_is_put_aside_with_all_its_mistakes() {
    let text = "
slack:
  enabled: false
  account: acme
  slack_token: ${UNSET}
  mount: nowhere
connectors/none.wasm: { enabled: false }
";
    let channels = channels(text);
    assert!(channels.iter().all(|channel| !channel.enabled));
    assert_eq!(
        channels[0].account.as_ref().map(|account| account.as_str()),
        Some("acme")
    );
    assert!(errors("slak: { enabled: false }").contains("unknown channel"));
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_file() {
    let text = "
slak:
  account: Not Good
  token: ${UNSET}
rest:
  mount: rest
  enabled: 'yes'
  allow_hosts: [api.example.com/v1, 'http://*', [nested]]
  api_url: ftp://hunter2
  public_url: https://user:hunter2@example.com
  proxy: hunter2
  isolation: hunter2
  on_unknown: hunter2
  limits:
    body: 1 TB
    memory: 1 KiB
    time: soon
    cpu: [1]
    concurrency: 0
    rate: 30/hunter2
    hold: 8d
    queue: 0
    state: 2 GiB
    state_keys: many
    conc: 1
facebook: hunter2
callback: url:http://hunter2
slack: 5
";
    assert_snapshot!(errors(text), @r"
    error: unknown channel `slak`
      --> credentials.yml:2:1
       |
     2 | slak:
       | ^^^^
       = known channels: `callback`, `facebook`, `rest`, `slack`
       = hint: did you mean `slack`? a connector of your own is named by its path: `connectors/slak.wasm:`

    error: `account` must be 1 to 64 of the characters a-z, 0-9, `_`, `-` and `.`, beginning with a letter or digit
      --> credentials.yml:3:12
       |
     3 |   account: …
       |            ^

    error: the environment variable `UNSET` is not set
      --> credentials.yml:4:10
       |
     4 |   token: ${UNSET}
       |          ^^^^^^^^
       = hint: export UNSET=…, or write $${UNSET} for the text itself

    error: `mount` must be an absolute path: it begins with `/`
      --> credentials.yml:6:10
       |
     6 |   mount: …
       |          ^

    error: `enabled` must be `true` or `false`, without quotes: found text
      --> credentials.yml:7:12
       |
     7 |   enabled: …
       |            ^

    error: `allow_hosts` must be a host and nothing more, such as `api.example.com` or `http://10.0.0.5:8080`
      --> credentials.yml:8:17
       |
     8 |   allow_hosts: …
       |                ^

    error: `allow_hosts` may hold a `*` only for what comes before a name, as in `*.example.com`
      --> credentials.yml:8:37
       |
     8 |   allow_hosts: …
       |                ^

    error: `allow_hosts` must be text: found a list
      --> credentials.yml:8:49
       |
     8 |   allow_hosts: …
       |                ^

    error: `api_url` must be an http or https address such as `https://api.example.com`
      --> credentials.yml:9:12
       |
     9 |   api_url: …
       |            ^

    error: `public_url` must not hold a user name or password
       --> credentials.yml:10:15
        |
     10 |   public_url: …
        |               ^

    error: `proxy` must be an http or https address such as `https://api.example.com`
       --> credentials.yml:11:10
        |
     11 |   proxy: …
        |          ^

    error: `isolation` must be `fresh` or `reuse`
       --> credentials.yml:12:14
        |
     12 |   isolation: …
        |              ^

    error: `on_unknown` must be `resend` or `park`
       --> credentials.yml:13:15
        |
     13 |   on_unknown: …
        |               ^

    error: `limits.body` must be a size such as `512KiB` or `2 MiB`
       --> credentials.yml:15:11
        |
     15 |     body: …
        |           ^

    error: `limits.memory` must be from 1 MiB to 1 GiB
       --> credentials.yml:16:13
        |
     16 |     memory: …
        |             ^

    error: `limits.time` must be a duration such as `500ms`, `10s` or `2m`
       --> credentials.yml:17:11
        |
     17 |     time: …
        |           ^

    error: `limits.cpu` must be a duration such as `500ms`, `10s` or `2m`: found a list
       --> credentials.yml:18:10
        |
     18 |     cpu: …
        |          ^

    error: `limits.concurrency` must be from 1 to 10000
       --> credentials.yml:19:18
        |
     19 |     concurrency: …
        |                  ^

    error: `limits.rate` must be a rate such as `30/s`, `100/m` or `5000/h`
       --> credentials.yml:20:11
        |
     20 |     rate: …
        |           ^

    error: `limits.hold` must be from 1 s to 7 d
       --> credentials.yml:21:11
        |
     21 |     hold: …
        |           ^

    error: `limits.queue` must be from 1 to 10000000
       --> credentials.yml:22:12
        |
     22 |     queue: …
        |            ^

    error: `limits.state` must be from 1 KiB to 1 GiB
       --> credentials.yml:23:12
        |
     23 |     state: …
        |            ^

    error: `limits.state_keys` must be an integer: found text
       --> credentials.yml:24:17
        |
     24 |     state_keys: …
        |                 ^

    error: unknown limit `conc`
       --> credentials.yml:25:5
        |
     25 |     conc: …
        |     ^^^^
        = limits: `body`, `memory`, `time`, `cpu`, `concurrency`, `rate`, `hold`, `queue`, `state`, `state_keys`, `response`, `fetch_body`, `fetches`, `connections`, `host_call`, `handles`, `table`, `events`, `events_size`, `asks`, `log_lines`, `log_rate`, `packet`, `sockets`, `ping`

    error: `facebook` must hold settings or nothing: found text
       --> credentials.yml:26:11
        |
     26 | facebook: …
        |           ^
        = hint: write each setting as `name: value` on a line of its own, indented

    error: `callback` must hold settings or nothing: found text
       --> credentials.yml:27:11
        |
     27 | callback: …
        |           ^
        = hint: write each setting as `name: value`, with a space after the colon

    error: `slack` must hold settings or nothing: found an integer
       --> credentials.yml:28:8
        |
     28 | slack: …
        |        ^
        = hint: write each setting as `name: value` on a line of its own, indented
    ");
}

#[test]
fn a_rate_has_bounds() {
    for rate in ["20000/s", "0", "1/d/2", "[]", "true"] {
        let text = errors(&format!("rest: {{ limits: {{ rate: {rate} }} }}"));
        let said = match rate {
            "20000/s" | "0" => "`limits.rate` must be from 1/d to 10000/s",
            _ => "`limits.rate` must be a rate such as `30/s`",
        };
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn the_top_is_a_mapping() {
    assert_snapshot!(errors("- rest\n"), @r"
    error: the file must be a mapping of channels: found a list
      --> credentials.yml:1:1
       |
     1 | …
       | ^
       = hint: write one `name:` per channel, such as `rest:`
    ");
    assert_snapshot!(errors("rest"), @r"
    error: the file must be a mapping of channels: found text
      --> credentials.yml:1:1
       |
     1 | …
       | ^
       = hint: write one `name:` per channel, such as `rest:`
    ");
}
