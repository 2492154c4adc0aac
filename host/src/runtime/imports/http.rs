//! `http`: requests to the platform, with sealed values put in where they belong.

use std::time::Duration;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::bindings::switchboard::channel::http::{Host, HttpError, Request, Response};
use crate::runtime::context::Context;
use crate::runtime::egress::{DEFAULT_TIMEOUT, EgressError, MAX_TIMEOUT};
use crate::runtime::sealed::Placeholders;
use crate::runtime::state::State;

/// Headers of one request.
const MAX_HEADERS: usize = 100;

/// Headers that belong to the host: they frame the message, or would send it elsewhere.
const HOSTS_OWN: [&str; 7] = [
    "connection",
    "content-length",
    "host",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "upgrade",
];

impl Host for State {
    async fn fetch(&mut self, request: Request) -> wasmtime::Result<Result<Response, HttpError>> {
        let most = self.context.limits.fetches;
        if self.call.requests >= most {
            return Ok(Err(HttpError::InvalidRequest(format!(
                "over {most} requests in one call; `limits.fetches` of the channel raises it"
            ))));
        }
        self.call.requests += 1;
        let placeholders = self.placeholders.as_ref().map(|(p, _)| p);
        let error = match fetch(&self.context, placeholders, request).await {
            Ok(response) => return Ok(Ok(response)),
            Err(error) => error,
        };
        let redact = |text: String| self.context.redactor.text(&text).into_owned();
        Ok(Err(match error {
            EgressError::Denied(host) => {
                tracing::warn!(
                    channel = &*self.context.label,
                    host,
                    "the connector was not let out; if it should be, add to the channel in credentials.yml: \
                     allow_hosts: [\"{host}\"]"
                );
                HttpError::Denied(format!("the channel may not reach {host}"))
            }
            EgressError::Invalid(text) => HttpError::InvalidRequest(redact(text)),
            EgressError::Unreachable(text) => HttpError::Unreachable(redact(text)),
            EgressError::TimedOut(text) => HttpError::TimedOut(redact(text)),
            EgressError::Interrupted(text) => HttpError::Interrupted(redact(text)),
            EgressError::TooLarge(text) => HttpError::TooLarge(redact(text)),
        }))
    }
}

async fn fetch(
    context: &Context,
    placeholders: Option<&Placeholders>,
    request: Request,
) -> Result<Response, EgressError> {
    let invalid = |text: String| EgressError::Invalid(text);
    let most = context.limits.fetch_body;
    if request.body.len() > most {
        return Err(invalid(format!(
            "the body is over {most} bytes; `limits.fetch_body` of the channel raises it"
        )));
    }
    if request.headers.len() > MAX_HEADERS {
        return Err(invalid(format!("over {MAX_HEADERS} headers")));
    }
    let method = reqwest::Method::from_bytes(request.method.as_bytes())
        .map_err(|_| invalid("the method is not a token".into()))?;
    // Where it goes is decided before any secret is put in, so that a secret cannot change it.
    let url = context.egress.check(&request.url)?;
    let seal = Seal {
        context,
        placeholders,
        target: &url,
    };

    let mut headers = HeaderMap::with_capacity(request.headers.len());
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| invalid(format!("`{name}` is not a header name")))?;
        if HOSTS_OWN.contains(&name.as_str()) {
            return Err(invalid(format!("the header `{name}` belongs to the host")));
        }
        let mut value =
            HeaderValue::from_bytes(&seal.reveal(value, str::to_owned)).map_err(|_| {
                invalid(format!(
                    "the value of header `{name}` has a control character"
                ))
            })?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    let basic_auth = request.basic_auth.map(|auth| {
        let text = |t: String| {
            String::from_utf8_lossy(&seal.reveal(t.as_bytes(), str::to_owned)).into_owned()
        };
        (text(auth.username), text(auth.password))
    });
    let body = seal.reveal_body(request.body);
    let target = seal.reveal_url()?;
    let timeout = request.timeout_ms.map_or(DEFAULT_TIMEOUT, |ms| {
        Duration::from_millis(ms.into()).min(MAX_TIMEOUT)
    });
    let answer = context
        .egress
        .fetch(method, target, headers, basic_auth, body, timeout)
        .await?;
    // A platform that repeats a secret must not tell it to the connector.
    let conceal = |bytes: Vec<u8>| match placeholders {
        Some(placeholders) => placeholders.conceal(bytes),
        None => bytes,
    };
    let conceal = |bytes: Vec<u8>| context.redactor.bytes(conceal(bytes));
    Ok(Response {
        status: answer.status,
        headers: answer
            .headers
            .into_iter()
            .map(|(name, value)| (name, conceal(value)))
            .collect(),
        body: conceal(answer.body),
    })
}

/// Puts sealed values in, where they may go.
struct Seal<'a> {
    context: &'a Context,
    placeholders: Option<&'a Placeholders>,
    target: &'a Url,
}

impl Seal<'_> {
    fn reveal(&self, text: &[u8], encode: impl Fn(&str) -> String) -> Vec<u8> {
        self.reveal_where(text, |_| true, encode)
    }

    fn reveal_body(&self, body: Vec<u8>) -> Vec<u8> {
        match self.placeholders {
            Some(placeholders) if placeholders.any_in(&body) => self.reveal_where(
                &body,
                |index| {
                    self.context
                        .seals
                        .get(index)
                        .is_some_and(|seal| seal.in_body)
                },
                str::to_owned,
            ),
            _ => body,
        }
    }

    fn reveal_url(&self) -> Result<Url, EgressError> {
        let head = &self.target[..url::Position::BeforePath];
        let tail = &self.target[url::Position::BeforePath..];
        let tail = self.reveal(tail.as_bytes(), percent_encode);
        let text = format!("{head}{}", String::from_utf8_lossy(&tail));
        Url::parse(&text).map_err(|e| EgressError::Invalid(format!("the URL: {e}")))
    }

    fn reveal_where(
        &self,
        text: &[u8],
        also: impl Fn(usize) -> bool,
        encode: impl Fn(&str) -> String,
    ) -> Vec<u8> {
        match self.placeholders {
            Some(placeholders) => placeholders.reveal(
                text,
                |index| self.meant_for_target(index) && also(index),
                encode,
            ),
            None => text.to_vec(),
        }
    }

    fn meant_for_target(&self, index: usize) -> bool {
        let seal = self.context.seals.get(index);
        seal.is_some_and(|seal| seal.hosts.iter().any(|host| host.allows(self.target)))
    }
}

/// Everything but the unreserved characters of RFC 3986.
fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
