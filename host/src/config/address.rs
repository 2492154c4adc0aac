//! Addresses that the operator wrote down: base addresses, proxies, and `url` settings.
//!
//! The WHATWG parser forgives a lot (missing slashes, tabs, backslashes), which is right for
//! browsers and wrong for a file that somebody wants checked; what it would forgive is refused here
//! before it sees the text.

use std::fmt;

use thiserror::Error;
use url::Url;

/// Why a text is not the address that is wanted. Says what is wanted, and never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidAddress {
    /// Not `http://` or `https://` and a host.
    #[error("must be an http or https address such as `https://api.example.com`")]
    NotHttp,
    /// `user:password@` in it.
    #[error("must not hold a user name or password")]
    UserInfo,
    /// A `#` part, which never reaches a server.
    #[error("must not hold a `#`")]
    Fragment,
    /// A query where something will be appended to the path.
    #[error("must not hold a `?`")]
    Query,
}

/// An absolute http or https address with a host, and without user name, password and fragment.
///
/// # Errors
/// When the text is anything else.
pub(crate) fn parse(text: &str) -> Result<Url, InvalidAddress> {
    let url = parse_with_user(text)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidAddress::UserInfo);
    }
    if url.fragment().is_some() {
        return Err(InvalidAddress::Fragment);
    }
    Ok(url)
}

fn parse_with_user(text: &str) -> Result<Url, InvalidAddress> {
    let scheme_end = text.find("://").ok_or(InvalidAddress::NotHttp)?;
    let (scheme, rest) = (&text[..scheme_end], &text[scheme_end + "://".len()..]);
    let is_http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let forgiven = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '\\';
    if !is_http || rest.starts_with('/') || text.contains(forgiven) {
        return Err(InvalidAddress::NotHttp);
    }
    let url = Url::parse(text).map_err(|_| InvalidAddress::NotHttp)?;
    url.has_host().then_some(url).ok_or(InvalidAddress::NotHttp)
}

/// An address that paths are appended to: no query, no fragment, no user name, no slash at the end.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
    text: String,
}

impl BaseUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// When the text is no absolute http or https address, or holds more than scheme, host, port
    /// and path.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        let url = parse(text)?;
        if url.query().is_some() {
            return Err(InvalidAddress::Query);
        }
        let text = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { url, text })
    }

    /// As text, without a slash at the end: `https://example.com/base`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As parsed; an empty path is `/` here.
    pub fn url(&self) -> &Url {
        &self.url
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// The HTTP proxy of a channel. It may hold a password, so it has neither `Debug` nor `Display`.
#[derive(Clone)]
pub struct ProxyUrl(Url);

impl ProxyUrl {
    /// Reads an address, with or without `user:password@`.
    ///
    /// # Errors
    /// When the text is no absolute http or https address.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        parse_with_user(text).map(Self)
    }

    /// The address with its password: for the HTTP client.
    pub fn expose(&self) -> &Url {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_addresses_pass() {
        for text in [
            "http://a",
            "https://a.example:8443/x?y=1",
            "HTTP://127.0.0.1:9",
            "http://[::1]/",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
        let refused = [
            ("", InvalidAddress::NotHttp),
            ("a.example", InvalidAddress::NotHttp),
            ("//a.example", InvalidAddress::NotHttp),
            ("ftp://a", InvalidAddress::NotHttp),
            ("http:a", InvalidAddress::NotHttp),
            ("http://", InvalidAddress::NotHttp),
            ("http:///a", InvalidAddress::NotHttp),
            ("http://a b", InvalidAddress::NotHttp),
            (" http://a", InvalidAddress::NotHttp),
            ("http://a\\b", InvalidAddress::NotHttp),
            ("http://a:99999", InvalidAddress::NotHttp),
            ("http://1.2.3.4.5.6", InvalidAddress::NotHttp),
            ("http://u@a", InvalidAddress::UserInfo),
            ("http://:p@a", InvalidAddress::UserInfo),
            ("http://a#b", InvalidAddress::Fragment),
        ];
        for (text, reason) in refused {
            assert_eq!(parse(text), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn a_base_address_ends_without_a_slash() {
        let base = BaseUrl::parse("https://Example.com/base//").expect("valid");
        assert_eq!(base.as_str(), "https://example.com/base");
        assert_eq!(
            BaseUrl::parse("http://a").expect("valid").as_str(),
            "http://a"
        );
        assert_eq!(BaseUrl::parse("http://a/?x"), Err(InvalidAddress::Query));
    }

    #[test]
    fn a_proxy_may_hold_a_password() {
        let proxy = ProxyUrl::parse("http://user:pass@proxy:3128").expect("valid");
        assert_eq!(proxy.expose().password(), Some("pass"));
        assert!(ProxyUrl::parse("socks5://proxy").is_err());
    }
}
