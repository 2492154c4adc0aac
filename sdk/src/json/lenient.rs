//! Reading what a platform sends without ever failing: a value of another kind than the platform documents counts as
//! missing. No single key is worth a whole message, and an error would have it sent again for hours.
//!
//! Nesting was counted when the object was read, so that what stands within needs no second look.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{JsonKind, JsonObject, from_json};
use crate::Json;

impl JsonObject {
    /// An object that may be missing, such as the host hands on as `reply`, `extra` or `source`; an empty one if it is,
    /// or if the text is anything else.
    #[must_use]
    #[inline]
    pub fn or_empty(json: Option<&Json>) -> Self {
        from_json(json.map(String::as_bytes)).unwrap_or_default()
    }

    /// A value of a type of yours; `None` if there is none, or it does not fit.
    #[must_use]
    pub fn value<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.raw(name)?.get()).ok()
    }

    /// A text that is not empty; `None` for everything else.
    #[must_use]
    #[inline]
    pub fn filled(&self, name: &str) -> Option<String> {
        self.value(name).filter(|text: &String| !text.is_empty())
    }

    /// A number as it was written, whatever its size; `None` for everything else, a text with a number in it included.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<String> {
        let is_number = self.kind(name) == Some(JsonKind::Number);
        self.json(name).filter(|_| is_number)
    }

    /// A whole number of at most 64 bits as it was written: `7`, and neither `7.0` nor `"7"`.
    #[must_use]
    pub fn whole_number(&self, name: &str) -> Option<String> {
        let number = self.number(name)?;
        number.parse::<i64>().is_ok().then_some(number)
    }

    /// An id, which platforms write as a text or as a number: a text that is not empty, or a number as it was written.
    #[must_use]
    #[inline]
    pub fn id(&self, name: &str) -> Option<String> {
        self.number(name).or_else(|| self.filled(name))
    }

    /// Whether it is `true`, and not anything that some language takes for it.
    #[must_use]
    pub fn is_true(&self, name: &str) -> bool {
        self.raw(name).is_some_and(|value| value.get() == "true")
    }

    /// An object; `None` for everything else.
    #[must_use]
    #[inline]
    pub fn object(&self, name: &str) -> Option<Self> {
        self.value(name)
    }

    /// The items of a list, each as its JSON text; `None` if it is no list.
    #[must_use]
    #[inline]
    pub fn items(&self, name: &str) -> Option<Vec<Json>> {
        let items: Vec<&RawValue> = serde_json::from_str(self.raw(name)?.get()).ok()?;
        Some(items.iter().map(|item| item.get().to_owned()).collect())
    }

    /// The objects in a list. Items that are none are left out, and there are none in what is no list.
    #[must_use]
    #[inline]
    pub fn objects(&self, name: &str) -> Vec<Self> {
        let items = self.items(name).unwrap_or_default();
        let objects = items
            .iter()
            .filter_map(|item| serde_json::from_str(item).ok());
        objects.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> JsonObject {
        JsonObject::parse(json.as_bytes()).expect("an object")
    }

    /// One key for each kind, and what else there is.
    fn all() -> JsonObject {
        object(
            r#"{"null":null,"true":true,"false":false,"text":"a","blank":"","word":"true","digits":"7","seven":7,
                "point":7.0,"large":12345678901234567890123,"negative":-7,
                "list":[{"a":1}, 2 ,"x",{"b":[]},null],"none":[],"object":{"text":"b"},"half":"\ud800"}"#,
        )
    }

    /// The keys under which a reader finds something, with what it is.
    fn found(read: impl Fn(&JsonObject, &str) -> Option<String>) -> Vec<(String, String)> {
        let all = all();
        let names = all.iter().map(|(name, _)| name).chain(["missing"]);
        names
            .filter_map(|name| Some((name.to_owned(), read(&all, name)?)))
            .collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        pairs.collect()
    }

    #[test]
    fn texts() {
        let expected = [("text", "a"), ("word", "true"), ("digits", "7")];
        assert_eq!(found(JsonObject::filled), pairs(&expected));
    }

    #[test]
    fn numbers() {
        let whole = [("seven", "7"), ("negative", "-7")];
        assert_eq!(found(JsonObject::whole_number), pairs(&whole));
        let large = ("large", "12345678901234567890123");
        let numbers = [whole[0], ("point", "7.0"), large, whole[1]];
        assert_eq!(found(JsonObject::number), pairs(&numbers));
    }

    #[test]
    fn ids() {
        let large = ("large", "12345678901234567890123");
        let expected = [
            ("text", "a"),
            ("word", "true"),
            ("digits", "7"),
            ("seven", "7"),
            ("point", "7.0"),
            large,
            ("negative", "-7"),
        ];
        assert_eq!(found(JsonObject::id), pairs(&expected));
    }

    #[test]
    fn truth() {
        let read = |all: &JsonObject, name: &str| all.is_true(name).then(String::new);
        assert_eq!(found(read), pairs(&[("true", "")]));
    }

    #[test]
    fn objects_and_lists() {
        let read = |all: &JsonObject, name: &str| Some(all.object(name)?.to_json());
        assert_eq!(found(read), pairs(&[("object", r#"{"text":"b"}"#)]));
        let items = |all: &JsonObject, name: &str| Some(all.items(name)?.join("|"));
        let list = ("list", r#"{"a":1}|2|"x"|{"b":[]}|null"#);
        assert_eq!(found(items), pairs(&[list, ("none", "")]));
        let objects = all().objects("list");
        let objects: Vec<Json> = objects.iter().map(JsonObject::to_json).collect();
        assert_eq!(objects, [r#"{"a":1}"#, r#"{"b":[]}"#]);
        assert!(all().objects("text").is_empty() && all().objects("missing").is_empty());
    }

    #[test]
    fn values_of_a_type() {
        assert_eq!(all().value("seven"), Some(7_u8));
        assert_eq!(all().value::<u8>("negative"), None);
        assert_eq!(all().value::<Vec<String>>("list"), None);
        assert_eq!(all().value::<Option<u8>>("null"), None, "null is missing");
    }

    #[test]
    fn what_may_be_missing_is_empty() {
        let read = |json: &str| JsonObject::or_empty(Some(&json.to_owned())).to_json();
        assert_eq!(read(r#"{"a": 1}"#), r#"{"a":1}"#);
        for other in ["", "[]", "null", "{"] {
            assert_eq!(read(other), "{}", "{other}");
        }
        assert_eq!(JsonObject::or_empty(None).to_json(), "{}");
    }
}
