//! `endpoints.yml`: which bot answers.
//!
//! The file has Rasa's shape, so that one file can serve both; what belongs to Rasa alone is passed
//! over with a notice, its `${…}` unread. A key that will mean something to a later version is an
//! error, so that nobody believes it works.

mod rasa;
mod webhook_stub;

use std::path::Path;
use std::sync::Arc;

pub use rasa::{BasicAuth, RasaBot};
pub use webhook_stub::{SealedKey, WebhookBot};

use super::diagnostic::{Diagnostic, Diagnostics, Severity};
use super::document::{self, Entry, Mapping, Node, Value};
use super::nearest::{list, nearest};
use super::report::Report;
use super::source::Source;
use super::{Environment, excerpt, expand, fields};

/// What answers messages.
#[derive(Clone)]
pub enum BotConfig {
    /// The built-in bot that answers what it hears.
    Echo,
    /// A Rasa server, or anything that speaks its REST webhook.
    Rasa(Box<RasaBot>),
    /// A bot that gets each event as a signed webhook.
    Webhook(Box<WebhookBot>),
}

/// What `endpoints.yml` says.
#[derive(Clone)]
pub struct Endpoints {
    /// Which bot answers.
    pub bot: BotConfig,
    /// What the operator should know, in the order of the file.
    pub notices: Vec<Diagnostic>,
}

/// The keys that mean something.
const OWN_KEYS: [&str; 1] = ["bot"];

/// The keys that a later version will take.
const LATER_KEYS: [&str; 2] = ["store", "responses"];

/// The keys of Rasa's own file.
const RASA_KEYS: [&str; 10] = [
    "action_endpoint",
    "tracker_store",
    "lock_store",
    "event_broker",
    "nlg",
    "nlu",
    "models",
    "model",
    "model_groups",
    "vector_store",
];

impl Default for Endpoints {
    /// What holds without a file: the echo bot.
    fn default() -> Self {
        Self {
            bot: BotConfig::Echo,
            notices: Vec::new(),
        }
    }
}

impl Endpoints {
    /// Reads the file at `path`. `environment` looks up what `${NAME}` stands for.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn load(path: &Path, environment: &Environment<'_>) -> Result<Self, Diagnostics> {
        Self::from_source(Source::read(path)?, environment)
    }

    /// Reads a text as if it stood in `file_name`.
    ///
    /// # Errors
    /// Everything that is wrong with the text.
    pub fn parse(
        file_name: &str,
        text: &str,
        environment: &Environment<'_>,
    ) -> Result<Self, Diagnostics> {
        Self::from_source(Source::new(file_name, text.to_owned())?, environment)
    }

    fn from_source(source: Source, environment: &Environment<'_>) -> Result<Self, Diagnostics> {
        let mut report = Report::new(Arc::new(source));
        let Some(root) = document::read(&mut report) else {
            return Err(report.into_errors());
        };
        let mut bot = BotConfig::Echo;
        match root.value {
            Value::Mapping(mapping) => {
                for entry in mapping.entries {
                    bot = read_key(entry, environment, &mut report).unwrap_or(bot);
                }
            }
            _ if root.is_null() => {}
            _ => {
                let message = format!("the file must be a mapping: found {}", root.kind());
                report
                    .at_value(&root, message)
                    .hint("write `bot:`, its settings below it");
            }
        }
        let (bot, notices) = report.finish(bot)?;
        Ok(Self { bot, notices })
    }
}

/// The bot, where the key is the bot's.
fn read_key(
    Entry { key, mut value }: Entry,
    environment: &Environment<'_>,
    report: &mut Report,
) -> Option<BotConfig> {
    let name = excerpt::name(&key.text);
    match key.text.as_str() {
        "bot" => {
            expand::expand(&mut value, environment, report);
            return read_bot(&value, report);
        }
        later if LATER_KEYS.contains(&later) => {
            report
                .at_key(&key, format!("`{name}` is not available in this version"))
                .hint("remove it");
        }
        theirs if RASA_KEYS.contains(&theirs) => {
            let diagnostic = report.at_key(&key, format!("`{name}` belongs to Rasa; ignored"));
            diagnostic.severity = Severity::Warning;
        }
        unknown => {
            let diagnostic = report.at_key(&key, format!("unknown key `{name}`"));
            diagnostic.note(format!("known keys: {}", list(OWN_KEYS)));
            let known = OWN_KEYS.into_iter().chain(RASA_KEYS);
            if let Some(meant) = nearest(unknown, known) {
                diagnostic.hint(format!("did you mean `{meant}`?"));
            }
        }
    }
    None
}

fn read_bot(node: &Node, report: &mut Report) -> Option<BotConfig> {
    let mapping = match &node.value {
        Value::Mapping(mapping) => mapping,
        _ if node.is_null() => return None,
        _ => {
            fields::mismatch(report, node, "bot", "a mapping such as `{ type: echo }`");
            return None;
        }
    };
    let given = mapping
        .get("type")
        .map(|entry| &entry.value)
        .filter(|value| !value.is_null());
    let Some(given) = given else {
        return if mapping.get("url").is_some() {
            rasa::read(mapping, node, report)
        } else {
            read_echo(mapping, report)
        };
    };
    match given.as_text() {
        Some("echo") => read_echo(mapping, report),
        Some("rasa") => rasa::read(mapping, node, report),
        Some("webhook") => {
            report
                .at_value(
                    given,
                    "the bot type `webhook` is not available in this version",
                )
                .hint("use `rasa`, for a server that speaks Rasa's REST webhook, or `echo`");
            None
        }
        _ => {
            fields::malformed(report, given, "bot.type", "`echo` or `rasa`");
            None
        }
    }
}

fn read_echo(mapping: &Mapping, report: &mut Report) -> Option<BotConfig> {
    for Entry { key, .. } in mapping
        .entries
        .iter()
        .filter(|entry| entry.key.text != "type")
    {
        let name = excerpt::name(&key.text);
        report
            .at_key(key, format!("the echo bot has no setting `{name}`"))
            .hint("for a Rasa server, give its `url`");
    }
    Some(BotConfig::Echo)
}
