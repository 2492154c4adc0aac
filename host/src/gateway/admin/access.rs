//! Who may use the admin API.
//!
//! With a token, whoever shows it. Without one, the operator at this very machine, and that is judged strictly, since
//! these endpoints speak in the bot's name: a connection from loopback alone proves nothing. A reverse proxy beside the
//! server connects from there for the whole world, and so does the operator's browser for any page that is open in it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::header::{AUTHORIZATION, FORWARDED, HOST, ORIGIN, VIA};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Uri};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::SealedText;
use crate::gateway::ApiError;

/// Headers by which a proxy says that it speaks for somebody else.
const FORWARDING: [HeaderName; 4] = [
    FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-real-ip"),
    VIA,
];

/// What opens the admin API.
#[derive(Clone)]
pub struct AuthToken(SealedText);

impl fmt::Debug for AuthToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthToken(sealed)")
    }
}

impl AuthToken {
    /// Reads a token; white space around it is dropped, as a file brings a line's end along.
    ///
    /// # Errors
    ///
    /// When nothing is left: an empty token would open to everybody. The text says no more than that.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("is empty; leave it out, or give it a value that nobody guesses");
        }
        Ok(Self(SealedText::new(text.to_owned())))
    }

    fn is(&self, candidate: &[u8]) -> bool {
        // Hashed first, so that not even the length shows in the time.
        let hash = |bytes: &[u8]| -> [u8; 32] { Sha256::digest(bytes).into() };
        hash(self.0.expose().as_bytes())
            .ct_eq(&hash(candidate))
            .into()
    }
}

/// Lets a request in or not.
pub(in crate::gateway) fn check(
    token: Option<&AuthToken>,
    peer: SocketAddr,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(), ApiError> {
    match token {
        Some(token) if shows(token, uri, headers) => Ok(()),
        Some(_) => Err(ApiError::token_wanted()),
        None if is_from_here(peer, uri, headers) => Ok(()),
        None => Err(ApiError::only_from_here()),
    }
}

fn shows(token: &AuthToken, uri: &Uri, headers: &HeaderMap) -> bool {
    let bearer = |value: &[u8]| {
        let (scheme, value) = value.split_at_checked("Bearer ".len())?;
        let is_bearer = scheme.eq_ignore_ascii_case(b"Bearer ");
        is_bearer.then(|| token.is(value.trim_ascii()))
    };
    let mut authorizations = headers.get_all(AUTHORIZATION).iter();
    if authorizations.any(|value| bearer(value.as_bytes()) == Some(true)) {
        return true;
    }
    let query = uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .any(|(name, value)| name == "token" && token.is(value.as_bytes()))
}

fn is_from_here(peer: SocketAddr, uri: &Uri, headers: &HeaderMap) -> bool {
    if !peer.ip().to_canonical().is_loopback() {
        return false;
    }
    if FORWARDING.iter().any(|name| headers.contains_key(name)) {
        return false;
    }
    // A page whose own name was made to point here comes with that name.
    let mut hosts = headers.get_all(HOST).iter();
    let Some(host) = hosts.next().and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let called = uri.authority().map(Authority::as_str);
    if hosts.next().is_some() || !is_loopback(host) || !called.is_none_or(is_loopback) {
        return false;
    }
    // A page of another server; the browser says so with everything that changes something.
    headers.get_all(ORIGIN).iter().all(|origin| {
        let own = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.strip_prefix("http://"));
        own.is_some_and(|own| own.eq_ignore_ascii_case(host))
    })
}

