//! Writing the answer to a platform.

use serde::Serialize;

use crate::{Response, headers};

impl Response {
    /// A status (200 to 599) and nothing else.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A text as `text/plain; charset=utf-8`.
    #[must_use]
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self::with_body(
            status,
            "text/plain; charset=utf-8",
            text.into().into_bytes(),
        )
    }

    /// A value as `application/json`.
    ///
    /// # Panics
    ///
    /// If the value has no JSON form, such as a mapping whose keys are no texts.
    #[must_use]
    pub fn json(status: u16, value: &(impl Serialize + ?Sized)) -> Self {
        let body = serde_json::to_vec(value).expect("an answer has a JSON form");
        Self::with_body(status, "application/json", body)
    }

    /// A body of any kind.
    #[must_use]
    pub fn with_body(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self {
            body,
            ..Self::empty(status).header("content-type", content_type)
        }
    }

    /// Sets a header in the place of all of that name. For a header that repeats, push onto `headers`.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        headers::set(&mut self.headers, name, value);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_say_what_they_are() {
        let kind = |response: &Response| {
            headers::get(&response.headers, "Content-Type").map(str::to_owned)
        };
        let text = Response::text(202, "é");
        assert_eq!((text.status, text.body.as_slice()), (202, "é".as_bytes()));
        assert_eq!(kind(&text).as_deref(), Some("text/plain; charset=utf-8"));
        let json = Response::json(200, "a\"b");
        assert_eq!(json.body, br#""a\"b""#);
        assert_eq!(kind(&json).as_deref(), Some("application/json"));
        let other = json
            .header("content-type", "application/x")
            .header("ETag", "1");
        assert_eq!(kind(&other).as_deref(), Some("application/x"));
        assert_eq!(other.headers.len(), 2);
        assert_eq!(
            (kind(&Response::empty(204)), Response::empty(204).body.len()),
            (None, 0)
        );
    }
}
