//! Webex's REST API, and what its refusals mean: for a part that was to be sent, and for something that was to be fetched.

use std::time::Duration;

use switchboard_sdk::{Host, HttpRequest, HttpResponse, JsonObject, RateScope, SendError};

use crate::Settings;
use crate::receive::logged;

/// What `api_url` stands in for.
const API: &str = "https://webexapis.com/v1";

/// How long to wait where Webex says that there is too much and not for how long, milliseconds. Its own libraries
/// assume the same.
const TOO_MUCH_MS: u64 = 15_000;

/// How soon to send a notice again whose content could not be fetched, seconds, where Webex does not say.
const LATER_SECONDS: u64 = 5;

/// How long a notice is kept waiting for its content. How long Webex waits for us is not documented.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest id that is looked up, bytes; Webex's have about 80.
const MAX_ID: usize = 512;

/// A request to a path of the API, with the bot's token.
pub(crate) fn request(settings: &Settings, method: &str, path: &str) -> HttpRequest {
    let url = [base(settings), path].concat();
    at(settings, method, &url)
}

fn base(settings: &Settings) -> &str {
    let base = settings.api_url.as_deref().unwrap_or(API);
    base.trim_end_matches('/')
}

/// Whether an address that Webex gave is one of its API. The host would let the token go to no other, and say so.
pub(crate) fn is_of(settings: &Settings, url: &str) -> bool {
    [API, base(settings)]
        .into_iter()
        .any(|ours| origin(ours) == origin(url))
}

/// Scheme and host.
fn origin(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    Some((scheme, rest.split('/').next()?))
}

/// A request to an address that Webex gave, with the bot's token.
pub(crate) fn at(settings: &Settings, method: &str, url: &str) -> HttpRequest {
    HttpRequest::new(method, url).bearer_auth(settings.access_token.placeholder())
}

/// An id as a segment of a path; `None` for what can be none. It comes from whoever calls.
pub(crate) fn segment(id: &str) -> Option<String> {
    let is_id = (1..=MAX_ID).contains(&id.len()) && id != "." && id != "..";
    is_id.then(|| id.bytes().fold(String::new(), push_encoded))
}

fn push_encoded(mut path: String, byte: u8) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        path.push(char::from(byte));
    } else {
        path.push('%');
        path.push(char::from(DIGITS[usize::from(byte >> 4)]));
        path.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    path
}

/// Makes the call. An answer is a success, anything else an error.
pub(crate) fn call(host: &dyn Host, request: HttpRequest) -> Result<HttpResponse, SendError> {
    let answer = host.fetch(request)?;
    match answer.status {
        200..=299 => Ok(answer),
        status => Err(refusal(status, &answer)),
    }
}

fn refusal(status: u16, answer: &HttpResponse) -> SendError {
    let after_ms = answer.retry_after_ms();
    let detail = |hint: &str| {
        let tracking = answer.header("trackingid").map(logged);
        let tracking = tracking.map_or(String::new(), |id| [", trackingId ", &id].concat());
        ["Webex answers ", &status.to_string(), &tracking, hint].concat()
    };
    match status {
        429 => {
            let after_ms = after_ms.unwrap_or(TOO_MUCH_MS).max(1_000);
            // Of the bot, whatever it does.
            SendError::rate_limited(Some(after_ms), RateScope::Channel, detail(""))
        }
        423 => SendError::retry(after_ms, detail("; a file is still being checked")),
        408 | 425 | 500..=599 => SendError::retry(after_ms, detail("")),
        401 => SendError::Unauthorized(detail("; is `access_token` the bot's, and still valid?")),
        _ => SendError::permanent(
            status.to_string(),
            detail(match status {
                300..=399 => ", and redirects are not followed; is `api_url` right?",
                403 => {
                    "; the bot may not do this here: is it in the room, and allowed by the organization?"
                }
                404 => "; there is no such room, person or message, or the bot is not in the room",
                428 => "; the file cannot be checked for malware",
                _ => "",
            }),
        ),
    }
}

/// Why there is nothing to read.
#[derive(Debug)]
pub(crate) enum Missing {
    /// Webex does not have it, or not for this bot: it was deleted, or someone made the id up.
    Gone(String),
    /// It may be had after so many seconds.
    Later(u64, String),
    /// The same, and the operator must do something.
    Unauthorized(String),
}

impl Missing {
    /// After how many seconds it is worth trying again; `None` if it never is.
    pub(crate) const fn after(&self) -> Option<u64> {
        match self {
            Self::Gone(_) => None,
            Self::Later(seconds, _) => Some(*seconds),
            Self::Unauthorized(_) => Some(LATER_SECONDS),
        }
    }
}

impl From<SendError> for Missing {
    /// Reading twice does no harm, so that an unknown outcome is tried again.
    fn from(error: SendError) -> Self {
        let later = |after_ms: Option<u64>, detail| {
            let seconds = after_ms.map_or(LATER_SECONDS, |ms| ms.div_ceil(1_000).max(1));
            Self::Later(seconds, detail)
        };
        match error {
            SendError::Retry(retry) => later(retry.after_ms, retry.detail),
            SendError::RateLimited(limit) => later(limit.after_ms, limit.detail),
            SendError::UnknownOutcome(detail) => later(None, detail),
            SendError::Unauthorized(detail) => Self::Unauthorized(detail),
            SendError::Permanent(failure) if failure.code == "denied" => {
                Self::Unauthorized(failure.detail)
            }
            SendError::Permanent(failure) => Self::Gone(failure.detail),
            SendError::RecipientAway(absence) => Self::Gone(absence.detail),
            SendError::WindowClosed(detail)
            | SendError::BlockedByUser(detail)
            | SendError::Unsupported(detail) => Self::Gone(detail),
        }
    }
}

/// Fetches an object.
pub(crate) fn get(host: &dyn Host, settings: &Settings, path: &str) -> Result<JsonObject, Missing> {
    let request = request(settings, "GET", path).timeout(PATIENCE);
    let answer = call(host, request)?;
    answer
        .json_object()
        .map_err(|error| Missing::Later(LATER_SECONDS, error.to_string()))
}
