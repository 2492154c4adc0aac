//! `endpoints.yml`: which bot answers, what it may name in place of saying it, and how long the store
//! keeps what happened.
//!
//! The file has Rasa's shape, so that one file can serve both; what belongs to Rasa alone is passed
//! over with a notice, its `${…}` unread.

mod pairs;
mod rasa;
mod retry;
mod store;
mod webhook;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use rasa::{BasicAuth, RasaBot};
pub use retry::RetryConfig;
pub use store::StoreConfig;
pub use webhook::WebhookBot;

use super::diagnostic::{Diagnostic, Diagnostics, Severity};
use super::document::{self, Entry, Mapping, Node, Value};
use super::nearest::{list, nearest};
use super::report::Report;
use super::responses::{Collection, ResponseSet};
use super::source::Source;
use super::{Environment, excerpt, expand, fields};

/// What answers messages.
#[derive(Clone)]
pub enum BotConfig {
    /// The built-in bot that answers what it hears.
    Echo,
    /// A Rasa server, or anything that speaks its REST webhook.
    Rasa(Box<RasaBot>),
    /// A server that takes signed events.
    Webhook(Box<WebhookBot>),
}

/// What `endpoints.yml` says.
#[derive(Clone)]
pub struct Endpoints {
    /// Which bot answers.
    pub bot: BotConfig,
    /// How messages are brought to it.
    pub retry: RetryConfig,
    /// How long what happened is kept.
    pub store: StoreConfig,
    /// What the bot may name in place of saying it: all files of the key `responses` together.
    pub responses: ResponseSet,
    /// What the operator should know, in the order of the file.
    pub notices: Vec<Diagnostic>,
}

/// How long a bot may be given for its answer: 100 ms to 1 h.
const TIMEOUTS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3600));

/// The keys that mean something.
const OWN_KEYS: [&str; 3] = ["bot", "responses", "store"];

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
            retry: RetryConfig::default(),
            store: StoreConfig::default(),
            responses: ResponseSet::default(),
            notices: Vec::new(),
        }
    }
}

impl Endpoints {
    /// Reads the file at `path`, and those that it names, relative to its directory. `environment`
    /// looks up what `${NAME}` stands for.
    ///
    /// # Errors
    /// Everything that is wrong with the files.
    pub fn load(path: &Path, environment: &Environment<'_>) -> Result<Self, Diagnostics> {
        let directory = path.parent().unwrap_or(Path::new(""));
        Self::from_source(Source::read(path)?, directory, environment)
    }

    /// Reads a text as if it stood in `file_name` in `directory`.
    ///
    /// # Errors
    /// Everything that is wrong with the text, and with the files that it names.
    pub fn parse(
        file_name: &str,
        text: &str,
        directory: &Path,
        environment: &Environment<'_>,
    ) -> Result<Self, Diagnostics> {
        let source = Source::new(file_name, text.to_owned())?;
        Self::from_source(source, directory, environment)
    }

    fn from_source(
        source: Source,
        directory: &Path,
        environment: &Environment<'_>,
    ) -> Result<Self, Diagnostics> {
        let mut reader = Reader {
            directory,
            environment,
            report: Report::new(Arc::new(source)),
            read: Self::default(),
            elsewhere: None,
        };
        let Some(root) = document::read(&mut reader.report) else {
            return Err(reader.report.into_errors());
        };
        match root.value {
            Value::Mapping(mapping) => {
                for entry in mapping.entries {
                    reader.key(entry);
                }
            }
            _ if root.is_null() => {}
            _ => {
                let message = format!("the file must be a mapping: found {}", root.kind());
                reader
                    .report
                    .at_value(&root, message)
                    .hint("write `bot:`, its settings below it");
            }
        }
        reader.finish()
    }
}

/// Reads the keys one by one.
struct Reader<'a> {
    directory: &'a Path,
    environment: &'a Environment<'a>,
    report: Report,
    read: Endpoints,
    /// What is wrong with the files that this one names.
    elsewhere: Option<Diagnostics>,
}

