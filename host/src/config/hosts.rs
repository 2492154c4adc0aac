//! Where a channel may go: `[http://|https://]host[:port]`.
//!
//! Scheme, host and port are all part of the grant. A bare host means `https` on its usual port, so
//! that nothing goes out in the clear, and nothing reaches a neighbouring service on the same
//! machine, unless somebody wrote that down.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use url::{Host, Url};

/// A host that a channel may reach. `Display` gives the shortest way of writing it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AllowedHost {
    https: bool,
    /// Any name below `host`, and not `host` itself.
    below: bool,
    host: Host,
    port: u16,
}

/// Why a text names no host. Says what is wanted, and never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidHost {
    /// Something before `://` that is neither http nor https.
    #[error("must begin with `https://`, `http://` or the host itself")]
    Scheme,
    /// A path, query, fragment or user name.
    #[error("must be a host and nothing more, such as `api.example.com` or `http://10.0.0.5:8080`")]
    MoreThanHost,
    /// A `*` that does not stand for what is before the first dot.
    #[error("may hold a `*` only for what comes before a name, as in `*.example.com`")]
    Wildcard,
    /// No host name, IPv4 address or bracketed IPv6 address.
    #[error("must be a host name, an IPv4 address, or an IPv6 address in brackets")]
    Host,
    /// Not 1 to 65535.
    #[error("must have a port from 1 to 65535 after the `:`; an IPv6 address goes in brackets")]
    Port,
}

impl AllowedHost {
    /// Whether nobody but the operator decides where it leads: an address, or this machine.
    pub fn is_certain(&self) -> bool {
        match self.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
            None => false,
        }
    }

    /// Whether a request to `url` stays within this grant.
    pub fn allows(&self, url: &Url) -> bool {
        let scheme = if self.https { "https" } else { "http" };
        let Some(host) = url.host() else { return false };
        url.scheme() == scheme
            && url.port_or_known_default() == Some(self.port)
            && if self.below {
                self.is_above(&host)
            } else {
                self.host == host.to_owned()
            }
    }

    fn is_above(&self, host: &Host<&str>) -> bool {
        let (Host::Domain(above), Host::Domain(name)) = (&self.host, host) else {
            return false;
        };
        name.strip_suffix(above.as_str())
            .and_then(|rest| rest.strip_suffix('.'))
            .is_some_and(|rest| !rest.is_empty())
    }

    /// The grant for exactly the host of `url`, scheme and port included; `None` for an address
    /// without a host.
    pub fn of(url: &Url) -> Option<Self> {
        let https = url.scheme() == "https";
        let host = url.host()?.to_owned();
        Some(Self {
            https,
            below: false,
            host,
            port: url.port_or_known_default()?,
        })
    }

    /// Whether a host of this name is meant, whatever the scheme and port.
    pub fn allows_name(&self, name: &str) -> bool {
        Host::parse(name.strip_suffix('.').unwrap_or(name)).is_ok_and(|host| {
            if self.below {
                let Host::Domain(domain) = &host else {
                    return false;
                };
                self.is_above(&Host::Domain(domain))
            } else {
                self.host == host
            }
        })
    }

    /// Whether everything that `other` allows is allowed by this grant too.
    pub fn covers(&self, other: &Self) -> bool {
        let Host::Domain(name) = &other.host else {
            return self == other;
        };
        let same = self.host == other.host;
        self.https == other.https
            && self.port == other.port
            && match (self.below, other.below) {
                (false, below) => same && !below,
                (true, false) => self.is_above(&Host::Domain(name)),
                (true, true) => same || self.is_above(&Host::Domain(name)),
            }
    }

    /// The host itself, where it is not a pattern.
    pub fn host(&self) -> Option<&Host> {
        (!self.below).then_some(&self.host)
    }
}

impl FromStr for AllowedHost {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        let (https, rest) = match text.split_once("://") {
            None => (true, text),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some(_) => return Err(InvalidHost::Scheme),
        };
        if rest.contains(['/', '?', '#', '@', '\\', '%'])
            || rest.contains(|letter: char| letter.is_whitespace() || letter.is_control())
        {
            return Err(InvalidHost::MoreThanHost);
        }
        let (name, port) = split_port(rest)?;
        let port = port.unwrap_or(if https { 443 } else { 80 });
        let (below, name) = match name.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, name),
        };
        if name.contains('*') {
            return Err(InvalidHost::Wildcard);
        }
        let host = Host::parse(name).map_err(|_| InvalidHost::Host)?;
        match &host {
            Host::Domain(domain) if !is_domain(domain) => Err(InvalidHost::Host),
            Host::Ipv4(_) | Host::Ipv6(_) if below => Err(InvalidHost::Wildcard),
            _ => Ok(Self {
                https,
                below,
                host,
                port,
            }),
        }
    }
}

