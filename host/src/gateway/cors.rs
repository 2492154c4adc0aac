//! Browsers ask before a page of another origin may call: the channel's `cors` says whose may.
//! <https://fetch.spec.whatwg.org/#http-cors-protocol>
//!
//! The origin is named back rather than `*`, and credentials are allowed: older clients of Socket.IO ask for both. No
//! channel knows its callers by a cookie, so nothing can be had by it.

use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, UPGRADE, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};

use crate::config::AllowedOrigin;

/// How long a browser need not ask again, seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// The origin of a page that may call.
pub(super) struct Granted(HeaderValue);

/// What `allowed` says to a request; `None` where the caller is no page, or one that may not.
pub(super) fn grant(allowed: &[AllowedOrigin], headers: &HeaderMap) -> Option<Granted> {
    let origin = headers.get(ORIGIN)?;
    let text = origin.to_str().ok()?;
    let is_allowed = allowed.iter().any(|allowed| allowed.allows(text));
    is_allowed.then(|| Granted(origin.clone()))
}

/// Whether a page that may not call asks for a WebSocket, for which browsers do not ask themselves. A page of the server's
/// own may.
pub(super) fn is_foreign_socket(allowed: &[AllowedOrigin], headers: &HeaderMap) -> bool {
    if allowed.is_empty() || !headers.contains_key(UPGRADE) || grant(allowed, headers).is_some() {
        return false;
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(ORIGIN) else {
        return false;
    };
    let own = origin.split_once("://").map(|(_, host)| host);
    own.is_none() || own != text(HOST)
}

impl Granted {
    /// The answer to a browser that asks first; `None` if this is no such request.
    pub(super) fn preflight(
        &self,
        request: &Request<Body>,
        methods: &str,
    ) -> Option<Response<Body>> {
        let headers = request.headers();
        let asks = *request.method() == Method::OPTIONS
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !asks {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let answer = response.headers_mut();
        if let Ok(methods) = HeaderValue::from_str(methods) {
            answer.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        }
        if let Some(wanted) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        }
        answer.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        Some(self.mark(response))
    }

    /// Lets the page read the answer.
    pub(super) fn mark(&self, mut response: Response<Body>) -> Response<Body> {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, self.0.clone());
        let yes = HeaderValue::from_static("true");
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        headers.append(VARY, HeaderValue::from_static("origin"));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        let all = all.iter();
        all.map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect()
    }

    #[test]
    fn a_page_is_granted_what_the_operator_wrote() {
        let allowed = ["https://a.example".parse().expect("an origin")];
        let granted = |origin| grant(&allowed, &headers(&[("origin", origin)])).is_some();
        assert!(granted("https://a.example"));
        assert!(!granted("https://b.example") && !granted("null"));
        assert!(grant(&allowed, &headers(&[])).is_none());
        assert!(grant(&[], &headers(&[("origin", "https://a.example")])).is_none());
    }

    #[test]
    fn a_websocket_of_a_foreign_page_is_refused_where_the_operator_named_pages() {
        let allowed = ["https://a.example".parse().expect("an origin")];
        let foreign = |allowed: &[AllowedOrigin], origin, upgrade: bool| {
            let mut all = headers(&[("origin", origin), ("host", "bot.example:5005")]);
            if upgrade {
                all.insert(UPGRADE, HeaderValue::from_static("websocket"));
            }
            is_foreign_socket(allowed, &all)
        };
        assert!(foreign(&allowed, "https://b.example", true));
        assert!(foreign(&allowed, "null", true));
        assert!(
            !foreign(&allowed, "https://b.example", false),
            "the browser asks itself"
        );
        assert!(!foreign(&allowed, "https://a.example", true));
        assert!(
            !foreign(&allowed, "http://bot.example:5005", true),
            "its own page"
        );
        assert!(!foreign(&[], "https://b.example", true), "nobody was named");
        let no_page = headers(&[("host", "bot.example"), ("upgrade", "websocket")]);
        assert!(!is_foreign_socket(&allowed, &no_page));
    }
}