/// Whether `host`, with or without a port, is this machine by a name or address that nobody can point elsewhere.
fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    if host.contains('@') {
        return false;
    }
    let name = authority.host();
    let address = match name.strip_prefix('[').and_then(|n| n.strip_suffix(']')) {
        Some(v6) => v6.parse::<Ipv6Addr>().map(IpAddr::from),
        None => name.parse::<Ipv4Addr>().map(IpAddr::from),
    };
    match address {
        Ok(address) => address.is_loopback(),
        Err(_) => name.eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{Request, StatusCode};

    const HERE: &str = "127.0.0.1:40000";

    /// What a request with these headers gets; `None` is in.
    fn refused(
        token: Option<&str>,
        peer: &str,
        uri: &str,
        headers: &[(&str, &str)],
    ) -> Option<StatusCode> {
        let token = token.map(|token| AuthToken::parse(token).expect("a token"));
        let mut request = Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("a request");
        let peer = peer.parse().expect("an address");
        check(token.as_ref(), peer, request.uri(), request.headers())
            .err()
            .map(|error| error.into_response().status())
    }

    #[test]
    fn with_a_token_only_who_shows_it() {
        let with = |uri: &str, headers: &[(&str, &str)]| {
            refused(Some("s3cret"), "203.0.113.9:1", uri, headers)
        };
        assert_eq!(
            with("/metrics", &[("authorization", "Bearer s3cret")]),
            None
        );
        assert_eq!(
            with("/metrics", &[("authorization", "bearer  s3cret")]),
            None
        );
        assert_eq!(with("/metrics?a=b&token=s3cret", &[]), None);
        assert_eq!(with("/metrics?token=s3%63ret", &[("origin", "null")]), None);
        let wrong = Some(StatusCode::UNAUTHORIZED);
        assert_eq!(with("/metrics", &[]), wrong);
        assert_eq!(with("/metrics?token=", &[]), wrong);
        assert_eq!(with("/metrics?token=s3cre", &[]), wrong);
        assert_eq!(with("/metrics?token=s3crett", &[]), wrong);
        assert_eq!(with("/metrics?Token=s3cret", &[]), wrong);
        for value in [
            "Bearer",
            "Bearer ",
            "Bearer S3cret",
            "Basic s3cret",
            "s3cret",
            "B",
        ] {
            assert_eq!(
                with("/metrics", &[("authorization", value)]),
                wrong,
                "{value}"
            );
        }
        // Where there is a token, being here is no excuse.
        let here = refused(Some("s3cret"), HERE, "/metrics", &[("host", "localhost")]);
        assert_eq!(here, wrong);
    }

    #[test]
    fn without_a_token_only_from_this_machine() {
        let without = |peer: &str, headers: &[(&str, &str)]| {
            refused(None, peer, "/metrics?token=guess", headers)
        };
        let out = Some(StatusCode::FORBIDDEN);
        for host in [
            "localhost",
            "LOCALHOST:5005",
            "127.0.0.1:5005",
            "127.8.9.1",
            "[::1]",
            "[::1]:5005",
        ] {
            assert_eq!(without(HERE, &[("host", host)]), None, "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "me@localhost",
            "localhost@example.com",
            "[::2]",
            "10.0.0.1",
            "0.0.0.0",
            "localhost:5005 x",
        ] {
            assert_eq!(without(HERE, &[("host", host)]), out, "{host}");
        }
        let local = ("host", "localhost:5005");
        assert_eq!(without("[::1]:9", &[local]), None);
        assert_eq!(without("[::ffff:127.0.0.1]:9", &[local]), None);
        assert_eq!(without("192.0.2.1:9", &[local]), out);
        assert_eq!(without(HERE, &[]), out);
        assert_eq!(without(HERE, &[local, ("host", "example.com")]), out);
        assert_eq!(
            refused(None, HERE, "http://example.com/metrics", &[local]),
            out
        );
        for name in ["forwarded", "x-forwarded-for", "x-real-ip", "via"] {
            assert_eq!(without(HERE, &[local, (name, "192.0.2.1")]), out, "{name}");
        }
        assert_eq!(
            without(HERE, &[local, ("origin", "http://localhost:5005")]),
            None
        );
        for origin in [
            "null",
            "http://localhost:3000",
            "https://localhost:5005",
            "http://example.com",
        ] {
            assert_eq!(without(HERE, &[local, ("origin", origin)]), out, "{origin}");
        }
    }

    #[test]
    fn a_token_shows_nowhere() {
        let token = AuthToken::parse(" s3cret\n").expect("a token");
        assert!(token.is(b"s3cret"));
        assert_eq!(format!("{token:?}"), "AuthToken(sealed)");
        assert!(AuthToken::parse(" \n").is_err());
    }
}
