//! What to say when a file is not YAML.
//!
//! The parser knows what it expected; the person needs to know what they probably did. For the
//! slips that people make, the text says that; for the rest, the parser's own words stand.

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::super::report::Report;
use super::super::source::{Position, Source, Span};
use super::reader::MAX_DEPTH;

const QUOTE: &str = "put quotes around the value";
const SPACE: &str = "write `name: value`, with a space after the colon";
const ALIGN: &str = "keys of one mapping begin in the same column; indent with spaces";
const REFERENCE: &str = "inside `{ }` and `[ ]`, put quotes around `${…}`";

/// Adds the parser's error to the report.
pub(super) fn explain(report: &mut Report, error: &ScanError) {
    let source = report.source().clone();
    let span = place(&source, error);
    let (line, at) = source.line_at(span.start);
    let slip = slip(error.kind(), &line[..at], &line[at..]);
    let message = slip
        .as_ref()
        .map_or_else(|| error.kind().to_string(), |slip| slip.0.clone());
    let diagnostic = report.at_syntax(span, message);
    if let Some((_, hint)) = slip {
        diagnostic.hint(hint);
    }
}

/// Where the parser stopped; for a tab after a plain value, the tab, which may stand on a later
/// line.
fn place(source: &Source, error: &ScanError) -> Span {
    let marker = error.marker();
    let mut start = marker.byte_offset().unwrap_or(0);
    let mut position = Position {
        line: marker.line(),
        column: marker.col() + 1,
    };
    let after = source.text().get(start..).unwrap_or_default();
    if *error.kind() == ErrorKind::TabInPlainScalar
        && let Some((before, _)) = after.split_once('\t')
    {
        start += before.len();
        let last = before.rsplit('\n').next().unwrap_or_default();
        let lines = before.matches('\n').count();
        let column = if lines == 0 { position.column } else { 1 };
        position = Position {
            line: position.line + lines,
            column: column + last.chars().count(),
        };
    }
    Span {
        position,
        start,
        end: start,
    }
}

/// The usual slip behind an error: what happened and what to do.
fn slip(kind: &ErrorKind, before: &str, after: &str) -> Option<(String, String)> {
    use ErrorKind as E;
    let (message, hint) = match kind {
        E::TabInIndentation | E::TabInBlockIndentation | E::TabInPlainScalar | E::TabNotAllowed => {
            (
                "a tab where only spaces may be".to_owned(),
                "indent with spaces".to_owned(),
            )
        }
        E::UnexpectedCharacter { character } => (
            format!(
                "an unquoted value cannot begin with `{}`",
                character.escape_default()
            ),
            QUOTE.to_owned(),
        ),
        E::UnknownAnchor => (
            "`*` refers to an anchor, and there is none of this name before".to_owned(),
            "for a text that begins with `*`, put quotes around it".to_owned(),
        ),
        E::MappingValueNotAllowed => (
            "a `:` where no key can be".to_owned(),
            if before.contains(": ") {
                "put quotes around a value that contains `: `".to_owned()
            } else {
                format!("check the lines above: {SPACE}, and {ALIGN}")
            },
        ),
        E::SimpleKeyExpected | E::InvalidSimpleKey => {
            ("a key without `: ` after it".to_owned(), SPACE.to_owned())
        }
        E::InvalidMappingValueWhitespace => (
            "a `:` without a space after it".to_owned(),
            SPACE.to_owned(),
        ),
        E::ExpectedBlockMappingKey | E::InvalidIndentation => (
            "the indentation does not fit the lines above".to_owned(),
            ALIGN.to_owned(),
        ),
        E::ExpectedBlockSequenceEntry => (
            "a line of a list without `- ` before it".to_owned(),
            "begin every item of the list with `- ` in the same column".to_owned(),
        ),
        E::UnclosedQuotedScalar
        | E::InvalidQuotedScalarIndent
        | E::DocumentIndicatorInQuotedScalar => (
            "a quote is opened and not closed".to_owned(),
            "close the quote that is opened here or on a line above".to_owned(),
        ),
        E::InvalidTrailingSingleQuotedScalar => (
            "text after a closing quote".to_owned(),
            "write a `'` inside single quotes twice, or use double quotes".to_owned(),
        ),
        E::InvalidTrailingDoubleQuotedScalar => (
            "text after a closing quote".to_owned(),
            "write a `\"` inside double quotes as `\\\"`, or use single quotes".to_owned(),
        ),
        E::UnknownQuotedScalarEscape
        | E::InvalidQuotedScalarHexEscape
        | E::InvalidUnicodeEscape => (
            "a `\\` in double quotes begins an escape, and this is none".to_owned(),
            "write `\\\\` for a backslash, or use single quotes".to_owned(),
        ),
        E::UnclosedFlowCollection { open } => (
            format!("a `{open}` is opened and not closed"),
            format!("close it, or {QUOTE} if it is text"),
        ),
        E::ExpectedFlowMappingSeparator | E::ExpectedFlowSequenceSeparator => (
            "a `,` or the closing bracket is missing here".to_owned(),
            if before.ends_with('$') && after.starts_with('{') {
                REFERENCE.to_owned()
            } else {
                "separate the entries by `, `; put quotes around a text with `{ } [ ] ,`".to_owned()
            },
        ),
        E::MisplacedFlowCollectionEnd | E::MismatchedFlowCollectionEnd { .. } => (
            "a closing bracket that closes nothing".to_owned(),
            format!("{QUOTE} if it is text"),
        ),
        E::BlockSequenceEntryNotAllowed | E::BlockEntryInFlowCollection => (
            "a list cannot begin here".to_owned(),
            "begin it on a line of its own, or write it as `[ … ]`".to_owned(),
        ),
        E::RecursionLimitExceeded => (
            format!("nested more than {MAX_DEPTH} levels deep"),
            "flatten the mapping".to_owned(),
        ),
        _ => return None,
    };
    Some((message, hint))
}
