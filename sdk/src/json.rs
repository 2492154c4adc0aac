//! JSON from outside: read without surprise, and passed on untouched.
//!
//! There are two ways to read an object. [`JsonObject::text`] and its like say what is wrong, for callers who can mend it;
//! [`JsonObject::filled`] and its like take what is of another kind for missing, for platforms, which cannot.
//!
//! The values of a [`JsonObject`] stay the bytes that came, so that what a connector only hands on (metadata, a platform's
//! ids beyond 64 bits) arrives at the bot as it was sent. Nesting is counted before anything is parsed: serde_json skips
//! values that nobody reads without its own limit, and would hand on what the next reader chokes on.
//!
//! What calls serde_json is `#[inline]` for the size of components: its readers and writers are generic, and are compiled
//! once in each crate that needs them. So that is the connector's alone.

mod halves;
mod lenient;

use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use crate::Json;
pub(crate) use halves::mended;

/// How deeply a JSON text may be nested, as the contract's `json` says. serde_json's own limit is the same.
pub const MAX_DEPTH: usize = 128;

/// What is wrong with a JSON text: which text or which of its keys, what was expected, what was found. `?` makes it
/// [`Refusal::BadRequest`](crate::Refusal::BadRequest) within `receive`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError(String);

impl JsonError {
    /// An error of your own, for what JSON's types cannot say.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for JsonError {}

/// The type of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number of any size.
    Number,
    /// A string.
    String,
    /// A list.
    Array,
    /// A mapping.
    Object,
}

impl JsonKind {
    /// The kind of a text that is known to be JSON; its first character tells.
    fn of(value: &RawValue) -> Self {
        match value.get().as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'"') => Self::String,
            Some(b'[') => Self::Array,
            Some(b'{') => Self::Object,
            _ => Self::Number,
        }
    }
}

impl fmt::Display for JsonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        })
    }
}

/// A JSON object whose values are still text. Where a key is repeated, the last one holds.
///
/// A list, and no map: few keys are read of any object, and the code for a tree is as much as all else here.
#[derive(Debug, Clone, Default)]
pub struct JsonObject(Vec<(String, Box<RawValue>)>);

impl JsonObject {
    /// Reads an object, as it is: half of a character is no text in it. The bodies of requests and answers are read by
    /// [`Request::json_object`](crate::Request::json_object) and
    /// [`HttpResponse::json_object`](crate::HttpResponse::json_object), which mend that.
    ///
    /// # Errors
    ///
    /// A text that is empty, not UTF-8, not JSON, nested more than [`MAX_DEPTH`] levels, or no object.
    #[inline]
    pub fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        object("the text", bytes)
    }

    /// What kind of value stands under a key; `None` if there is none.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<JsonKind> {
        self.find(name).map(JsonKind::of)
    }

    /// The JSON text under a key, byte for byte as it came. `None` if there is none or it is `null`.
    #[must_use]
    pub fn json(&self, name: &str) -> Option<Json> {
        self.raw(name).map(|value| value.get().to_owned())
    }

    /// A text that must be there.
    ///
    /// # Errors
    ///
    /// It is not there, `null`, or something else.
    #[inline]
    pub fn text(&self, name: &str) -> Result<String, JsonError> {
        self.optional_text(name)?
            .ok_or_else(|| match self.kind(name) {
                Some(found) => wrong(name, "a string", &found),
                None => wrong(name, "a string", &"nothing"),
            })
    }

    /// A text, or `None` if there is none or it is `null`.
    ///
    /// # Errors
    ///
    /// It is something else.
    #[inline]
    pub fn optional_text(&self, name: &str) -> Result<Option<String>, JsonError> {
        let Some(value) = self.raw(name) else {
            return Ok(None);
        };
        match JsonKind::of(value) {
            // Half of a surrogate pair is JSON, but no text.
            JsonKind::String => serde_json::from_str(value.get())
                .map(Some)
                .map_err(|_| JsonError(format!("`{name}` must be a string of Unicode text"))),
            found => Err(wrong(name, "a string", &found)),
        }
    }

    /// An object, or `None` if there is none or it is `null`.
    ///
    /// # Errors
    ///
    /// It is something else.
    pub fn optional_object(&self, name: &str) -> Result<Option<Self>, JsonError> {
        let Some(value) = self.raw(name) else {
            return Ok(None);
        };
        match JsonKind::of(value) {
            JsonKind::Object => object(&format!("`{name}`"), value.get().as_bytes()).map(Some),
            found => Err(wrong(name, "an object", &found)),
        }
    }

    /// Those of its keys that have these names, `null` left out; for metadata.
    #[must_use]
    pub fn pick(&self, names: &[&str]) -> Self {
        let found = names.iter().filter_map(|name| {
            let value = self.raw(name)?;
            Some(((*name).to_owned(), value.to_owned()))
        });
        Self(found.collect())
    }

    /// Puts a value under a key, in the place of what stood there.
    ///
    /// # Panics
    ///
    /// If the value has no JSON form, such as a mapping whose keys are no texts.
    pub fn insert(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        let value = to_raw_value(value).expect("what is inserted has a JSON form");
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value));
    }

    /// The object as JSON text: its keys in the order in which they came, its values byte for byte.
    #[must_use]
    #[inline]
    pub fn to_json(&self) -> Json {
        to_json(self)
    }

    /// The keys and the JSON texts under them, in order, with repeats.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_ref()))
    }

    fn find(&self, name: &str) -> Option<&RawValue> {
        let mut from_the_end = self.0.iter().rev();
        from_the_end.find_map(|(known, value)| (known == name).then_some(value.as_ref()))
    }

    fn raw(&self, name: &str) -> Option<&RawValue> {
        self.find(name)
            .filter(|value| JsonKind::of(value) != JsonKind::Null)
    }
}

