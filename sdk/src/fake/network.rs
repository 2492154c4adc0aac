//! Where requests may go, and what becomes of placeholders on their way.

use std::collections::BTreeMap;

use crate::{HttpError, HttpRequest, headers};

/// What the host puts in the place of a placeholder, and where.
pub(super) struct Placeholder {
    pub(super) placeholder: String,
    pub(super) value: String,
    pub(super) in_body: bool,
    /// As in the setting; empty for all hosts that are declared.
    pub(super) hosts: Vec<String>,
}

/// The hosts that the connector declared.
pub(super) struct Network {
    hosts: Vec<String>,
    /// By the name of their setting.
    addresses: BTreeMap<String, String>,
    placeholders: Vec<Placeholder>,
}

impl Network {
    pub(super) const fn new(
        hosts: Vec<String>,
        addresses: BTreeMap<String, String>,
        placeholders: Vec<Placeholder>,
    ) -> Self {
        Self {
            hosts,
            addresses,
            placeholders,
        }
    }

    /// Whether a text is an address as the contract wants one.
    pub(super) fn is_address(url: &str) -> bool {
        Origin::of(url).is_some()
    }

    /// Bytes with values in the place of placeholders.
    pub(super) fn reveal(&self, bytes: &[u8]) -> Vec<u8> {
        let Ok(mut text) = String::from_utf8(bytes.to_vec()) else {
            return bytes.to_vec();
        };
        for sealed in &self.placeholders {
            text = text.replace(&sealed.placeholder, &sealed.value);
        }
        text.into_bytes()
    }

    /// The request as the platform gets it.
    pub(super) fn unseal(&self, mut request: HttpRequest) -> Result<HttpRequest, HttpError> {
        let url = request.url.clone();
        let Some(target) = Origin::of(&url) else {
            return Err(HttpError::InvalidRequest(format!(
                "`{url}` is no http or https address"
            )));
        };
        if !self.declared(&self.hosts, &target) && self.address("api_url") != Some(target) {
            return Err(HttpError::Denied(format!(
                "`describe` does not list {} among its hosts",
                target.host
            )));
        }
        for sealed in &self.placeholders {
            if !sealed.hosts.is_empty() && !self.declared(&sealed.hosts, &target) {
                continue;
            }
            let (placeholder, value) = (&sealed.placeholder, &sealed.value);
            let replace = |text: &mut String| *text = text.replace(placeholder, value);
            request.url = request.url.replace(placeholder, &encoded(value));
            if let Some(auth) = &mut request.basic_auth {
                replace(&mut auth.username);
                replace(&mut auth.password);
            }
            let kind = headers::get(&request.headers, "content-type").map(str::to_ascii_lowercase);
            let written = match kind.as_deref() {
                Some(kind) if kind.starts_with("application/json") => in_json(value),
                Some(kind) if kind.starts_with("application/x-www-form-urlencoded") => {
                    encoded(value)
                }
                _ => value.clone(),
            };
            for (_, bytes) in &mut request.headers {
                put(bytes, placeholder, value);
            }
            if sealed.in_body {
                put(&mut request.body, placeholder, &written);
            }
        }
        Ok(request)
    }

    fn declared(&self, patterns: &[String], target: &Origin<'_>) -> bool {
        patterns.iter().any(|pattern| {
            match pattern
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'))
            {
                Some(setting) => self.address(setting).as_ref() == Some(target),
                None => matches(pattern, target),
            }
        })
    }

    fn address(&self, setting: &str) -> Option<Origin<'_>> {
        self.addresses.get(setting).and_then(|url| Origin::of(url))
    }
}

/// Scheme, host and port of an address.
#[derive(Clone, Copy, PartialEq)]
struct Origin<'url> {
    scheme: &'url str,
    host: &'url str,
    port: Option<&'url str>,
}

impl<'url> Origin<'url> {
    fn of(url: &'url str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let default = match scheme {
            "http" => "80",
            "https" => "443",
            _ => return None,
        };
        let authority = rest.split(['/', '?', '#']).next()?;
        // A colon within brackets belongs to the IPv6 address.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let digits = port.is_none_or(|port| port.parse::<u16>().is_ok());
        if host.is_empty() || authority.contains('@') || !digits {
            return None;
        }
        let port = port.filter(|port| *port != default);
        Some(Self { scheme, host, port })
    }
}

/// Whether a host pattern of a description (`https` unless it says `http://`) covers an origin.
fn matches(pattern: &str, target: &Origin<'_>) -> bool {
    let address = if pattern.contains("://") {
        pattern.to_owned()
    } else {
        format!("https://{pattern}")
    };
    Origin::of(&address).is_some_and(|declared| {
        let host = match declared.host.strip_prefix('*') {
            Some(suffix) => target.host.ends_with(suffix),
            None => target.host == declared.host,
        };
        host && (declared.scheme, declared.port) == (target.scheme, target.port)
    })
}

/// Puts a text in the place of another, in bytes that are text.
fn put(bytes: &mut Vec<u8>, placeholder: &str, value: &str) {
    if let Ok(text) = String::from_utf8(bytes.clone()) {
        *bytes = text.replace(placeholder, value).into_bytes();
    }
}

/// As it stands within a JSON string.
fn in_json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Percent-encoded for path and query alike. The colon means itself in both.
fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
        .replace("%3A", ":")
}
