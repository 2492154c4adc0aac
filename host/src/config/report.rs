//! The collection of everything that is wrong with one file, so that the operator learns all of it
//! at once.

use std::sync::Arc;

use super::diagnostic::{Diagnostic, Diagnostics, Severity};
use super::document::{Key, Node};
use super::excerpt::Excerpt;
use super::source::{Position, Source, Span};

/// How many problems are told. More is a file of another kind, and nobody reads on.
const MAX_TOLD: usize = 50;

/// How many problems are kept until they are told in the order of the file; further ones are
/// counted. A file of the greatest size could hold half a million, each with a line to quote.
const MAX_KEPT: usize = 200;

/// What is wrong with one file so far.
#[derive(Debug)]
pub(crate) struct Report {
    source: Arc<Source>,
    found: Vec<Diagnostic>,
    /// Problems beyond [`MAX_KEPT`], and where the last of them is put until the next.
    beyond: usize,
    spare: Diagnostic,
}

impl Report {
    pub(crate) fn new(source: Arc<Source>) -> Self {
        let spare = Diagnostic::error(source.name(), None, "");
        Self {
            source,
            found: Vec::new(),
            beyond: 0,
            spare,
        }
    }

    pub(crate) fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// An error about a key itself, or about what is missing under it.
    pub(crate) fn at_key(&mut self, key: &Key, message: impl Into<String>) -> &mut Diagnostic {
        self.add(key.span.position, message, |source| {
            Some(Excerpt::of_key(source, key))
        })
    }

    /// An error about a value.
    pub(crate) fn at_value(&mut self, node: &Node, message: impl Into<String>) -> &mut Diagnostic {
        self.add(node.span.position, message, |source| {
            Some(Excerpt::of_value(source, node.span))
        })
    }

    /// An error in the notation, before there is any key or value.
    pub(crate) fn at_syntax(&mut self, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.add(span.position, message, |source| {
            Excerpt::of_syntax(source, span.start)
        })
    }

    fn add(
        &mut self,
        position: Position,
        message: impl Into<String>,
        excerpt: impl FnOnce(&Source) -> Option<Excerpt>,
    ) -> &mut Diagnostic {
        let mut diagnostic = Diagnostic::error(self.source.name(), Some(position), message);
        if self.found.len() == MAX_KEPT {
            self.beyond += 1;
            self.spare = diagnostic;
            return &mut self.spare;
        }
        diagnostic.excerpt = excerpt(&self.source);
        self.found.push(diagnostic);
        self.found.last_mut().expect("one was pushed just now")
    }

    /// `value` and the warnings, or everything that is wrong. An alias may show the same mistake
    /// more than once at the same place: it is told once.
    pub(crate) fn finish<T>(mut self, value: T) -> Result<(T, Vec<Diagnostic>), Diagnostics> {
        self.found.sort_by_key(|diagnostic| diagnostic.position);
        self.found.dedup();
        let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        if !self.found.iter().any(is_error) {
            return Ok((value, self.found));
        }
        let more = self.found.len().saturating_sub(MAX_TOLD) + self.beyond;
        if more > 0 {
            self.found.truncate(MAX_TOLD);
            let message = format!("and {more} more problems");
            self.found
                .push(Diagnostic::error(self.source.name(), None, message));
        }
        Err(Diagnostics::new(self.found))
    }

    /// Everything that is wrong, when there is nothing to give.
    pub(crate) fn into_errors(self) -> Diagnostics {
        match self.finish(()) {
            Err(errors) => errors,
            Ok(((), warnings)) => Diagnostics::new(warnings),
        }
    }
}
