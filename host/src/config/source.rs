//! The text of one configuration file, as the operator wrote it.
//!
//! Everything that is said about a file points into its text, so the text is kept beside what was
//! read from it. It holds literal secrets: it has no `Debug`, and only `excerpt` may quote from it.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::diagnostic::{Diagnostic, Diagnostics};

/// The largest configuration file, bytes. Hundreds of channels fit in a tenth of it; more than this
/// is another file named by mistake.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;

/// A place in a file, as editors count: lines and columns from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// What a key or value covers in the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) position: Position,
    /// First byte.
    pub(crate) start: usize,
    /// First byte after it.
    pub(crate) end: usize,
}

impl Span {
    /// The first byte of the file: where to point when the whole file is meant.
    pub(crate) const START: Self = Self {
        position: Position { line: 1, column: 1 },
        start: 0,
        end: 0,
    };
}

/// One file: its name as the operator gave it, and its text without a byte order mark.
pub(crate) struct Source {
    name: String,
    text: String,
}

impl Source {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is larger than [`MAX_BYTES`] or is not UTF-8.
    pub(crate) fn read(path: &Path) -> Result<Self, Diagnostics> {
        let name = path.display().to_string();
        let mut bytes = Vec::new();
        let limit = MAX_BYTES as u64 + 1;
        let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
        match read {
            Ok(_) => Self::from_bytes(&name, bytes),
            Err(error) => Err(
                Diagnostic::error(&name, None, format!("failed to read: {error}"))
                    .with_hint("check the path and that this user may read the file")
                    .into(),
            ),
        }
    }

    /// Takes over the bytes of a file.
    ///
    /// # Errors
    /// When there are more than [`MAX_BYTES`], or they are not UTF-8.
    pub(crate) fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, Diagnostics> {
        match String::from_utf8(bytes) {
            Ok(text) => Self::new(name, text),
            Err(error) => {
                let offset = error.utf8_error().valid_up_to();
                let bytes = error.as_bytes();
                let line = 1 + bytes[..offset]
                    .iter()
                    .filter(|byte| **byte == b'\n')
                    .count();
                let message = format!("not UTF-8 text: byte offset {offset}, on line {line}");
                let hint = if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
                    "the file is in UTF-16; save it as UTF-8"
                } else {
                    "save the file as UTF-8"
                };
                Err(Diagnostic::error(name, None, message)
                    .with_hint(hint)
                    .into())
            }
        }
    }

    /// Takes over the text of a file.
    ///
    /// # Errors
    /// When it is larger than [`MAX_BYTES`].
    pub(crate) fn new(name: &str, mut text: String) -> Result<Self, Diagnostics> {
        if text.len() > MAX_BYTES {
            return Err(Diagnostic::error(name, None, "larger than 1 MiB")
                .with_hint("check that this is the file you meant")
                .into());
        }
        if text.starts_with('\u{FEFF}') {
            text.drain(..'\u{FEFF}'.len_utf8());
        }
        Ok(Self {
            name: name.to_owned(),
            text,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What `span` covers, as written.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The line around a byte, and where in it the byte is.
    pub(crate) fn line_at(&self, byte: usize) -> (&str, usize) {
        let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let (before, after) = self.text.split_at_checked(byte).unwrap_or((&self.text, ""));
        let start = before.bytes().rposition(|byte| is_break(&byte));
        let start = start.map_or(0, |at| at + 1);
        let length = after.bytes().position(|byte| is_break(&byte));
        let end = before.len() + length.unwrap_or(after.len());
        (&self.text[start..end], before.len() - start)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
