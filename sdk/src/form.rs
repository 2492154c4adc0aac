//! Bodies of kind `application/x-www-form-urlencoded` (<https://url.spec.whatwg.org/#application/x-www-form-urlencoded>).

use serde::de::DeserializeOwned;

use crate::{JsonError, Refusal, Request, json};

/// The kind of body that this is.
const FORM: &str = "application/x-www-form-urlencoded";

/// A form as it was sent: in order, with repeats and empty values, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    /// Reads a text in that form. There is none that is malformed; what is no UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        Self {
            pairs: form_urlencoded::parse(bytes).into_owned().collect(),
        }
    }

    /// The first value of that name, empty ones included.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.pairs.iter();
        all.find_map(|(known, value)| (known == name).then_some(value.as_str()))
    }

    /// The first value of that name, if it is not empty.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The first value of that name, JSON within the form, as a value of a type of yours; `None` if there is none. Half of
    /// a character becomes U+FFFD, as in [`Request::json`].
    ///
    /// # Errors
    ///
    /// A value that is empty, not JSON, nested too deeply, or does not fit the type; `?` makes it a 400.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, JsonError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        json::value(&format!("`{name}`"), &json::mended(value.as_bytes())).map(Some)
    }

    /// All pairs in order.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }
}

impl Request {
    /// The body as a form.
    ///
    /// # Errors
    ///
    /// A `content-type` that is another; `?` makes it a 415.
    pub fn form(&self) -> Result<Form, Refusal> {
        match self.media_type().as_deref() {
            None | Some(FORM) => Ok(Form::parse(&self.body)),
            Some(other) => Err(Refusal::UnsupportedMediaType(format!(
                "the body must be {FORM}, not {other}"
            ))),
        }
    }

    /// The media type that the `content-type` header names, in lower case and without parameters such as `charset`.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let (kind, _) = self
            .header("content-type")
            .map(|header| header.split_once(';').unwrap_or((header, "")))?;
        Some(kind.trim().to_ascii_lowercase()).filter(|kind| !kind.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::Form;
    use crate::{Refusal, fake};

    #[test]
    fn a_form_keeps_everything() {
        let request = fake::post("/p", "a=1&b=&a=2&c=x+y%C3%A9").with_header(
            "content-type",
            "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
        );
        let form = request.form().expect("a form");
        assert_eq!(form.get("a"), Some("1"));
        assert_eq!((form.get("b"), form.filled("b")), (Some(""), None));
        assert_eq!(form.get("c"), Some("x yé"));
        assert_eq!(form.get("d"), None);
        assert_eq!(form.pairs().len(), 4);
    }

    #[test]
    fn json_within_a_form() {
        let form = Form::parse(br#"a={"x":"%5Cud83d"}&b=&c={"#);
        let read = |name| form.json::<serde_json::Value>(name);
        assert_eq!(read("a"), Ok(Some(serde_json::json!({ "x": "\u{fffd}" }))));
        assert_eq!(read("d"), Ok(None));
        let problem = |name| read(name).expect_err("no JSON").to_string();
        assert_eq!(problem("b"), "`b` is empty; expected JSON");
        assert!(problem("c").starts_with("`c` is not JSON: EOF"));
    }

    #[test]
    fn another_kind_is_none() {
        let json = fake::post("/p", "{}").with_header("content-type", "application/json");
        assert!(matches!(json.form(), Err(Refusal::UnsupportedMediaType(_))));
        assert!(fake::post("/p", "a=1").form().is_ok(), "nothing is said");
    }
}
