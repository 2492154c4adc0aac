//! A bot behind Rasa's REST webhook: the shape that Rasa itself gives to an endpoint.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use url::Url;

use super::super::document::{Entry, Mapping, Node, Value};
use super::super::report::Report;
use super::super::sealed::SealedText;
use super::super::{address, bounded, excerpt, fields};
use super::pairs::{self, pairs};
use super::{BotConfig, TIMEOUTS};

/// Where a Rasa server takes messages.
const WEBHOOK: &str = "/webhooks/rest/webhook";

/// How long a bot may think. Rasa's own limit for a request, and longer than people wait.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The keys of its own; those of `retry` come to them.
pub(super) const NAMES: [&str; 8] = [
    "type",
    "url",
    "timeout",
    "params",
    "headers",
    "basic_auth",
    "token",
    "token_name",
];

/// A Rasa server, or anything that speaks its REST webhook. It holds secrets and has no `Debug`.
#[derive(Clone)]
pub struct RasaBot {
    /// Where messages are posted, path included. May hold a query; holds no user name and no
    /// password.
    pub url: Url,
    /// For the whole answer. 60 s by default.
    pub timeout: Duration,
    /// Added to the query.
    pub params: Vec<(String, SealedText)>,
    /// Sent with each message. The values are marked as sensitive.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Sent as an `authorization` header.
    pub basic_auth: Option<BasicAuth>,
    /// Added to the query under `token_name`.
    pub token: Option<SealedText>,
    /// `token` by default.
    pub token_name: String,
}

/// HTTP Basic authentication (RFC 7617).
#[derive(Clone)]
pub struct BasicAuth {
    /// Without a colon.
    pub username: String,
    /// May be empty.
    pub password: SealedText,
}

/// Reads the mapping under `bot`.
pub(super) fn read(mapping: &Mapping, node: &Node, report: &mut Report) -> Option<BotConfig> {
    let text = |name: &str, report: &mut Report| {
        let value = mapping.given(name)?;
        fields::text(report, value, &format!("bot.{name}")).map(str::to_owned)
    };
    let url = match mapping.given("url") {
        Some(value) => fields::parsed(report, value, "bot.url", webhook_url),
        None => {
            report
                .at_value(node, "the bot lacks its `url`")
                .hint("add `url: http://localhost:5005`, the address of the Rasa server");
            None
        }
    };
    let mut timeout = TIMEOUT;
    if let Some(value) = mapping.given("timeout") {
        bounded::read_time(value, "bot.timeout", TIMEOUTS, &mut timeout, report);
    }
    let params = mapping
        .given("params")
        .map(|value| read_params(value, report));
    let headers = mapping
        .given("headers")
        .map(|value| pairs::headers(value, report));
    let basic_auth = mapping
        .given("basic_auth")
        .and_then(|value| read_basic_auth(value, report));
    let token = text("token", report).map(SealedText::new);
    let token_name = text("token_name", report);
    Some(BotConfig::Rasa(Box::new(RasaBot {
        url: url?,
        timeout,
        params: params.unwrap_or_default(),
        headers: headers.unwrap_or_default(),
        basic_auth,
        token,
        token_name: token_name.unwrap_or_else(|| "token".to_owned()),
    })))
}

/// The address of a server, or of the webhook itself.
fn webhook_url(text: &str) -> Result<Url, address::InvalidAddress> {
    let mut url = address::parse(text)?;
    if matches!(url.path(), "" | "/") {
        url.set_path(WEBHOOK);
    }
    Ok(url)
}

fn read_params(node: &Node, report: &mut Report) -> Vec<(String, SealedText)> {
    let pairs = pairs(node, "bot.params", report).into_iter();
    pairs
        .map(|(entry, text)| (entry.key.text.clone(), SealedText::new(text.to_owned())))
        .collect()
}

fn read_basic_auth(node: &Node, report: &mut Report) -> Option<BasicAuth> {
    let (mut username, mut password) = (None, None);
    for (Entry { key, value }, text) in pairs(node, "bot.basic_auth", report) {
        match key.text.as_str() {
            "username" if text.contains(':') => {
                report.at_value(value, "`bot.basic_auth.username` must not hold a `:`");
            }
            "username" => username = Some(text.to_owned()),
            "password" => password = Some(SealedText::new(text.to_owned())),
            other => {
                let name = excerpt::name(other);
                report
                    .at_key(key, format!("`basic_auth` has no setting `{name}`"))
                    .note("known settings: `username`, `password`");
            }
        }
    }
    if let Value::Mapping(mapping) = &node.value
        && (mapping.get("username").is_none() || mapping.get("password").is_none())
    {
        report.at_value(node, "`bot.basic_auth` needs a `username` and a `password`");
    }
    Some(BasicAuth {
        username: username?,
        password: password?,
    })
}
