//! Reading what Telegram sent without ever failing: a field that is not of the kind that it should be is taken for one
//! that is not there. An update is answered with an error only where nothing of it can be read; else Telegram would send
//! it again for a day, and nothing else of its chat.

use serde_json::value::RawValue;
use switchboard_sdk::{JsonKind, JsonObject};

pub(crate) fn object(of: &JsonObject, name: &str) -> Option<JsonObject> {
    of.optional_object(name).ok().flatten()
}

pub(crate) fn text(of: &JsonObject, name: &str) -> Option<String> {
    of.optional_text(name)
        .ok()
        .flatten()
        .filter(|text| !text.is_empty())
}

/// A whole number as it was written: ids go beyond 32 bits, and nothing is computed with them.
pub(crate) fn integer(of: &JsonObject, name: &str) -> Option<String> {
    let number = number(of, name)?;
    number.parse::<i64>().is_ok().then_some(number)
}

/// A number as it was written.
pub(crate) fn number(of: &JsonObject, name: &str) -> Option<String> {
    of.json(name)
        .filter(|_| of.kind(name) == Some(JsonKind::Number))
}

pub(crate) fn is_true(of: &JsonObject, name: &str) -> bool {
    of.json(name).is_some_and(|json| json == "true")
}

/// The objects in a list.
pub(crate) fn objects(of: &JsonObject, name: &str) -> Vec<JsonObject> {
    let list = of.json(name).unwrap_or_default();
    items(&list)
        .iter()
        .filter_map(|item| JsonObject::parse(item.get().as_bytes()).ok())
        .collect()
}

/// The items of a list that is given as JSON text.
pub(crate) fn items(list: &str) -> Vec<&RawValue> {
    serde_json::from_str(list).unwrap_or_default()
}
