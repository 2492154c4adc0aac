//! Whose pages may call a channel from a browser: key `cors`.
//! <https://fetch.spec.whatwg.org/#http-cors-protocol>

use std::str::FromStr;

use thiserror::Error;
use url::Url;

/// The origin of pages: scheme, host, and port where it is not the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigin {
    /// `*`: everybody's.
    Any,
    /// As browsers write it.
    One(String),
}

/// Why a text names no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be `*`, or a page's origin and nothing more, such as `https://www.example.com`")]
pub struct InvalidOrigin;

impl AllowedOrigin {
    /// Whether it covers the origin that a browser names.
    #[must_use]
    pub fn allows(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::One(allowed) => allowed == origin,
        }
    }
}

impl FromStr for AllowedOrigin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let url = Url::parse(text).map_err(|_| InvalidOrigin)?;
        let is_bare = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
            && !url.host_str().unwrap_or_default().contains('*');
        if !is_bare || !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidOrigin);
        }
        Ok(Self::One(url.origin().ascii_serialization()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_as_browsers_write_it() {
        let read = |text: &str| text.parse::<AllowedOrigin>();
        assert_eq!(read("*"), Ok(AllowedOrigin::Any));
        let one = |text: &str| Ok(AllowedOrigin::One(text.to_owned()));
        assert_eq!(
            read("https://WWW.example.com:443/"),
            one("https://www.example.com")
        );
        assert_eq!(read("http://localhost:8080"), one("http://localhost:8080"));
        for wrong in [
            "www.example.com",
            "https://a.example/chat",
            "ftp://a.example",
            "https://u@a.example",
            "https://*.example.com",
            "",
            "null",
        ] {
            assert_eq!(read(wrong), Err(InvalidOrigin), "{wrong}");
        }
    }

    #[test]
    fn another_scheme_or_port_is_another_origin() {
        let allowed: AllowedOrigin = "https://a.example".parse().expect("an origin");
        assert!(allowed.allows("https://a.example"));
        for other in [
            "http://a.example",
            "https://a.example:8443",
            "https://b.a.example",
            "null",
        ] {
            assert!(!allowed.allows(other), "{other}");
        }
    }
}
