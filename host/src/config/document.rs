//! A YAML document as a tree that remembers where everything stood and how it was written.
//!
//! Deserialising straight into structs would lose what the operator must be told: the place of
//! every problem, all the problems at once, and whether a value was quoted, which decides what
//! `${NAME}` becomes and keeps `0123` what it is. The tree is built from the parser's events and
//! not through serde, because serde has no words for quotes, and duplicate keys should be reported
//! with both their places.
//!
//! Keys are text. Whether a key or value makes sense is not known here.

mod reader;
pub(super) mod scalar;
mod syntax;

use std::fmt;

pub(crate) use reader::read;
pub(crate) use scalar::Datum;

use super::source::Span;

/// One value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Mapping),
}

/// One value without parts. `Debug` does not show it: it may be a secret.
#[derive(Clone)]
pub(crate) struct Scalar {
    /// The text: as written if plain, without quotes and escapes otherwise.
    pub(crate) text: String,
    pub(crate) datum: Datum,
    /// Not quoted, no block, no tag: the text decides what it is.
    pub(crate) plain: bool,
    /// The whole text came from one environment variable, which knows no types.
    pub(crate) from_environment: bool,
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.datum.kind().name())
    }
}

/// A mapping in the order of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mapping {
    pub(crate) entries: Vec<Entry>,
}

/// One key and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) value: Node,
}

/// The name of a value.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// What messages call a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nothing,
    Boolean,
    Integer,
    Number,
    Text,
    List,
    Mapping,
}

impl Kind {
    /// With its article, to follow "found".
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Text => "text",
            Self::List => "a list",
            Self::Mapping => "a mapping",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Node {
    pub(crate) fn kind(&self) -> Kind {
        match &self.value {
            Value::Scalar(scalar) => scalar.datum.kind(),
            Value::Sequence(_) => Kind::List,
            Value::Mapping(_) => Kind::Mapping,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.kind() == Kind::Nothing
    }

    pub(crate) fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// The text of any scalar but null: a number or boolean is text as it stands in the file.
    pub(crate) fn as_text(&self) -> Option<&str> {
        let scalar = self.as_scalar()?;
        (scalar.datum != Datum::Null).then_some(scalar.text.as_str())
    }
}

impl Mapping {
    /// Removes the entry of that name.
    pub(crate) fn take(&mut self, name: &str) -> Option<Entry> {
        let index = self
            .entries
            .iter()
            .position(|entry| entry.key.text == name)?;
        Some(self.entries.remove(index))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.text == name)
    }

    /// The value of that name, unless it is null: a key with nothing after it counts as not given.
    pub(crate) fn given(&self, name: &str) -> Option<&Node> {
        self.get(name)
            .map(|entry| &entry.value)
            .filter(|value| !value.is_null())
    }
}
