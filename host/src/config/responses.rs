//! `responses.yml`: what a bot may name in place of saying it, as Rasa's domain has it.
//!
//! Under `responses` each name has its variations, among them some for one channel only. The file
//! may be a whole domain: what else a domain holds is passed over. `${…}` is not expanded here,
//! since braces are the places where values go. Which variation is sent, and with what values, is
//! not decided here.

mod variation;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use variation::{ResponseVariation, SlotCondition};

use super::diagnostic::Diagnostics;
use super::document::{self, Entry, Key, Mapping, Node, Value};
use super::excerpt;
use super::nearest::{list, nearest};
use super::report::Report;
use super::source::Source;

/// What else stands in Rasa's files beside responses, since it may all stand in one.
const RASA_KEYS: [&str; 14] = [
    "version",
    "intents",
    "entities",
    "slots",
    "actions",
    "forms",
    "session_config",
    "e2e_actions",
    "config",
    "nlu",
    "rules",
    "stories",
    "flows",
    "imports",
];

/// Named responses, each with one variation or more.
#[derive(Clone, Debug, Default)]
pub struct ResponseSet {
    responses: BTreeMap<String, Vec<ResponseVariation>>,
}

impl ResponseSet {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn load(path: &Path) -> Result<Self, Diagnostics> {
        let mut collection = Collection::default();
        collection.add(path.to_owned())?;
        Ok(collection.finish())
    }

    /// Reads a text as if it stood in `file_name`.
    ///
    /// # Errors
    /// Everything that is wrong with the text.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, Diagnostics> {
        let mut collection = Collection::default();
        collection.add_source(Source::new(file_name, text.to_owned())?)?;
        Ok(collection.finish())
    }

    /// The names in order, each with its variations in the order of the file; at least one.
    pub fn into_variations(self) -> impl Iterator<Item = (String, Vec<ResponseVariation>)> {
        self.responses.into_iter()
    }
}

/// Responses of several files.
#[derive(Default)]
pub(crate) struct Collection {
    set: ResponseSet,
    /// Where each was given: file and line.
    places: BTreeMap<String, String>,
}

impl Collection {
    /// Adds those of one file.
    pub(crate) fn add(&mut self, path: PathBuf) -> Result<(), Diagnostics> {
        self.add_source(Source::read(&path)?)
    }

    pub(crate) fn finish(self) -> ResponseSet {
        self.set
    }

    fn add_source(&mut self, source: Source) -> Result<(), Diagnostics> {
        let mut report = Report::new(Arc::new(source));
        let Some(root) = document::read(&mut report) else {
            return Err(report.into_errors());
        };
        match &root.value {
            Value::Mapping(mapping) => self.read_file(mapping, &mut report),
            _ if root.is_null() => {}
            _ => {
                let message = format!("the file must be a mapping: found {}", root.kind());
                report
                    .at_value(&root, message)
                    .hint("write `responses:`, the name of each response below it");
            }
        }
        report.finish(()).map(|_| ())
    }

    fn read_file(&mut self, mapping: &Mapping, report: &mut Report) {
        for Entry { key, value } in &mapping.entries {
            match key.text.as_str() {
                "responses" => self.read_responses(value, report),
                "templates" => {
                    report
                        .at_key(key, "`templates` is the name of an older version of Rasa")
                        .hint("rename it to `responses`");
                }
                theirs if RASA_KEYS.contains(&theirs) => {}
                unknown => {
                    let message = format!("unknown key `{}`", excerpt::name(unknown));
                    let diagnostic = report.at_key(key, message);
                    diagnostic.note("known keys: `responses`, and those of a Rasa domain");
                    if let Some(meant) =
                        nearest(unknown, ["responses"].into_iter().chain(RASA_KEYS))
                    {
                        diagnostic.hint(format!("did you mean `{meant}`?"));
                    }
                }
            }
        }
    }

    fn read_responses(&mut self, node: &Node, report: &mut Report) {
        let mapping = match &node.value {
            Value::Mapping(mapping) => mapping,
            _ if node.is_null() => return,
            _ => {
                let message = format!("`responses` must be a mapping: found {}", node.kind());
                report
                    .at_value(node, message)
                    .hint("write the name of each response, a list of its variations below it");
                return;
            }
        };
        for Entry { key, value } in &mapping.entries {
            let variations = read_variations(key, value, report);
            let (file, line) = (report.source().name(), key.span.position.line);
            let place = format!("{file}, line {line}");
            if let Some(first) = self.places.get(&key.text) {
                let message = format!("`{}` is given twice", excerpt::name(&key.text));
                let hint = format!("remove one of the two; the first is in {first}");
                report.at_key(key, message).hint(hint);
                continue;
            }
            self.places.insert(key.text.clone(), place);
            self.set.responses.insert(key.text.clone(), variations);
        }
    }
}

fn read_variations(key: &Key, node: &Node, report: &mut Report) -> Vec<ResponseVariation> {
    let name = excerpt::name(&key.text);
    let items = match &node.value {
        Value::Sequence(items) => items.as_slice(),
        _ if node.is_null() => &[],
        _ => {
            let message = format!(
                "`{name}` must be a list of variations: found {}",
                node.kind()
            );
            report
                .at_value(node, message)
                .hint("write `- text: …` below it");
            return Vec::new();
        }
    };
    if items.is_empty() {
        report
            .at_key(key, format!("`{name}` has no variations"))
            .hint("write `- text: …` below it, or remove the response");
    }
    items
        .iter()
        .filter_map(|item| variation::read(&name, item, report))
        .collect()
}

/// The names of a kind of thing for a note.
fn known(kind: &str, names: &[&'static str]) -> String {
    format!("{kind}: {}", list(names.iter().copied()))
}
