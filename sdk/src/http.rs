//! Calling a platform's API, and reading in its answer whether a part went out.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{
    BasicAuth, HttpRequest, HttpResponse, JsonError, JsonObject, RateScope, SendError, headers,
    json,
};

impl HttpRequest {
    /// A request for an absolute address. Placeholders of sealed settings may stand in its path and query.
    #[must_use]
    pub fn new(method: &str, url: &str) -> Self {
        Self {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            basic_auth: None,
            body: Vec::new(),
            timeout_ms: None,
        }
    }

    /// A `GET`.
    #[must_use]
    pub fn get(url: &str) -> Self {
        Self::new("GET", url)
    }

    /// A `POST`.
    #[must_use]
    pub fn post(url: &str) -> Self {
        Self::new("POST", url)
    }

    /// Appends a pair to the address's query, percent-encoded. A placeholder of a sealed setting stays what it is.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let end = self.url.find('#').unwrap_or(self.url.len());
        let address = &self.url[..end];
        let separator = match address.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        let pair = form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .finish();
        self.url.insert_str(end, &format!("{separator}{pair}"));
        self
    }

    /// Sets a header in the place of all of that name. A placeholder of a sealed setting may stand in the value.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        headers::set(&mut self.headers, name, value);
        self
    }

    /// Signs on with HTTP Basic authentication (RFC 7617). Both may be placeholders of sealed settings.
    #[must_use]
    pub fn basic_auth(mut self, username: &str, password: &str) -> Self {
        self.basic_auth = Some(BasicAuth {
            username: username.to_owned(),
            password: password.to_owned(),
        });
        self
    }

    /// Signs on with a bearer token (RFC 6750), which may be the placeholder of a sealed setting.
    #[must_use]
    pub fn bearer_auth(self, token: &str) -> Self {
        self.header("authorization", &["Bearer ", token].concat())
    }

    /// Sends a value as `application/json`.
    ///
    /// # Panics
    ///
    /// If the value has no JSON form, such as a mapping whose keys are no texts.
    #[must_use]
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Self {
        let body = serde_json::to_vec(value).expect("a request has a JSON form");
        self.body("application/json", body)
    }

    /// Sends pairs as `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn form<'pairs>(self, pairs: impl IntoIterator<Item = (&'pairs str, &'pairs str)>) -> Self {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        self.body("application/x-www-form-urlencoded", form.into_bytes())
    }

    /// Sends a body of any kind, at most 8 MiB.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: Vec<u8>) -> Self {
        self.body = body;
        self.header("content-type", content_type)
    }

    /// For the whole exchange; without it 10 seconds, and never more than 60.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout_ms = Some(u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX));
        self
    }
}

impl HttpResponse {
    /// The first header of that name, in any case, if its value is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        headers::get(&self.headers, name)
    }

    /// How long the platform asks to wait (RFC 9110, `Retry-After`, in seconds). Its other form, a date, is left to the
    /// host's own schedule: it depends on two clocks that agree.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }

    /// The same in milliseconds, as [`Retry`](crate::Retry) and [`RateLimit`](crate::RateLimit) have it; more than fits
    /// counts as the most that does.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u64> {
        let after = self.retry_after()?;
        Some(u64::try_from(after.as_millis()).unwrap_or(u64::MAX))
    }

    /// The response if its status is 2xx, else what the status means for a part that was to be sent:
    ///
    /// | status | error |
    /// |---|---|
    /// | 429 | `RateLimited` for the channel, after what `Retry-After` says |
    /// | 408, 425, 5xx | `Retry`, after what `Retry-After` says |
    /// | 401, 403 | `Unauthorized` |
    /// | 3xx, other 4xx, 1xx | `Permanent`, the status as its code |
    ///
    /// Where a platform uses a status in another way, look at `status` first. The body is not repeated, for it may hold
    /// what users wrote.
    ///
    /// # Errors
    ///
    /// As in the table.
    pub fn success(self) -> Result<Self, SendError> {
        let status = self.status;
        let detail = format!("the answer has status {status}");
        let after_ms = self.retry_after_ms();
        Err(match status {
            200..=299 => return Ok(self),
            429 => SendError::rate_limited(after_ms, RateScope::Channel, detail),
            408 | 425 | 500..=599 => SendError::retry(after_ms, detail),
            401 | 403 => SendError::Unauthorized(detail),
            _ => {
                let redirects = match status {
                    300..=399 => ", and redirects are not followed",
                    _ => "",
                };
                SendError::permanent(status.to_string(), detail + redirects)
            }
        })
    }

    /// The body as a JSON object; half of a character is U+FFFD in it, as in
    /// [`Request::json_object`](crate::Request::json_object).
    ///
    /// # Errors
    ///
    /// A body that is empty, not UTF-8, not JSON, nested too deeply, or no object.
    #[inline]
    pub fn json_object(&self) -> Result<JsonObject, JsonError> {
        json::object(ANSWER, &json::mended(&self.body))
    }

    /// The body as a value of a type of yours; half of a character becomes U+FFFD.
    ///
    /// # Errors
    ///
    /// A body that is empty, not UTF-8, not JSON, nested too deeply, or does not fit the type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, JsonError> {
        json::value(ANSWER, &json::mended(&self.body))
    }
}

