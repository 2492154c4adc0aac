//! The settings of one channel, checked against what its connector takes.
//!
//! This happens before the channel serves anything: a misspelt or missing setting is an error at
//! start with the line that it stands in, not a puzzling answer of the platform at night. The
//! connector's declarations come as plain values, so that nothing here knows how connectors run.

mod convert;

use std::fmt;

use serde_json::Value as Json;

use super::channel::{ChannelEntry, HOST_KEYS};
use super::diagnostic::Diagnostics;
use super::document::{Entry, Node};
use super::excerpt;
use super::nearest::{list, nearest};
use super::report::Report;

/// What a setting holds; the kinds of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// Any text; numbers and booleans are taken as they are written.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// Any finite number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An absolute http or https address without user name or password.
    Url,
    /// A list of texts.
    TextList,
    /// A mapping from text to text.
    TextMap,
    /// A key in base64, standard or URL-safe, padded or not.
    Base64Key,
    /// A key in hexadecimal.
    HexKey,
    /// A key as Standard Webhooks writes it: base64, with or without `whsec_` before it.
    WebhookKey,
    /// Any value that JSON has too.
    Any,
}

/// One setting that a connector declares.
#[derive(Clone, Debug)]
pub struct SettingSpec {
    /// In snake_case.
    pub name: String,
    /// What it holds.
    pub kind: SettingKind,
    /// Whether the server refuses to start without it.
    pub required: bool,
    /// Whether it is a secret.
    pub sealed: bool,
    /// For a secret: whether it may be put into request bodies.
    pub in_body: bool,
    /// For a secret: where it may go, as the connector writes hosts. Empty: wherever the connector
    /// goes.
    pub hosts: Vec<String>,
    /// What holds when the operator gives none.
    pub default: Option<Json>,
    /// One sentence for people.
    pub doc: String,
}

/// The settings of one channel with the connector's defaults, in the order of the declarations.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    entries: Vec<(String, SettingValue)>,
}

impl Settings {
    /// Names and values, in the order of the connector's declarations. What has no value is not
    /// there.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SettingValue)> {
        self.entries
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// The value of one setting.
    pub fn get(&self, name: &str) -> Option<&SettingValue> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }
}

/// A value, or a secret. `Debug` shows the value and hides the secret.
#[derive(Clone)]
pub enum SettingValue {
    /// For the connector to see.
    Open(Json),
    /// For the host alone.
    Sealed(SealedValue),
}

impl fmt::Debug for SettingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(value) => fmt::Debug::fmt(value, f),
            Self::Sealed(_) => f.write_str("(sealed)"),
        }
    }
}

/// A secret setting. It has neither `Debug` nor `Display`.
#[derive(Clone)]
pub struct SealedValue {
    value: Json,
    key: Option<Vec<u8>>,
}

impl SealedValue {
    /// The secret as JSON, every text of which is secret: for the host to replace and to compare,
    /// and for nothing that people read.
    pub fn expose(&self) -> &Json {
        &self.value
    }

    /// The bytes that are the key of an HMAC: of a key in base64 or hexadecimal the decoded ones,
    /// of a text its UTF-8. `None` for a setting that is no single text.
    pub fn key(&self) -> Option<&[u8]> {
        self.key.as_deref()
    }
}

/// Checks what the operator gave against what the connector `declared`, and puts in the defaults.
///
/// # Errors
/// Everything that is wrong with the channel's settings: unknown, missing, of another kind.
pub fn check(entry: &ChannelEntry, declared: &[SettingSpec]) -> Result<Settings, Diagnostics> {
    let mut report = Report::new(entry.source.clone());
    for Entry { key, .. } in &entry.settings.entries {
        if !declared.iter().any(|spec| spec.name == key.text) {
            unknown(entry, key, declared, &mut report);
        }
    }
    let mut entries = Vec::new();
    for spec in declared {
        let written = entry.settings.get(&spec.name);
        if let Some(written) = written.filter(|written| spec.sealed && is_blank(&written.value)) {
            if spec.required {
                missing(entry, spec, &mut report);
            } else {
                blank(written, spec, &mut report);
            }
            continue;
        }
        let given = written.filter(|given| !given.value.is_null());
        let converted = match given {
            Some(given) if spec.required && given.value.as_text() == Some("") => {
                missing(entry, spec, &mut report);
                continue;
            }
            Some(given) => convert::from_file(&given.value, spec, &mut report),
            None => match &spec.default {
                Some(default) => convert::from_default(default, spec, entry, &mut report),
                None if spec.required => {
                    missing(entry, spec, &mut report);
                    continue;
                }
                None => continue,
            },
        };
        if let Some((value, key)) = converted {
            let value = if spec.sealed {
                SettingValue::Sealed(SealedValue { value, key })
            } else {
                SettingValue::Open(value)
            };
            entries.push((spec.name.clone(), value));
        }
    }
    report
        .finish(Settings { entries })
        .map(|(settings, _)| settings)
}

/// A secret that is there and holds nothing: a variable that was set to nothing, as a rule. Left out, it may mean that
/// nobody is asked for it, which is to be written down and not to happen.
fn is_blank(node: &Node) -> bool {
    node.as_scalar().is_some_and(|scalar| {
        let is_written = !node.is_null() || scalar.from_environment;
        is_written && scalar.text.trim().is_empty()
    })
}

fn blank(written: &Entry, spec: &SettingSpec, report: &mut Report) {
    let name = &spec.name;
    report
        .at_value(&written.value, format!("`{name}` is empty"))
        .hint("give it a value, or leave it out; if it is a variable, it is set to nothing");
}

fn missing(entry: &ChannelEntry, spec: &SettingSpec, report: &mut Report) {
    let SettingSpec { name, doc, .. } = spec;
    let channel = excerpt::name(&entry.key);
    let diagnostic = report.at_key(
        &entry.place,
        format!("`{channel}` lacks the required setting `{name}`"),
    );
    if !doc.is_empty() {
        diagnostic.note(format!("{name}: {doc}"));
    }
    let variable = name.to_ascii_uppercase().replace('-', "_");
    diagnostic.hint(if spec.sealed {
        format!("add `{name}: ${{{variable}}}` and export {variable}")
    } else {
        format!("add `{name}: …`")
    });
}

fn unknown(
    entry: &ChannelEntry,
    key: &super::document::Key,
    declared: &[SettingSpec],
    report: &mut Report,
) {
    let (channel, name) = (excerpt::name(&entry.key), excerpt::name(&key.text));
    let names = || declared.iter().map(|spec| spec.name.as_str());
    let diagnostic = report.at_key(key, format!("`{channel}` has no setting `{name}`"));
    if declared.is_empty() {
        diagnostic.note(format!("`{channel}` has no settings of its own"));
    } else {
        diagnostic.note(format!("settings of `{channel}`: {}", list(names())));
    }
    diagnostic.note(format!("settings of every channel: {}", list(HOST_KEYS)));
    let meant = nearest(&key.text, names().chain(HOST_KEYS));
    diagnostic.hint(match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "remove the setting".to_owned(),
    });
}
