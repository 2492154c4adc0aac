//! The one way out for connectors.
//!
//! A connector reaches the hosts that its description lists, and a dropped-in one only those of them that the operator
//! grants. The name is resolved here and each address is checked before the connection is made to that very address, so
//! that no name can be turned toward the inside between check and connect. Redirects are not followed. A host that
//! the operator wrote into a setting or into `allow_private_hosts` may be private: that is how a bot next door is reached.
//! Where the channel has a proxy, that resolves the names, and decides where they may lead.

mod address;
mod resolver;

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use self::address::is_public;
use self::resolver::{CheckedResolver, LeadsInside, Names, SystemNames};
use super::context::Limits;
use super::stage::{Incoming, Network, Outgoing};
use crate::config::AllowedHost;

/// Until the connection stands.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Idle connections kept to one host.
const IDLE_CONNECTIONS: usize = 32;

/// The longest address, bytes.
pub(crate) const MAX_URL: usize = 16 << 10;

/// The time for an exchange where the connector names none, and the most that it can name.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
pub(crate) const MAX_TIMEOUT: Duration = Duration::from_secs(60);

/// Where a channel may call, and the client that it calls with: one for each channel, so that no connection, cookie or
/// ticket is shared.
pub(crate) struct Egress {
    way: Way,
    /// What the connector's description lists, and whether each may be a private address.
    hosts: Arc<[Grant]>,
    /// Requests that may be under way at once.
    connections: Semaphore,
    /// The largest answer, bytes.
    largest: usize,
}

/// How the channel gets there.
enum Way {
    /// There is nowhere to go, and so no client, which would take memory.
    None,
    Client(Client),
    /// It is played.
    Stage(Arc<dyn Network>),
}

/// One granted host.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) host: AllowedHost,
    pub(crate) may_be_private: bool,
}

/// Why nothing came back.
pub(crate) enum EgressError {
    Denied(String),
    Invalid(String),
    Unreachable(String),
    /// The name has private addresses alone.
    LeadsInside {
        /// The grant that it needs.
        host: String,
        text: String,
    },
    TimedOut(String),
    Interrupted(String),
    /// Of the request.
    BodyTooLarge(String),
    AnswerTooLarge(String),
    /// All of the channel's were taken.
    NoConnection(String),
}

