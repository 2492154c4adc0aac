//! Reading Webex's objects. What is not of the kind that Webex documents counts as not there: no single field is worth
//! losing a message.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde_json::{Map, Value};
use switchboard_sdk::{JsonObject, LengthUnit, text};

/// A text that is not empty.
pub(crate) fn text(object: &JsonObject, name: &str) -> Option<String> {
    let text = object.optional_text(name).ok().flatten();
    text.filter(|text| !text.is_empty())
}

/// What someone wrote. Half of a surrogate pair, which JSON can say and a text cannot, becomes U+FFFD.
pub(crate) fn written(object: &JsonObject, name: &str) -> Option<String> {
    let json = object.json(name)?;
    serde_json::from_str(&json)
        .ok()
        .map(|Written(text)| text)
        .filter(|text| !text.is_empty())
}

struct Written(String);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(Bytes).map(Self)
    }
}

/// serde_json gives a text as bytes when asked for bytes, and then does not insist on whole surrogate pairs.
struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<String, E> {
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            // Three bytes, of which this is the first.
            if chunk.invalid().starts_with(&[0xED]) {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        Ok(text)
    }
}

/// The values under these names that are there and can be read.
pub(crate) fn pick(object: &JsonObject, names: &[&str]) -> Map<String, Value> {
    let found = names.iter().filter_map(|name| {
        let value = serde_json::from_str(&object.json(name)?).ok()?;
        Some(((*name).to_owned(), value))
    });
    found.collect()
}

/// A value for the log. Whoever calls can write anything there, at any length.
pub(crate) fn logged(value: Option<&str>) -> String {
    text::cut(value.unwrap_or("none"), 100, LengthUnit::Bytes)
}
