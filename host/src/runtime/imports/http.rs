//! `http`: requests to the platform, with sealed values put in where they belong.

use std::time::Duration;

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::bindings::switchboard::channel::http::{Host, HttpError, Request, Response};
use crate::runtime::context::Context;
use crate::runtime::egress::{DEFAULT_TIMEOUT, EgressError, MAX_TIMEOUT, MAX_URL};
use crate::runtime::sealed::Placeholders;
use crate::runtime::state::State;

/// Headers of one request.
const MAX_HEADERS: usize = 100;
/// Names and values of all headers of one request, bytes, with sealed values in their places.
const MAX_HEADER_BYTES: usize = 64 << 10;

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
        if !self.call.watch.may_request(most) {
            let text = format!(
                "over {most} requests in one call; `limits.fetches` of the channel raises it"
            );
            return Ok(Err(HttpError::InvalidRequest(self.limited(text))));
        }
        let placeholders = self.placeholders.as_ref().map(|(p, _)| p);
        let error = match fetch(&self.context, placeholders, request).await {
            Ok(response) => return Ok(Ok(response)),
            Err(error) => error,
        };
        let context = self.context.clone();
        let redact = |text: String| context.redactor.text(&text).into_owned();
        Ok(Err(match error {
            EgressError::Denied(host) => {
                context.say_denied("allow_hosts", &host);
                HttpError::Denied(format!("the channel may not reach {host}"))
            }
            EgressError::LeadsInside { host, text } => {
                context.say_denied("allow_private_hosts", &host);
                HttpError::Unreachable(redact(text))
            }
            EgressError::Invalid(text) => HttpError::InvalidRequest(redact(text)),
            EgressError::Unreachable(text) => HttpError::Unreachable(redact(text)),
            EgressError::TimedOut(text) => HttpError::TimedOut(redact(text)),
            EgressError::Interrupted(text) => HttpError::Interrupted(redact(text)),
            EgressError::BodyTooLarge(text) => HttpError::InvalidRequest(self.limited(text)),
            EgressError::AnswerTooLarge(text) => HttpError::TooLarge(self.limited(text)),
            EgressError::NoConnection(text) => HttpError::Unreachable(self.limited(text)),
        }))
    }
}

impl Context {
    /// Tells the operator what the channel lacks: `host` under `key`.
    fn say_denied(&self, key: &str, host: &str) {
        if self.may_log() {
            tracing::warn!(
                channel = &*self.label,
                host,
                "the connector was not let out; if it should be, add to the channel in credentials.yml: \
                 {key}: [\"{host}\"]"
            );
        }
    }
}

async fn fetch(
    context: &Context,
    placeholders: Option<&Placeholders>,
    request: Request,
) -> Result<Response, EgressError> {
    let invalid = |text: String| EgressError::Invalid(text);
    let most = context.limits.fetch_body;
    let body_too_large = || {
        EgressError::BodyTooLarge(format!(
            "the body is over {most} bytes; `limits.fetch_body` of the channel raises it"
        ))
    };
    if request.body.len() > most {
        return Err(body_too_large());
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
    let mut left = MAX_HEADER_BYTES;
    for (name, value) in request.headers {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| invalid(format!("`{name}` is not a header name")))?;
        if HOSTS_OWN.contains(&name.as_str()) {
            return Err(invalid(format!("the header `{name}` belongs to the host")));
        }
        let value = seal.reveal(value, left, |_| true, str::to_owned);
        let value = value
            .filter(|value| value.len() + name.as_str().len() <= left)
            .ok_or_else(|| invalid(format!("over {MAX_HEADER_BYTES} bytes of headers")))?;
        left -= value.len() + name.as_str().len();
        let mut value = HeaderValue::from_bytes(&value).map_err(|_| {
            invalid(format!(
                "the value of header `{name}` has a control character"
            ))
        })?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    let basic_auth = match request.basic_auth {
        Some(auth) => Some((seal.text(auth.username)?, seal.text(auth.password)?)),
        None => None,
    };
    let body = seal
        .reveal(
            request.body,
            most,
            |index| {
                let seal = context.seals.get(index);
                seal.is_some_and(|seal| seal.in_body)
            },
            encoding(&headers),
        )
        .ok_or_else(body_too_large)?;
    let target = seal.url()?;
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
    /// `None` if it becomes longer than `most` bytes.
    fn reveal(
        &self,
        text: Vec<u8>,
        most: usize,
        also: impl Fn(usize) -> bool,
        encode: impl Fn(&str) -> String,
    ) -> Option<Vec<u8>> {
        let Some(placeholders) = self.placeholders else {
            return Some(text);
        };
        let may_use = |index| self.meant_for_target(index) && also(index);
        placeholders.reveal(text, most, may_use, encode)
    }

    /// A user name or password.
    fn text(&self, text: String) -> Result<String, EgressError> {
        let text = self.reveal(text.into_bytes(), MAX_HEADER_BYTES, |_| true, str::to_owned);
        let text = text.ok_or_else(|| {
            EgressError::Invalid(format!("basic-auth is over {MAX_HEADER_BYTES} bytes"))
        })?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn url(&self) -> Result<Url, EgressError> {
        let head = &self.target[..url::Position::BeforePath];
        let tail = self.target[url::Position::BeforePath..].as_bytes();
        let tail = self
            .reveal(tail.to_vec(), MAX_URL, |_| true, percent_encode)
            .ok_or_else(|| EgressError::Invalid(format!("the URL is over {MAX_URL} bytes")))?;
        let text = format!("{head}{}", String::from_utf8_lossy(&tail));
        Url::parse(&text).map_err(|e| EgressError::Invalid(format!("the URL: {e}")))
    }

    fn meant_for_target(&self, index: usize) -> bool {
        let seal = self.context.seals.get(index);
        seal.is_some_and(|seal| seal.hosts.iter().any(|host| host.allows(self.target)))
    }
}

/// How a value is written into a body, so that it stays one whatever it holds.
fn encoding(headers: &HeaderMap) -> fn(&str) -> String {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    if kind.starts_with(b"application/json") {
        json_encode
    } else if kind.starts_with(b"application/x-www-form-urlencoded") {
        percent_encode
    } else {
        str::to_owned
    }
}

/// The inside of a JSON string: without the quotation marks that it has at both ends.
fn json_encode(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Everything but the unreserved characters of RFC 3986, and the colon: it means itself in a path and in a query, and
/// stands in the tokens that Telegram has in its paths, where not every server and proxy of that API decodes them.
fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            out.push(byte.into());
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