/// How errors call the body.
const ANSWER: &str = "the answer's body";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Retry;

    fn answer(status: u16, headers: &[(&str, &str)]) -> HttpResponse {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
            .collect();
        HttpResponse {
            status,
            headers,
            body: Vec::new(),
        }
    }

    #[test]
    fn query_pairs_are_appended_and_encoded() {
        let url = |url: &str| {
            HttpRequest::get(url)
                .query("a b", "c&d=é/~")
                .query("x", "sealed-1")
                .url
        };
        let pairs = "a+b=c%26d%3D%C3%A9%2F%7E&x=sealed-1";
        assert_eq!(
            url("https://a.example/p"),
            format!("https://a.example/p?{pairs}")
        );
        assert_eq!(
            url("https://a.example/p?"),
            format!("https://a.example/p?{pairs}")
        );
        assert_eq!(
            url("https://a.example/p?q=1"),
            format!("https://a.example/p?q=1&{pairs}")
        );
        assert_eq!(
            url("https://a.example/#a?b"),
            format!("https://a.example/?{pairs}#a?b")
        );
    }

    #[test]
    fn a_header_is_set_in_the_place_of_its_likes() {
        let request = HttpRequest::post("https://a.example/")
            .json(&["x"])
            .header("Content-TYPE", "application/x")
            .bearer_auth("sealed-1");
        let headers = [
            ("content-type", "application/x"),
            ("authorization", "Bearer sealed-1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
        assert_eq!(request.headers, headers);
        assert_eq!(request.body, br#"["x"]"#);
    }

    #[test]
    fn forms_and_timeouts() {
        let request = HttpRequest::post("https://a.example/")
            .form([("to", "+49 1"), ("text", "ä")])
            .timeout(Duration::from_secs(5));
        assert_eq!(request.body, b"to=%2B49+1&text=%C3%A4");
        assert_eq!(request.timeout_ms, Some(5_000));
    }

    #[test]
    fn retry_after_counts_seconds() {
        let after = |value: &str| answer(503, &[("Retry-After", value)]).retry_after();
        assert_eq!(after(" 120 "), Some(Duration::from_secs(120)));
        assert_eq!(after("0"), Some(Duration::ZERO));
        for value in ["-1", "1.5", "soon", "", "Fri, 31 Dec 1999 23:59:59 GMT"] {
            assert_eq!(after(value), None, "{value}");
        }
        let answered = answer(503, &[("retry-after", "2")]);
        assert_eq!(answered.retry_after_ms(), Some(2_000));
        let longest = answer(503, &[("retry-after", "18446744073709551615")]).success();
        let retry = Retry {
            after_ms: Some(u64::MAX),
            detail: "the answer has status 503".to_owned(),
        };
        assert_eq!(longest, Err(SendError::Retry(retry)));
    }

    #[test]
    fn errors_call_the_body_the_answers() {
        let error = answer(200, &[]).json_object().expect_err("empty");
        assert_eq!(
            error.to_string(),
            "the answer's body is empty; expected a JSON object"
        );
        let error = answer(200, &[]).json::<u8>().expect_err("empty");
        assert_eq!(
            error.to_string(),
            "the answer's body is empty; expected JSON"
        );
    }
}
