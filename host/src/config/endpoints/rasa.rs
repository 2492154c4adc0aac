//! A bot behind Rasa's REST webhook: the shape that Rasa itself gives to an endpoint.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use url::Url;

use super::super::document::{Entry, Mapping, Node, Value};
use super::super::nearest::{list, nearest};
use super::super::report::Report;
use super::super::sealed::SealedText;
use super::super::{address, excerpt, fields, limits};
use super::BotConfig;

/// Where a Rasa server takes messages.
const WEBHOOK: &str = "/webhooks/rest/webhook";

/// How long a bot may think. Rasa's own limit for a request, and longer than people wait.
const TIMEOUT: Duration = Duration::from_secs(60);

/// 100 ms to 1 h.
const TIMEOUTS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3600));

const NAMES: [&str; 8] = [
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
    let unknown_keys = mapping.entries.iter().map(|entry| &entry.key);
    for key in unknown_keys.filter(|key| !NAMES.contains(&key.text.as_str())) {
        unknown(key, report);
    }
    let given = |name: &str| {
        let value = mapping.get(name).map(|entry| &entry.value);
        value.filter(|value| !value.is_null())
    };
    let text = |name: &str, report: &mut Report| {
        let value = given(name)?;
        fields::text(report, value, &format!("bot.{name}")).map(str::to_owned)
    };
    let url = match given("url") {
        Some(value) => fields::parsed(report, value, "bot.url", webhook_url),
        None => {
            report
                .at_value(node, "the bot lacks its `url`")
                .hint("add `url: http://localhost:5005`, the address of the Rasa server");
            None
        }
    };
    let mut timeout = TIMEOUT;
    if let Some(value) = given("timeout") {
        limits::read_time(value, "bot.timeout", TIMEOUTS, &mut timeout, report);
    }
    let params = given("params").map(|value| read_params(value, report));
    let headers = given("headers").map(|value| read_headers(value, report));
    let basic_auth = given("basic_auth").and_then(|value| read_basic_auth(value, report));
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

fn unknown(key: &super::document::Key, report: &mut Report) {
    let name = excerpt::name(&key.text);
    let diagnostic = report.at_key(key, format!("a bot of type `rasa` has no setting `{name}`"));
    diagnostic.note(format!("known settings: {}", list(NAMES)));
    if let Some(meant) = nearest(&key.text, NAMES) {
        diagnostic.hint(format!("did you mean `{meant}`?"));
    }
}

/// The pairs of a mapping from text to text.
fn pairs<'n>(node: &'n Node, name: &str, report: &mut Report) -> Vec<(&'n Entry, &'n str)> {
    let Value::Mapping(mapping) = &node.value else {
        fields::mismatch(report, node, name, "a mapping such as `{ name: text }`");
        return Vec::new();
    };
    let mut pairs = Vec::new();
    for entry in &mapping.entries {
        let name = format!("{name}.{}", excerpt::name(&entry.key.text));
        pairs.extend(fields::text(report, &entry.value, &name).map(|text| (entry, text)));
    }
    pairs
}

fn read_params(node: &Node, report: &mut Report) -> Vec<(String, SealedText)> {
    let pairs = pairs(node, "bot.params", report).into_iter();
    pairs
        .map(|(entry, text)| (entry.key.text.clone(), SealedText::new(text.to_owned())))
        .collect()
}

fn read_headers(node: &Node, report: &mut Report) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = Vec::new();
    for (Entry { key, value }, text) in pairs(node, "bot.headers", report) {
        let name = excerpt::name(&key.text);
        let Ok(header) = HeaderName::from_bytes(key.text.as_bytes()) else {
            report.at_key(key, format!("`{name}` is no name of an HTTP header"));
            continue;
        };
        let Ok(mut content) = HeaderValue::from_str(text) else {
            let message = format!("`bot.headers.{name}` must be one line of ASCII text");
            report.at_value(value, message);
            continue;
        };
        content.set_sensitive(true);
        headers.push((header, content));
    }
    headers
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
