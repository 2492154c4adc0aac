//! Reading what a platform sent.

use serde::de::DeserializeOwned;

use crate::{JsonError, JsonObject, Request, headers, json};

impl Request {
    /// The first header of that name, in any case, if its value is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        headers::get(&self.headers, name)
    }

    /// The token of an `Authorization: Bearer …` header (RFC 6750), the scheme in any case. Never empty.
    #[must_use]
    pub fn bearer_token(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        let token = token.trim_matches(' ');
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    }

    /// The first query parameter of that name, decoded.
    #[must_use]
    pub fn query_param(&self, name: &str) -> Option<&str> {
        find(&self.query_params, name)
    }

    /// What the route's `{name}` captured, decoded.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        find(&self.params, name)
    }

    /// The body as a JSON object, whatever its `content-type`. Half of a character, where a platform cut a text by
    /// UTF-16 units (`"\ud83d"`), is U+FFFD in it.
    ///
    /// # Errors
    ///
    /// A body that is empty, not UTF-8, not JSON, nested too deeply, or no object; `?` makes it a 400.
    #[inline]
    pub fn json_object(&self) -> Result<JsonObject, JsonError> {
        json::object(BODY, &json::mended(&self.body))
    }

    /// The body as a value of a type of yours, whatever its `content-type`. Half of a character becomes U+FFFD, as in
    /// [`json_object`](Request::json_object). A key that the type names must not be repeated.
    ///
    /// # Errors
    ///
    /// A body that is empty, not UTF-8, not JSON, nested too deeply, or does not fit the type; `?` makes it a 400.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, JsonError> {
        json::value(BODY, &json::mended(&self.body))
    }
}

/// How errors call it.
pub(crate) const BODY: &str = "the body";

fn find<'pairs>(pairs: &'pairs [(String, String)], name: &str) -> Option<&'pairs str> {
    pairs
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use crate::fake;

    #[test]
    fn the_first_of_a_repeated_name_counts() {
        let request = fake::get("/p?a=1&a=2&b=x+y%26")
            .with_header("X-One", "1")
            .with_header("x-one", "2")
            .with_header("x-bytes", vec![0xff])
            .with_param("id", "7");
        assert_eq!(request.header("x-ONE"), Some("1"));
        assert_eq!(request.header("x-bytes"), None);
        assert_eq!(request.header("x-two"), None);
        assert_eq!(request.query_param("a"), Some("1"));
        assert_eq!(request.query_param("b"), Some("x y&"));
        assert_eq!(request.query_param("A"), None);
        assert_eq!((request.param("id"), request.param("a")), (Some("7"), None));
    }

    #[test]
    fn half_of_a_character_costs_no_message() {
        let request = fake::post("/p", r#"{"text":"hi \ud83d","more":["\udc00"]}"#);
        let body = request.json_object().expect("an object");
        assert_eq!(body.text("text").as_deref(), Ok("hi \u{fffd}"));
        assert_eq!(body.json("more").as_deref(), Some(r#"["\ufffd"]"#));
        let body: serde_json::Value = request.json().expect("a value");
        assert_eq!(body["text"], "hi \u{fffd}");
    }

    #[test]
    fn a_bearer_token_is_never_empty() {
        let token = |value: &str| {
            let request = fake::get("/").with_header("authorization", value);
            request.bearer_token().map(str::to_owned)
        };
        assert_eq!(token("Bearer a.b-c="), Some("a.b-c=".to_owned()));
        assert_eq!(token("bEARER  t "), Some("t".to_owned()));
        for value in [
            "Bearer",
            "Bearer ",
            "Bearer   ",
            "Basic t",
            "Bearert",
            "t",
            "",
        ] {
            assert_eq!(token(value), None, "{value}");
        }
        assert_eq!(fake::get("/").bearer_token(), None);
    }
}
