//! What is wrong with a configuration, told to the person who wrote it.
//!
//! A diagnostic names the file, the line and the column, shows the place and says what to do. It
//! never shows a value: any of them may be a secret, and start-up errors end up in tickets and log
//! stores. That is why excerpts come from `excerpt` alone, and why messages say the kind of thing
//! that was found.

use std::fmt;

use super::excerpt::Excerpt;
use super::source::Position;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The server does not start.
    Error,
    /// The operator should know; the server starts.
    Warning,
}

/// One thing to say about a configuration file. `Display` renders it over several lines, without a
/// newline at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the server starts all the same.
    pub severity: Severity,
    /// The file, as the operator named it.
    pub file: String,
    /// `None` when the file as a whole is meant, such as one that cannot be read.
    pub position: Option<Position>,
    /// What happened.
    pub message: String,
    /// What helps to understand it, a line each.
    pub notes: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The place, with every value blotted out.
    pub excerpt: Option<Excerpt>,
}

impl Diagnostic {
    pub(crate) fn error(
        file: &str,
        position: Option<Position>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            file: file.to_owned(),
            position,
            message: message.into(),
            notes: Vec::new(),
            hint: None,
            excerpt: None,
        }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Sets the hint.
    pub(crate) fn hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a note.
    pub(crate) fn note(&mut self, note: impl Into<String>) -> &mut Self {
        self.notes.push(note.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {}", self.message)?;
        let number = self
            .position
            .map(|position| position.line.to_string())
            .unwrap_or_default();
        let margin = " ".repeat(number.len());
        write!(f, "\n {margin}--> {}", self.file)?;
        if let Some(position) = self.position {
            write!(f, ":{position}")?;
        }
        if let Some(excerpt) = &self.excerpt {
            let (blank, carets) = (" ".repeat(excerpt.offset), "^".repeat(excerpt.width));
            write!(f, "\n {margin} |\n {number} | {}", excerpt.line)?;
            write!(f, "\n {margin} | {blank}{carets}")?;
        }
        for note in &self.notes {
            write!(f, "\n {margin} = {note}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n {margin} = hint: {hint}")?;
        }
        Ok(())
    }
}

/// Everything that is wrong with a configuration, in the order of the file; at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub(crate) fn new(found: Vec<Diagnostic>) -> Self {
        Self(found)
    }

    /// The single diagnostics, in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Adds those of another check, after these.
    pub fn extend(&mut self, more: Diagnostics) {
        self.0.extend(more.0);
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