/// A complete answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Egress {
    /// # Errors
    ///
    /// When the proxy or the system's certificates cannot be used.
    pub(crate) fn new(
        grants: Vec<Grant>,
        proxy: Option<&Url>,
        limits: Limits,
        stage: Option<Arc<dyn Network>>,
    ) -> Result<Self, String> {
        let mut egress = Self::with_names(grants, proxy, limits, Arc::new(SystemNames::default()))?;
        if let Some(network) = stage {
            egress.way = Way::Stage(network);
        }
        Ok(egress)
    }

    fn with_names(
        grants: Vec<Grant>,
        proxy: Option<&Url>,
        limits: Limits,
        names: Arc<dyn Names>,
    ) -> Result<Self, String> {
        let connections = Semaphore::new(limits.connections);
        let hosts: Arc<[Grant]> = grants.into();
        if hosts.is_empty() {
            return Ok(Self {
                way: Way::None,
                hosts,
                connections,
                largest: limits.fetch_body,
            });
        }
        let resolver = CheckedResolver {
            hosts: hosts.clone(),
            proxy: proxy.and_then(AllowedHost::of),
            names,
        };
        let certificates = "\nhint: it needs the system's certificates; the package is `ca-certificates` as a rule";
        let mut builder = crate::tls::client_builder()
            .map_err(|text| format!("the HTTP client: {text}{certificates}"))?
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .dns_resolver(Arc::new(resolver));
        if let Some(proxy) = proxy {
            let proxy =
                reqwest::Proxy::all(proxy.clone()).map_err(|e| format!("the proxy: {e}"))?;
            builder = builder.proxy(proxy);
        }
        let client = builder
            .build()
            .map_err(|e| format!("the HTTP client: {}", crate::error::chain(&e)))?;
        Ok(Self {
            way: Way::Client(client),
            hosts,
            connections,
            largest: limits.fetch_body,
        })
    }

    /// The hosts that may be reached, for people.
    pub(crate) fn granted(&self) -> Vec<String> {
        self.hosts
            .iter()
            .map(|grant| grant.host.to_string())
            .collect()
    }

    /// The address, if it may be called.
    pub(crate) fn check(&self, url: &str) -> Result<Url, EgressError> {
        if url.len() > MAX_URL {
            return Err(EgressError::Invalid(format!(
                "the URL is over {MAX_URL} bytes"
            )));
        }
        let url = Url::parse(url).map_err(|e| EgressError::Invalid(format!("the URL: {e}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(EgressError::Invalid(format!(
                "the scheme `{}`; http and https only",
                url.scheme()
            )));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EgressError::Invalid(
                "the URL has a user name or password; use basic-auth".into(),
            ));
        }
        let mut grants = self.hosts.iter().filter(|grant| grant.host.allows(&url));
        // A literal address never reaches the resolver.
        let is_inside = literal(&url).is_some_and(|address| !is_public(address));
        if grants.any(|grant| grant.may_be_private || !is_inside) {
            Ok(url)
        } else {
            Err(EgressError::Denied(needed(&url)))
        }
    }

    /// One request, one answer.
    pub(crate) async fn fetch(
        &self,
        method: reqwest::Method,
        url: Url,
        headers: reqwest::header::HeaderMap,
        basic_auth: Option<(String, String)>,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<Answer, EgressError> {
        if matches!(self.way, Way::None) {
            return Err(EgressError::Denied(needed(&url)));
        }
        let started = Instant::now();
        let place = tokio::time::timeout(timeout, self.connections.acquire()).await;
        let Ok(Ok(_place)) = place else {
            return Err(EgressError::NoConnection(format!(
                "no place among the channel's connections within {timeout:?}; `limits.connections` raises their number"
            )));
        };
        let timeout = timeout.saturating_sub(started.elapsed());
        let host = needed(&url);
        let client = match &self.way {
            Way::Client(client) => client,
            Way::Stage(network) => {
                let request = outgoing(&method, &url, &headers, basic_auth, body);
                return self.played(network.exchange(request).await);
            }
            Way::None => return Err(EgressError::Denied(host)),
        };
        let mut request = client
            .request(method, url)
            .headers(headers)
            .body(body)
            .timeout(timeout);
        if let Some((username, password)) = basic_auth {
            request = request.basic_auth(username, Some(password));
        }
        let response = request.send().await;
        let response = response.map_err(|error| failure(error, &host))?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect();
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| failure(error, &host))?;
            if body.len() + chunk.len() > self.largest {
                return Err(self.too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status,
            headers,
            body,
        })
    }

    fn played(&self, answer: Result<Incoming, String>) -> Result<Answer, EgressError> {
        let Incoming {
            status,
            headers,
            body,
        } = answer.map_err(EgressError::Unreachable)?;
        if body.len() > self.largest {
            return Err(self.too_large());
        }
        Ok(Answer {
            status,
            headers,
            body,
        })
    }

    fn too_large(&self) -> EgressError {
        EgressError::AnswerTooLarge(format!(
            "the answer is over {} bytes; `limits.fetch_body` of the channel raises it",
            self.largest
        ))
    }
}

/// A request as it would leave.
fn outgoing(
    method: &reqwest::Method,
    url: &Url,
    headers: &reqwest::header::HeaderMap,
    basic_auth: Option<(String, String)>,
    body: Vec<u8>,
) -> Outgoing {
    let mut headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    if let Some((username, password)) = basic_auth {
        let value = format!(
            "Basic {}",
            STANDARD.encode(format!("{username}:{password}"))
        );
        headers.push(("authorization".to_owned(), value.into_bytes()));
    }
    Outgoing {
        method: method.as_str().to_owned(),
        url: url.as_str().to_owned(),
        headers,
        body,
    }
}

/// The error without the URL, which may hold a secret.
fn failure(error: reqwest::Error, host: &str) -> EgressError {
    let error = error.without_url();
    let text = crate::error::chain(&error);
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<LeadsInside>() {
            let host = host.to_owned();
            return EgressError::LeadsInside { host, text };
        }
        cause = error.source();
    }
    if error.is_connect() {
        EgressError::Unreachable(text)
    } else if error.is_timeout() {
        EgressError::TimedOut(text)
    } else if error.is_builder() {
        EgressError::Invalid(text)
    } else {
        EgressError::Interrupted(text)
    }
}

/// The grant that a URL needs, for the operator to copy.
fn needed(url: &Url) -> String {
    AllowedHost::of(url)
        .map(|host| host.to_string())
        .unwrap_or_default()
}

fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ChannelLimits;

    fn egress(grants: &[(&str, bool)]) -> Egress {
        let grants = grants
            .iter()
            .map(|(host, may_be_private)| Grant {
                host: host.parse().expect("a host pattern"),
                may_be_private: *may_be_private,
            })
            .collect();
        let limits = Limits::from(&ChannelLimits::default());
        Egress::new(grants, None, limits, None).expect("a client")
    }

    #[test]
    fn only_granted_hosts_with_their_scheme_and_port() {
        let egress = egress(&[("api.example.com", false), ("*.example.org:8443", false)]);
        for allowed in [
            "https://api.example.com/x?y",
            "https://a.b.example.org:8443/",
        ] {
            assert!(egress.check(allowed).is_ok(), "{allowed}");
        }
        for denied in [
            "http://api.example.com/",
            "https://api.example.com:8443/",
            "https://api.example.com.evil.net/",
            "https://example.org:8443/",
            "https://a.example.org/",
        ] {
            assert!(
                matches!(egress.check(denied), Err(EgressError::Denied(_))),
                "{denied}"
            );
        }
        for invalid in [
            "https://user@api.example.com/",
            "ftp://api.example.com/",
            "api.example.com",
            "",
        ] {
            assert!(
                matches!(egress.check(invalid), Err(EgressError::Invalid(_))),
                "{invalid}"
            );
        }
    }

    #[test]
    fn private_addresses_only_by_the_operators_word() {
        let connector = egress(&[("http://127.0.0.1:80", false), ("[::1]", false)]);
        assert!(matches!(
            connector.check("http://127.0.0.1/"),
            Err(EgressError::Denied(_))
        ));
        assert!(matches!(
            connector.check("https://[::1]/"),
            Err(EgressError::Denied(_))
        ));
        assert!(
            egress(&[("http://127.0.0.1:80", true)])
                .check("http://127.0.0.1/")
                .is_ok()
        );
    }

    #[test]
    fn a_private_address_is_one_however_it_is_written() {
        for host in [
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "127.0.0.1.",
            "0",
            "169.254.169.254",
            "0xa9fea9fe",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::127.0.0.1]",
            "[64:ff9b::a9fe:a9fe]",
            "[2002:7f00:1::]",
            "[fe80::1]",
            "[fd00:ec2::254]",
        ] {
            let egress = egress(&[(&format!("http://{host}:80"), false)]);
            let checked = egress.check(&format!("http://{host}/"));
            assert!(matches!(checked, Err(EgressError::Denied(_))), "{host}");
        }
    }

    /// Answers everything with the request's URL.
    struct Played(std::sync::Mutex<Vec<Outgoing>>);

    impl Network for Played {
        fn exchange(
            &self,
            request: Outgoing,
        ) -> futures_util::future::BoxFuture<'_, Result<Incoming, String>> {
            let body = request.url.clone().into_bytes();
            self.0.lock().expect("not poisoned").push(request);
            let answer = Incoming {
                status: 201,
                body,
                ..Incoming::default()
            };
            Box::pin(std::future::ready(Ok(answer)))
        }
    }

    #[tokio::test]
    async fn a_played_platform_gets_what_would_leave_and_no_more() {
        let network = Arc::new(Played(std::sync::Mutex::default()));
        let grant = Grant {
            host: "api.example.com".parse().expect("a host"),
            may_be_private: false,
        };
        let limits = ChannelLimits {
            fetch_body: 1 << 10,
            ..ChannelLimits::default()
        };
        let limits = Limits::from(&limits);
        let egress = Egress::new(vec![grant], None, limits, Some(network.clone()));
        let egress = egress.expect("an egress");
        assert!(matches!(
            egress.check("https://elsewhere.example.com/"),
            Err(EgressError::Denied(_))
        ));
        let fetch = async |path: &str| {
            let url = egress.check(&format!("https://api.example.com/{path}"))?;
            let auth = Some(("user".to_owned(), "pass".to_owned()));
            let (method, body) = (reqwest::Method::PUT, b"text".to_vec());
            egress
                .fetch(method, url, Default::default(), auth, body, DEFAULT_TIMEOUT)
                .await
        };
        let answer = fetch("x?y").await.unwrap_or_else(|_| panic!("granted"));
        assert_eq!(
            (answer.status, &answer.body[..]),
            (201, &b"https://api.example.com/x?y"[..])
        );
        let request = network.0.lock().expect("not poisoned").remove(0);
        assert_eq!(
            (request.method.as_str(), &request.body[..]),
            ("PUT", &b"text"[..])
        );
        let authorization = b"Basic dXNlcjpwYXNz".to_vec();
        assert_eq!(
            request.headers,
            [("authorization".to_owned(), authorization)]
        );
        assert!(matches!(
            fetch(&"x".repeat(2_000)).await,
            Err(EgressError::AnswerTooLarge(_))
        ));
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_followed() {
        let egress = egress(&[("http://localhost:1", false)]);
        let url = egress
            .check("http://localhost:1/")
            .unwrap_or_else(|_| panic!("granted"));
        let answer = egress
            .fetch(
                reqwest::Method::GET,
                url,
                Default::default(),
                None,
                vec![],
                DEFAULT_TIMEOUT,
            )
            .await;
        let Err(EgressError::LeadsInside { text, .. }) = answer else {
            panic!("it was reached")
        };
        assert!(text.contains("private address"), "{text}");
    }
}
