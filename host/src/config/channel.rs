//! One channel of `credentials.yml`: the keys that belong to the host, and the settings of the
//! connector.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use super::address::{BaseUrl, ProxyUrl};
use super::connector::{self, ConnectorRef};
use super::digest::ComponentDigest;
use super::document::{Key, Mapping, Node, Value};
use super::hosts::AllowedHost;
use super::limits::{self, ChannelLimits};
use super::names::{AccountName, MountPath};
use super::origins::AllowedOrigin;
use super::report::Report;
use super::source::{Position, Source};
use super::{Environment, expand, fields};

/// The keys that the host takes for itself on every channel; a connector cannot have settings of
/// these names.
pub const HOST_KEYS: [&str; 14] = [
    "account",
    "mount",
    "enabled",
    "allow_hosts",
    "allow_private_hosts",
    "api_url",
    "public_url",
    "cors",
    "proxy",
    "sha256",
    "isolation",
    "on_unknown",
    "typing",
    "limits",
];

/// How instances of a connector are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// A new instance for every call.
    Fresh,
    /// An instance serves several calls of the same channel.
    Reuse,
}

/// What becomes of a part of which nobody knows whether it arrived: its sending was cut off by a
/// crash, or the platform left the outcome open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnknown {
    /// It is sent again, and may arrive twice. The default: a lost answer is worse than a double
    /// one for most conversations.
    #[default]
    Resend,
    /// It is put among the dead letters, and may never arrive.
    Park,
}

/// One channel. `Debug` does not show its settings.
#[derive(Clone)]
pub struct ChannelEntry {
    /// The code that it runs.
    pub connector: ConnectorRef,
    /// Its key, as written.
    pub key: String,
    /// Which of several accounts on the connector.
    pub account: Option<AccountName>,
    /// Where its routes begin, if not at `/webhooks/NAME`.
    pub mount: Option<MountPath>,
    /// Not to be served when false; then nothing else but the account was read.
    pub enabled: bool,
    /// Hosts that it may reach beyond those of its connector, where their names lead to public addresses.
    pub allow_hosts: Vec<AllowedHost>,
    /// The same, wherever their names lead.
    pub allow_private_hosts: Vec<AllowedHost>,
    /// The platform's base address, if not the usual one.
    pub api_url: Option<BaseUrl>,
    /// Where the platform reaches this server, if not where the server's own option says.
    pub public_url: Option<BaseUrl>,
    /// Whose pages may call it from a browser; `None` leaves it to the server's own option.
    pub cors: Option<Vec<AllowedOrigin>>,
    /// The proxy for calls to the platform.
    pub proxy: Option<ProxyUrl>,
    /// What the connector's file must hash to.
    pub sha256: Option<ComponentDigest>,
    /// `None` leaves it to the host.
    pub isolation: Option<Isolation>,
    /// What becomes of a part of which nobody knows whether it arrived.
    pub on_unknown: OnUnknown,
    /// Whether the bot is shown to be writing, on platforms that have a sign for it.
    pub typing: bool,
    /// What it may take.
    pub limits: ChannelLimits,
    pub(crate) place: Key,
    pub(crate) settings: Mapping,
    pub(crate) source: Arc<Source>,
}

impl ChannelEntry {
    /// The file that it stands in, as the operator named it.
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// Where its key stands.
    pub fn position(&self) -> Position {
        self.place.span.position
    }

    pub(crate) fn new(connector: ConnectorRef, key: &Key, source: Arc<Source>) -> Self {
        Self {
            connector,
            key: key.text.clone(),
            account: None,
            mount: None,
            enabled: true,
            allow_hosts: Vec::new(),
            allow_private_hosts: Vec::new(),
            api_url: None,
            public_url: None,
            cors: None,
            proxy: None,
            sha256: None,
            isolation: None,
            on_unknown: OnUnknown::default(),
            typing: false,
            limits: ChannelLimits::default(),
            place: key.clone(),
            settings: Mapping::default(),
            source,
        }
    }
}

impl fmt::Debug for ChannelEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelEntry")
            .field("key", &self.key)
            .field("connector", &self.connector)
            .field("account", &self.account)
            .field("mount", &self.mount)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

/// What reading an entry needs beside the entry.
pub(crate) struct Surroundings<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) builtins: &'a [&'a str],
    pub(crate) environment: &'a Environment<'a>,
}

