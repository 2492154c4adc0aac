//! Which connector a key of `credentials.yml` names.
//!
//! A key that looks like a path is one; any other must be the name of a built-in connector. There
//! is no search path: what runs is what the file names.

use std::fmt;
use std::path::{Path, PathBuf};

use super::document::Key;
use super::excerpt;
use super::nearest::{list, nearest};
use super::report::Report;

/// Where a channel's code comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ConnectorRef {
    /// One that ships inside the binary.
    Builtin(String),
    /// A component in a file, resolved against the directory of `credentials.yml`.
    File(PathBuf),
}

impl fmt::Display for ConnectorRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(name) => f.write_str(name),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Resolves a key. A disabled channel's file need not exist.
pub(crate) fn resolve(
    key: &Key,
    directory: &Path,
    builtins: &[&str],
    enabled: bool,
    report: &mut Report,
) -> Option<ConnectorRef> {
    let text = key.text.as_str();
    if is_path(text) {
        let path = join(directory, text);
        if enabled {
            check_file(key, &path, report)?;
        }
        return Some(ConnectorRef::File(path));
    }
    if builtins.contains(&text) {
        return Some(ConnectorRef::Builtin(text.to_owned()));
    }
    unknown(key, builtins, report);
    None
}

fn is_path(text: &str) -> bool {
    let ends = |ending: &str| text.to_ascii_lowercase().ends_with(ending);
    text.contains(['/', '\\']) || ends(".wasm") || ends(".cwasm")
}

/// The path that a key names. Where `\` is no separator, it is read as `/`, so that a file from a
/// Windows machine works.
fn join(directory: &Path, text: &str) -> PathBuf {
    let text = if cfg!(windows) {
        text.to_owned()
    } else {
        text.replace('\\', "/")
    };
    let path = directory.join(text);
    // Two ways of writing one path are one connector: `./a.wasm` and `a.wasm`.
    path.components().collect()
}

fn check_file(key: &Key, path: &Path, report: &mut Report) -> Option<()> {
    let shown = path.display();
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    if extension.eq_ignore_ascii_case("cwasm") {
        report
            .at_key(
                key,
                format!("`{shown}` is precompiled, and only `.wasm` is loaded"),
            )
            .hint("name the `.wasm` that it was made from; it is compiled once and cached");
        return None;
    }
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => Some(()),
        Ok(_) => {
            report
                .at_key(key, format!("`{shown}` is not a file"))
                .hint("name the `.wasm` file of the connector");
            None
        }
        Err(error) => {
            report
                .at_key(
                    key,
                    format!("failed to find the connector `{shown}`: {error}"),
                )
                .hint("a path is relative to the directory of this file");
            None
        }
    }
}

fn unknown(key: &Key, builtins: &[&str], report: &mut Report) {
    let name = excerpt::name(&key.text);
    let diagnostic = report.at_key(key, format!("unknown channel `{name}`"));
    diagnostic.note(format!(
        "known channels: {}",
        list(builtins.iter().copied())
    ));
    let of_rasa = key
        .text
        .strip_prefix("rasa.core.channels.")
        .and_then(|rest| rest.split('.').next());
    if let Some(builtin) = of_rasa.filter(|module| builtins.contains(module)) {
        diagnostic.hint(format!(
            "write `{builtin}:`, the channel that answers to this class"
        ));
    } else if is_class_path(&key.text) {
        diagnostic.note("Python classes cannot be loaded").hint(
            "write the channel with the SDK, build it to `.wasm` and name the file: \
             `connectors/my_channel.wasm:`",
        );
    } else {
        // A name that is shown cut makes no file name.
        let file = if name == key.text { &name } else { "NAME" };
        let path =
            format!("a connector of your own is named by its path: `connectors/{file}.wasm:`");
        let meant = nearest(&key.text, builtins.iter().copied());
        diagnostic.hint(match meant {
            Some(meant) => format!("did you mean `{meant}`? {path}"),
            None => path,
        });
    }
}

/// Whether this is `package.module.Class`, which is how Rasa names channels of one's own.
fn is_class_path(text: &str) -> bool {
    let is_identifier = |part: &str| {
        part.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && part
                .chars()
                .all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    text.contains('.') && text.split('.').all(is_identifier)
}