/// The host and the port after it, if there is one.
fn split_port(text: &str) -> Result<(&str, Option<u16>), InvalidHost> {
    let name_end = match text.strip_prefix('[') {
        Some(rest) => rest.find(']').ok_or(InvalidHost::Host)? + 2,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (name, rest) = text.split_at(name_end);
    if rest.is_empty() {
        return Ok((name, None));
    }
    let digits = rest.strip_prefix(':').ok_or(InvalidHost::Host)?;
    let digits = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let port = digits
        .and_then(|digits| digits.parse().ok())
        .filter(|port| *port != 0);
    port.map(|port| (name, Some(port))).ok_or(InvalidHost::Port)
}

/// Host names as DNS has them (RFC 1123), and with underscores, which container networks use.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    domain.len() <= 253 && domain.split('.').all(is_label)
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usual = if self.https { 443 } else { 80 };
        f.write_str(if self.https { "" } else { "http://" })?;
        f.write_str(if self.below { "*." } else { "" })?;
        self.host.fmt(f)?;
        if self.port == usual {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_read_and_written() {
        let table = [
            ("api.example.com", "api.example.com"),
            ("https://API.example.com:443", "api.example.com"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://localhost:80", "http://localhost"),
            ("my_service:8443", "my_service:8443"),
            ("*.example.com:444", "*.example.com:444"),
            ("10.0.0.5", "10.0.0.5"),
            ("http://[::1]:9", "http://[::1]:9"),
            ("bücher.example", "xn--bcher-kva.example"),
        ];
        for (text, written) in table {
            let host: AllowedHost = text
                .parse()
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(host.to_string(), written);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let table = [
            ("", InvalidHost::Host),
            ("ftp://a", InvalidHost::Scheme),
            ("a/b", InvalidHost::MoreThanHost),
            ("https://a/", InvalidHost::MoreThanHost),
            ("user@a", InvalidHost::MoreThanHost),
            ("a b", InvalidHost::MoreThanHost),
            ("*", InvalidHost::Wildcard),
            ("a.*.example", InvalidHost::Wildcard),
            ("*.10.0.0.1", InvalidHost::Wildcard),
            ("a..b", InvalidHost::Host),
            ("-a", InvalidHost::Host),
            ("*.", InvalidHost::Host),
            ("[::1", InvalidHost::Host),
            ("[::1]x", InvalidHost::Host),
            ("::1", InvalidHost::Port),
            ("a:", InvalidHost::Port),
            ("a:0", InvalidHost::Port),
            ("a:+1", InvalidHost::Port),
            ("a:65536", InvalidHost::Port),
        ];
        for (text, reason) in table {
            assert_eq!(text.parse::<AllowedHost>(), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn a_grant_covers_narrower_ones() {
        let covers = |wide: &str, narrow: &str| {
            let [wide, narrow] =
                [wide, narrow].map(|text| text.parse::<AllowedHost>().expect(text));
            wide.covers(&narrow)
        };
        assert!(covers("*.example.com", "api.example.com"));
        assert!(covers("*.example.com", "*.eu.example.com"));
        assert!(covers("api.example.com", "https://api.example.com:443"));
        assert!(!covers("*.example.com", "example.com"));
        assert!(!covers("*.example.com", "badexample.com"));
        assert!(!covers("api.example.com", "*.example.com"));
        assert!(!covers("api.example.com", "http://api.example.com"));
        assert!(!covers("10.0.0.1", "10.0.0.2"));
    }

    #[test]
    fn where_addresses_and_this_machine_lead_is_certain() {
        let is_certain = |host: &str| host.parse::<AllowedHost>().expect(host).is_certain();
        for host in ["http://10.0.0.5:8080", "[::1]", "http://localhost:80"] {
            assert!(is_certain(host), "{host}");
        }
        for host in [
            "api.example.com",
            "*.example.com",
            "http://crm.internal",
            "localhost.example.com",
        ] {
            assert!(!is_certain(host), "{host}");
        }
    }

    #[test]
    fn a_grant_covers_its_scheme_host_and_port_only() {
        let table = [
            ("api.example.com", "https://api.example.com/v1", true),
            ("api.example.com", "http://api.example.com/v1", false),
            ("api.example.com", "https://api.example.com:8443/", false),
            (
                "api.example.com",
                "https://api.example.com.evil.example/",
                false,
            ),
            ("http://localhost:8080", "http://localhost:8080/x", true),
            ("*.example.com", "https://a.b.example.com/", true),
            ("*.example.com", "https://example.com/", false),
            ("*.example.com", "https://notexample.com/", false),
            ("127.0.0.1", "https://127.1/", true),
            ("[::1]", "https://[0:0::1]/", true),
        ];
        for (grant, url, allowed) in table {
            let grant: AllowedHost = grant.parse().expect("a grant");
            assert_eq!(
                grant.allows(&Url::parse(url).expect("an address")),
                allowed,
                "{grant} {url}"
            );
        }
    }
}