impl Reader<'_> {
    fn key(&mut self, Entry { key, mut value }: Entry) {
        let report = &mut self.report;
        let name = excerpt::name(&key.text);
        match key.text.as_str() {
            own if OWN_KEYS.contains(&own) => {
                expand::expand(&mut value, self.environment, report);
                match own {
                    "bot" => self.bot(&value),
                    "store" => self.read.store = store::read(&value, report),
                    _ => self.responses(&value),
                }
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
    }

    fn bot(&mut self, node: &Node) {
        let mapping = match &node.value {
            Value::Mapping(mapping) => mapping,
            _ if node.is_null() => return,
            _ => {
                let wanted = "a mapping such as `{ type: echo }`";
                return fields::mismatch(&mut self.report, node, "bot", wanted);
            }
        };
        let bot = match mapping.given("type") {
            None if mapping.get("url").is_some() => self.rasa(mapping, node),
            None => read_echo(mapping, &mut self.report),
            Some(given) => match given.as_text() {
                Some("echo") => read_echo(mapping, &mut self.report),
                Some("rasa") => self.rasa(mapping, node),
                Some("webhook") => self.webhook(mapping, node),
                _ => {
                    let wanted = "`echo`, `rasa` or `webhook`";
                    return fields::malformed(&mut self.report, given, "bot.type", wanted);
                }
            },
        };
        if let Some(bot) = bot {
            self.read.bot = bot;
        }
    }

    fn rasa(&mut self, mapping: &Mapping, node: &Node) -> Option<BotConfig> {
        check_names(mapping, "rasa", &rasa::NAMES, &mut self.report);
        self.read.retry = retry::read(mapping, &mut self.report);
        rasa::read(mapping, node, &mut self.report)
    }

    fn webhook(&mut self, mapping: &Mapping, node: &Node) -> Option<BotConfig> {
        check_names(mapping, "webhook", &webhook::NAMES, &mut self.report);
        self.read.retry = retry::read(mapping, &mut self.report);
        webhook::read(mapping, node, &mut self.report)
    }

    /// The files of responses: one, or a list of them.
    fn responses(&mut self, node: &Node) {
        let files = match &node.value {
            Value::Sequence(files) => files.as_slice(),
            _ if node.is_null() => return,
            _ => std::slice::from_ref(node),
        };
        if files.is_empty() {
            self.report
                .at_value(node, "`responses` must not be an empty list")
                .hint("name a file such as `responses.yml`, or remove the key");
        }
        let mut collection = Collection::default();
        for file in files {
            match self.response_file(file).map(|file| collection.add(file)) {
                None | Some(Ok(())) => {}
                Some(Err(errors)) => match &mut self.elsewhere {
                    None => self.elsewhere = Some(errors),
                    Some(elsewhere) => elsewhere.extend(errors),
                },
            }
        }
        self.read.responses = collection.finish();
    }

    /// Finds a file. That it is missing is told without its name, which may be anything, as the
    /// value of a variable given by mistake.
    fn response_file(&mut self, node: &Node) -> Option<std::path::PathBuf> {
        let text = fields::text(&mut self.report, node, "responses")?;
        let path = self.directory.join(text);
        let message = match path.metadata() {
            Ok(metadata) if metadata.is_file() => return Some(path),
            Ok(_) => "what `responses` names is not a file".to_owned(),
            Err(error) => format!("failed to find the file that `responses` names: {error}"),
        };
        self.report
            .at_value(node, message)
            .hint("a path is relative to the directory of this file");
        None
    }

    fn finish(self) -> Result<Endpoints, Diagnostics> {
        match (self.report.finish(self.read), self.elsewhere) {
            (Ok((read, notices)), None) => Ok(Endpoints { notices, ..read }),
            (Ok(_), Some(errors)) => Err(errors),
            (Err(mut errors), elsewhere) => {
                if let Some(elsewhere) = elsewhere {
                    errors.extend(elsewhere);
                }
                Err(errors)
            }
        }
    }
}

/// Reports what a bot that is elsewhere has no setting for.
fn check_names(mapping: &Mapping, kind: &str, own: &[&'static str], report: &mut Report) {
    let known = || own.iter().copied().chain(retry::NAMES);
    for Entry { key, .. } in &mapping.entries {
        if known().any(|known| known == key.text) {
            continue;
        }
        let name = excerpt::name(&key.text);
        let message = format!("a bot of type `{kind}` has no setting `{name}`");
        let diagnostic = report.at_key(key, message);
        diagnostic.note(format!("known settings: {}", list(known())));
        if let Some(meant) = nearest(&key.text, known()) {
            diagnostic.hint(format!("did you mean `{meant}`?"));
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
