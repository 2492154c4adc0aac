//! What the readers of all keys share: taking a value as what it should be, and saying what it is
//! instead.

use super::document::{Datum, Kind, Node};
use super::report::Report;

/// Reports that a value is of another kind than its key wants.
pub(crate) fn mismatch(report: &mut Report, node: &Node, name: &str, wanted: &str) {
    report.at_value(
        node,
        format!("`{name}` must be {wanted}: found {}", node.kind()),
    );
}

/// Reports that a value is not of the form that its key wants. Of a text that was to be a size,
/// "found text" would only puzzle.
pub(crate) fn malformed(report: &mut Report, node: &Node, name: &str, wanted: &str) {
    if node.kind() == Kind::Text {
        report.at_value(node, format!("`{name}` must be {wanted}"));
    } else {
        mismatch(report, node, name, wanted);
    }
}

/// The text of a value; a number or boolean is text as it stands in the file.
pub(crate) fn text<'n>(report: &mut Report, node: &'n Node, name: &str) -> Option<&'n str> {
    let text = node.as_text();
    if text.is_none() {
        mismatch(report, node, name, "text");
    }
    text
}

/// The text of a value, read by the type that it is for.
pub(crate) fn parsed<T, E: std::fmt::Display>(
    report: &mut Report,
    node: &Node,
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    let text = text(report, node, name)?;
    parse(text)
        .map_err(|error| report.at_value(node, format!("`{name}` {error}")))
        .ok()
}

/// A boolean; a quoted one only where it came from the environment.
pub(crate) fn boolean(report: &mut Report, node: &Node, name: &str) -> Option<bool> {
    let value = as_boolean(node);
    if value.is_none() {
        mismatch(report, node, name, "`true` or `false`, without quotes");
    }
    value
}

/// The boolean that a value is.
pub(crate) fn as_boolean(node: &Node) -> Option<bool> {
    match typed(node)? {
        Datum::Boolean(value) => Some(value),
        _ => None,
    }
}

/// What a value holds. A quoted text that came from one environment variable is taken by what came
/// in: variables know no types, and quotes around `${…}` should not matter.
pub(crate) fn typed(node: &Node) -> Option<Datum> {
    let scalar = node.as_scalar()?;
    if scalar.from_environment && scalar.datum == Datum::Text {
        return Some(Datum::of_plain(&scalar.text));
    }
    Some(scalar.datum)
}
