//! `credentials.yml`: which channels there are, as Rasa's users write it.
//!
//! A mapping, one key per channel; the value holds its settings, or nothing, or a list of them for
//! several accounts on one connector. The settings themselves are checked when the connector has
//! said what it takes: see `settings`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::channel::{self, ChannelEntry, Surroundings};
use super::connector::ConnectorRef;
use super::diagnostic::Diagnostics;
use super::document::{self, Entry, Key, Mapping, Node, Value};
use super::names::AccountName;
use super::report::Report;
use super::source::Source;
use super::{Environment, excerpt};

/// The channels that the operator wants.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// In the order of the file, disabled ones too.
    pub channels: Vec<ChannelEntry>,
}

impl Credentials {
    /// Reads the file at `path`; connectors are found relative to its directory. `builtins` are the
    /// names of the connectors in the binary, and `environment` looks up what `${NAME}` stands for.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn load(
        path: &Path,
        builtins: &[&str],
        environment: &Environment<'_>,
    ) -> Result<Self, Diagnostics> {
        let directory = path.parent().unwrap_or(Path::new(""));
        Self::from_source(Source::read(path)?, directory, builtins, environment)
    }

    /// Reads a text as if it stood in `file_name` in `directory`.
    ///
    /// # Errors
    /// Everything that is wrong with the text.
    pub fn parse(
        file_name: &str,
        text: &str,
        directory: &Path,
        builtins: &[&str],
        environment: &Environment<'_>,
    ) -> Result<Self, Diagnostics> {
        let source = Source::new(file_name, text.to_owned())?;
        Self::from_source(source, directory, builtins, environment)
    }

    /// What holds without a file: the channel `rest`, and a web chat to try the bot in. Its sessions are good until the
    /// next start, since nobody has written down what they are signed with.
    pub fn without_file() -> Self {
        let secret: [u8; 16] = rand::random();
        let secret = u128::from_be_bytes(secret);
        let text = format!(
            "rest:\nsocketio:\n  session_persistence: true\n  session_secret: '{secret:032x}'\n  demo_page: true\n"
        );
        let builtins = ["rest", "socketio"];
        Self::parse(
            "built-in credentials",
            &text,
            Path::new(""),
            &builtins,
            &|_| None,
        )
        .expect("what is built in is right")
    }

    fn from_source(
        source: Source,
        directory: &Path,
        builtins: &[&str],
        environment: &Environment<'_>,
    ) -> Result<Self, Diagnostics> {
        let mut report = Report::new(Arc::new(source));
        let Some(root) = document::read(&mut report) else {
            return Err(report.into_errors());
        };
        let surroundings = Surroundings {
            directory,
            builtins,
            environment,
        };
        let mut channels = Vec::new();
        match root.value {
            Value::Mapping(mapping) => {
                for Entry { key, value } in mapping.entries {
                    channels.extend(read_channels(&key, value, &surroundings, &mut report));
                }
            }
            _ if root.is_null() => {}
            _ => {
                let message = format!(
                    "the file must be a mapping of channels: found {}",
                    root.kind()
                );
                report
                    .at_value(&root, message)
                    .hint("write one `name:` per channel, such as `rest:`");
            }
        }
        check_accounts(&channels, &mut report);
        let (channels, _) = report.finish(channels)?;
        Ok(Self { channels })
    }
}

/// Reads what stands under one key: a channel, or several accounts.
fn read_channels(
    key: &Key,
    value: Node,
    surroundings: &Surroundings<'_>,
    report: &mut Report,
) -> Vec<ChannelEntry> {
    let is_null = value.is_null();
    match value.value {
        Value::Mapping(settings) => channel::read(key, settings, surroundings, report)
            .into_iter()
            .collect(),
        Value::Sequence(items) => read_accounts(key, items, surroundings, report),
        Value::Scalar(_) if is_null => channel::read(key, Mapping::default(), surroundings, report)
            .into_iter()
            .collect(),
        Value::Scalar(scalar) => {
            let name = excerpt::name(&key.text);
            let message = format!(
                "`{name}` must hold settings or nothing: found {}",
                scalar.datum.kind()
            );
            let node = Node {
                span: value.span,
                value: Value::Scalar(scalar),
            };
            let lacks_space = node.as_text().is_some_and(|text| text.contains(':'));
            report.at_value(&node, message).hint(if lacks_space {
                "write each setting as `name: value`, with a space after the colon"
            } else {
                "write each setting as `name: value` on a line of its own, indented"
            });
            // Whether the channel itself is known is told all the same.
            channel::read(key, Mapping::default(), surroundings, report);
            Vec::new()
        }
    }
}

fn read_accounts(
    key: &Key,
    items: Vec<Node>,
    surroundings: &Surroundings<'_>,
    report: &mut Report,
) -> Vec<ChannelEntry> {
    let name = excerpt::name(&key.text);
    if items.is_empty() {
        report
            .at_key(key, format!("`{name}` has an empty list of accounts"))
            .hint(format!(
                "write `{name}:` for the channel without settings, or remove the key"
            ));
    }
    let several = items.len() > 1;
    let mut channels = Vec::new();
    for item in items {
        let span = item.span;
        let settings = match item.value {
            Value::Mapping(settings) => settings,
            _ => {
                let message = format!("each account must be a mapping: found {}", item.kind());
                report
                    .at_value(&item, message)
                    .hint("write `- account: NAME`, settings below it");
                continue;
            }
        };
        let is_told_apart = settings.get("account").or(settings.get("mount")).is_some();
        // What an alias or a merge key brings stands elsewhere, before the item.
        let first = settings.entries.first().map(|first| &first.key);
        let place = first
            .filter(|first| first.span.start >= span.start)
            .unwrap_or(key)
            .clone();
        if several && !is_told_apart {
            let message = format!("one of several accounts of `{name}` lacks a name");
            report
                .at_key(&place, message)
                .hint("add `account: NAME`, or a `mount: /PATH` of its own");
        }
        if let Some(mut channel) = channel::read(key, settings, surroundings, report) {
            channel.place = place;
            channels.push(channel);
        }
    }
    channels
}

/// Reports channels of one connector that nothing tells apart: the same account, or neither account
/// nor mount.
fn check_accounts(channels: &[ChannelEntry], report: &mut Report) {
    let mut seen: HashMap<(&ConnectorRef, Option<&AccountName>), usize> = HashMap::new();
    for channel in channels.iter().filter(|channel| channel.enabled) {
        if channel.account.is_none() && channel.mount.is_some() {
            continue;
        }
        let line = channel.position().line;
        if let Some(first) = seen.insert((&channel.connector, channel.account.as_ref()), line) {
            let message = format!(
                "an account of `{}` is given twice",
                excerpt::name(&channel.key)
            );
            let hint = format!("give each an `account` of its own; the first is on line {first}");
            report.at_key(&channel.place, message).hint(hint);
        }
    }
}
