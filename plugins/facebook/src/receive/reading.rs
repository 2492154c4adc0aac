//! Meta's JSON, read leniently: a key of another type than Meta's documents say counts as missing, and costs nothing else.

use serde_json::value::RawValue;
use switchboard_sdk::{Host, JsonKind, JsonObject};

use super::left_out;

/// The objects of a list. What is none is left out.
pub(super) fn objects(host: &dyn Host, parent: &JsonObject, name: &str) -> Vec<JsonObject> {
    let Some(items) = items(parent, name) else {
        left_out(host, &format!("`{name}` is no list"));
        return Vec::new();
    };
    let objects = items.into_iter().filter_map(|item| {
        let object = JsonObject::parse(item.as_bytes());
        object
            .map_err(|_| left_out(host, &format!("an item of `{name}` is no object")))
            .ok()
    });
    objects.collect()
}

/// The JSON texts of a list's items; `None` if it is none.
pub(super) fn items(parent: &JsonObject, name: &str) -> Option<Vec<String>> {
    let json = parent.json(name)?;
    let items: Vec<&RawValue> = serde_json::from_str(&json).ok()?;
    Some(
        items
            .into_iter()
            .map(|item| item.get().to_owned())
            .collect(),
    )
}

/// An object.
pub(super) fn object(parent: &JsonObject, name: &str) -> Option<JsonObject> {
    parent.optional_object(name).ok().flatten()
}

/// A text that is not empty.
pub(super) fn text(parent: &JsonObject, name: &str) -> Option<String> {
    let text = parent.optional_text(name).ok().flatten();
    text.filter(|text| !text.is_empty())
}

/// An id or a number, which Meta writes with quotation marks or without.
pub(super) fn id(parent: &JsonObject, name: &str) -> Option<String> {
    match parent.kind(name)? {
        JsonKind::Number => parent.json(name),
        _ => text(parent, name),
    }
}

/// Whether it is `true`.
pub(super) fn is_true(parent: &JsonObject, name: &str) -> bool {
    parent.json(name).as_deref() == Some("true")
}

/// A point in time, milliseconds since 1970. Some of Meta's are in seconds: those before September 2001.
pub(super) fn time(parent: &JsonObject, name: &str) -> Option<u64> {
    let time: u64 = id(parent, name)?.parse().ok()?;
    Some(if time < 1_000_000_000_000 {
        time.saturating_mul(1_000)
    } else {
        time
    })
}
