//! A bot behind a webhook that is signed as Standard Webhooks says.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use url::Url;

use super::super::document::{Mapping, Node, Value};
use super::super::report::Report;
use super::super::sealed::SealedKey;
use super::super::{address, bounded, fields, keys};
use super::{BotConfig, TIMEOUTS, pairs};

/// How long a bot may take to answer or to say that its answer comes later. Shorter than for a Rasa
/// server, which has no such choice.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How long a key may be, bytes: what Standard Webhooks asks for.
const KEY: std::ops::RangeInclusive<usize> = 24..=64;

/// The keys of its own; those of `retry` come to them.
pub(super) const NAMES: [&str; 5] = ["type", "url", "secret", "timeout", "headers"];

/// A bot that gets each event as a signed request. It holds secrets and has no `Debug`.
#[derive(Clone)]
pub struct WebhookBot {
    /// Where events are posted, path included. May hold a query; holds no user name and no password.
    pub url: Url,
    /// The keys that requests are signed with, each of 24 to 64 bytes; at least one. With several,
    /// while they are changed, requests bear a signature by each.
    pub secrets: Vec<SealedKey>,
    /// For the whole answer. 15 s by default, 100 ms to 1 h.
    pub timeout: Duration,
    /// Sent with each event. The values are marked as sensitive.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// Reads the mapping under `bot`.
pub(super) fn read(mapping: &Mapping, node: &Node, report: &mut Report) -> Option<BotConfig> {
    let url = match mapping.given("url") {
        Some(value) => fields::parsed(report, value, "bot.url", address::parse),
        None => {
            report
                .at_value(node, "the bot lacks its `url`")
                .hint("add `url: https://bot.example.com/events`, the address that takes events");
            None
        }
    };
    let secrets = match mapping.given("secret") {
        Some(value) => secrets(value, report),
        None => {
            report
                .at_value(node, "the bot lacks its `secret`")
                .note("requests to it are signed, so that it can tell them from anybody else's")
                .hint("add `secret: ${BOT_SECRET}` and export BOT_SECRET; `openssl rand -base64 32` makes one");
            None
        }
    };
    let mut timeout = TIMEOUT;
    if let Some(value) = mapping.given("timeout") {
        bounded::read_time(value, "bot.timeout", TIMEOUTS, &mut timeout, report);
    }
    let headers = mapping
        .given("headers")
        .map(|value| pairs::headers(value, report));
    Some(BotConfig::Webhook(Box::new(WebhookBot {
        url: url?,
        secrets: secrets?,
        timeout,
        headers: headers.unwrap_or_default(),
    })))
}

/// A list of secrets, or one.
fn secrets(node: &Node, report: &mut Report) -> Option<Vec<SealedKey>> {
    let mut secret = |node: &Node| fields::parsed(report, node, "bot.secret", key);
    match &node.value {
        Value::Sequence(items) if items.is_empty() => {
            report
                .at_value(node, "`bot.secret` must not be an empty list")
                .hint("give the secret itself, or several while it is changed");
            None
        }
        Value::Sequence(items) => {
            let keys: Vec<_> = items.iter().map(secret).collect();
            keys.into_iter().collect()
        }
        _ => secret(node).map(|key| vec![key]),
    }
}

fn key(text: &str) -> Result<SealedKey, &'static str> {
    let key = keys::webhook_key(text.trim())
        .ok_or("must be a key in base64, with or without `whsec_` before it")?;
    if KEY.contains(&key.len()) {
        Ok(SealedKey::new(key))
    } else {
        Err("must be a key of 24 to 64 bytes in base64, with or without `whsec_` before it")
    }
}