/// Reads one channel from the value of its key, or from one item of the list there. `None` when the
/// connector is not known; every problem is in the report.
pub(crate) fn read(
    key: &Key,
    mut settings: Mapping,
    surroundings: &Surroundings<'_>,
    report: &mut Report,
) -> Option<ChannelEntry> {
    let enabled = read_enabled(&mut settings, surroundings, report);
    let Surroundings {
        directory,
        builtins,
        environment,
    } = surroundings;
    let connector = connector::resolve(key, directory, builtins, enabled, report);
    if !enabled {
        let mut entry = ChannelEntry::new(connector?, key, report.source().clone());
        let account = settings
            .get("account")
            .and_then(|account| account.value.as_text());
        entry.account = account.and_then(|account| AccountName::parse(account).ok());
        entry.enabled = false;
        return Some(entry);
    }
    for entry in &mut settings.entries {
        expand::expand(&mut entry.value, environment, report);
    }
    // The keys are checked even where the connector is unknown, so that all problems are told at
    // once.
    let known = connector.is_some();
    let connector = connector.unwrap_or_else(|| ConnectorRef::Builtin(key.text.clone()));
    let mut entry = ChannelEntry::new(connector, key, report.source().clone());
    read_host_keys(&mut entry, &mut settings, report);
    entry.settings = settings;
    known.then_some(entry)
}

/// Whether the channel is to be served. A disabled one is not read further: it is how one puts a
/// channel aside whose credentials are not there.
fn read_enabled(
    settings: &mut Mapping,
    surroundings: &Surroundings<'_>,
    report: &mut Report,
) -> bool {
    let Some(mut entry) = settings.take("enabled") else {
        return true;
    };
    expand::expand(&mut entry.value, surroundings.environment, report);
    if entry.value.is_null() {
        return true;
    }
    fields::boolean(report, &entry.value, "enabled").unwrap_or(true)
}

fn read_host_keys(entry: &mut ChannelEntry, settings: &mut Mapping, report: &mut Report) {
    let mut take = |name: &str| {
        settings
            .take(name)
            .map(|entry| entry.value)
            .filter(|value| !value.is_null())
    };
    if let Some(node) = take("account") {
        entry.account = fields::parsed(report, &node, "account", AccountName::parse);
    }
    if let Some(node) = take("mount") {
        entry.mount = fields::parsed(report, &node, "mount", MountPath::parse);
    }
    if let Some(node) = take("allow_hosts") {
        entry.allow_hosts = read_list(&node, "allow_hosts", report);
    }
    if let Some(node) = take("allow_private_hosts") {
        entry.allow_private_hosts = read_list(&node, "allow_private_hosts", report);
    }
    if let Some(node) = take("api_url") {
        entry.api_url = fields::parsed(report, &node, "api_url", BaseUrl::parse);
    }
    if let Some(node) = take("public_url") {
        entry.public_url = fields::parsed(report, &node, "public_url", BaseUrl::parse);
    }
    if let Some(node) = take("cors") {
        entry.cors = Some(read_list(&node, "cors", report));
    }
    if let Some(node) = take("proxy") {
        entry.proxy = fields::parsed(report, &node, "proxy", ProxyUrl::parse);
    }
    if let Some(node) = take("sha256") {
        entry.sha256 = fields::parsed(report, &node, "sha256", ComponentDigest::parse);
        if let ConnectorRef::Builtin(name) = &entry.connector {
            report
                .at_value(
                    &node,
                    format!("`sha256` pins a component in a file, and `{name}` is built in"),
                )
                .hint("leave it out: what is built in is the server's own");
        }
    }
    if let Some(node) = take("isolation") {
        entry.isolation = fields::parsed(report, &node, "isolation", |text| match text {
            "fresh" => Ok(Isolation::Fresh),
            "reuse" => Ok(Isolation::Reuse),
            _ => Err("must be `fresh` or `reuse`"),
        });
    }
    if let Some(node) = take("typing") {
        entry.typing = fields::boolean(report, &node, "typing").unwrap_or_default();
    }
    if let Some(node) = take("on_unknown") {
        let policy = fields::parsed(report, &node, "on_unknown", |text| match text {
            "resend" => Ok(OnUnknown::Resend),
            "park" => Ok(OnUnknown::Park),
            _ => Err("must be `resend` or `park`"),
        });
        entry.on_unknown = policy.unwrap_or_default();
    }
    if let Some(node) = take("limits") {
        entry.limits = limits::read(&node, report);
    }
}

/// A list of hosts or origins, or one.
fn read_list<T: FromStr<Err: fmt::Display>>(
    node: &Node,
    name: &str,
    report: &mut Report,
) -> Vec<T> {
    let mut read = |node: &Node| fields::parsed(report, node, name, str::parse);
    match &node.value {
        Value::Sequence(items) => items.iter().filter_map(read).collect(),
        _ => read(node).into_iter().collect(),
    }
}
