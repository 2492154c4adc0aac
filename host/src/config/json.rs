//! Values of a file as the JSON that they are.

use serde_json::{Number, Value as Json};

use super::document::{Datum, Node, Value};
use super::fields;
use super::report::Report;

/// A whole number of 64 bits.
pub(crate) fn integer(node: &Node, name: &str, report: &mut Report) -> Option<Json> {
    let Some(Datum::Integer(value)) = fields::typed(node) else {
        fields::mismatch(report, node, name, "an integer");
        return None;
    };
    let signed = i64::try_from(value).map(Json::from);
    match signed.or_else(|_| u64::try_from(value).map(Json::from)) {
        Ok(value) => Some(value),
        Err(_) => {
            report.at_value(
                node,
                format!("`{name}` must be an integer of at most 64 bits"),
            );
            None
        }
    }
}

/// A finite number.
pub(crate) fn number(node: &Node, name: &str, report: &mut Report) -> Option<Json> {
    let value = match fields::typed(node) {
        Some(Datum::Integer(_)) => return integer(node, name, report),
        Some(Datum::Number(value)) => Number::from_f64(value),
        _ => {
            fields::mismatch(report, node, name, "a number");
            return None;
        }
    };
    if value.is_none() {
        report.at_value(node, format!("`{name}` must be a finite number"));
    }
    value.map(Json::Number)
}

/// Any value that JSON has too.
pub(crate) fn any(node: &Node, name: &str, report: &mut Report) -> Option<Json> {
    match &node.value {
        Value::Scalar(scalar) => match scalar.datum {
            Datum::Null => Some(Json::Null),
            Datum::Boolean(value) => Some(Json::Bool(value)),
            Datum::Integer(_) => integer(node, name, report),
            Datum::Number(_) => number(node, name, report),
            Datum::Text => Some(Json::from(scalar.text.as_str())),
        },
        Value::Sequence(items) => items
            .iter()
            .map(|item| any(item, name, report))
            .collect::<Option<_>>()
            .map(Json::Array),
        Value::Mapping(mapping) => mapping
            .entries
            .iter()
            .map(|entry| Some((entry.key.text.clone(), any(&entry.value, name, report)?)))
            .collect::<Option<_>>()
            .map(Json::Object),
    }
}