impl Serialize for JsonObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// From JSON text; not from a `serde_json::Value`, which no longer has the text.
impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pairs)
    }
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = JsonObject;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonObject, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(JsonObject(pairs))
    }
}

/// A value as JSON text, such as `metadata` or `reply`. `Value::to_string` says the same, and brings a second writer into
/// the component.
///
/// # Panics
///
/// If the value has no JSON form, such as a mapping whose keys are no texts.
#[must_use]
pub fn to_json(value: &(impl Serialize + ?Sized)) -> Json {
    serde_json::to_string(value).expect("the value has a JSON form")
}

/// What the connector once wrote itself with [`to_json`]: a value in its state, or a `reply`. `None` if there is none, or
/// it does not fit, because another version wrote it.
#[must_use]
pub fn from_json<T: DeserializeOwned>(json: Option<&[u8]>) -> Option<T> {
    serde_json::from_str(std::str::from_utf8(json?).ok()?).ok()
}

/// The error for a value of the wrong kind.
pub(crate) fn wrong(name: &str, expected: &str, found: &dyn fmt::Display) -> JsonError {
    JsonError(format!("`{name}` must be {expected}, found {found}"))
}

/// Reads an object; errors call the text `subject`.
#[inline]
pub(crate) fn object(subject: &str, bytes: &[u8]) -> Result<JsonObject, JsonError> {
    let text = readable(subject, bytes, "a JSON object")?;
    if text.trim_ascii_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| syntax(subject, &error));
    }
    match serde_json::from_str(text) {
        Ok(value) => {
            let found = JsonKind::of(value);
            Err(JsonError(format!(
                "{subject} must be a JSON object, found {found}"
            )))
        }
        Err(error) => Err(syntax(subject, &error)),
    }
}

/// Reads a value of a type; errors call the text `subject`.
#[inline]
pub(crate) fn value<T: DeserializeOwned>(subject: &str, bytes: &[u8]) -> Result<T, JsonError> {
    let text = readable(subject, bytes, "JSON")?;
    serde_json::from_str(text).map_err(|error| {
        if error.is_data() {
            JsonError(format!("{subject} does not fit: {error}"))
        } else {
            syntax(subject, &error)
        }
    })
}

fn readable<'text>(
    subject: &str,
    bytes: &'text [u8],
    expected: &str,
) -> Result<&'text str, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        JsonError(format!(
            "{subject} is not UTF-8 (at byte {})",
            error.valid_up_to()
        ))
    })?;
    if text.trim_ascii().is_empty() {
        return Err(JsonError(format!(
            "{subject} is empty; expected {expected}"
        )));
    }
    if depth(text) > MAX_DEPTH {
        return Err(JsonError(format!(
            "{subject} is nested more than {MAX_DEPTH} levels deep"
        )));
    }
    Ok(text)
}

fn syntax(subject: &str, error: &serde_json::Error) -> JsonError {
    JsonError(format!("{subject} is not JSON: {error}"))
}

/// The deepest nesting of brackets outside of strings. Of a text that is not JSON it is any number.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests;
