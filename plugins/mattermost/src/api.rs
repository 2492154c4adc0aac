//! Mattermost's REST API, and what its refusals mean for a part.

use std::time::Duration;

use switchboard_sdk::{Host, HttpRequest, HttpResponse, RateScope, SendError};

use crate::session;
use crate::settings::{API, Account, Settings};

/// For a request that is one of several within a `send`, which has 30 seconds as a whole; the last one has the usual
/// 10.
pub(crate) const SHORT: Duration = Duration::from_secs(5);

/// The longest that Mattermost can ask to wait for by its own header, seconds.
const MAX_RESET: u64 = 3_600;

/// A request to a path of the API.
pub(crate) fn request(settings: &Settings, method: &str, path: &str) -> HttpRequest {
    HttpRequest::new(method, &[&settings.site, API, path].concat())
}

/// Makes a call as the bot. An answer is a success, anything else an error. A session that has expired is renewed,
/// once.
pub(crate) fn call(
    host: &dyn Host,
    settings: &Settings,
    request: HttpRequest,
) -> Result<HttpResponse, SendError> {
    let (user, password) = match &settings.account {
        Account::Token(token) => {
            let answer = host.fetch(request.bearer_auth(token.placeholder()))?;
            return success(answer, "is `token` the bot's, and still valid?");
        }
        Account::Login { user, password } => (user, password),
    };
    if let Some(session) = session::kept(host, settings, user) {
        let answer = host.fetch(request.clone().bearer_auth(&session))?;
        if answer.status != 401 {
            return success(answer, "");
        }
    }
    let session = session::login(host, settings, user, password)?;
    let answer = host.fetch(request.bearer_auth(&session))?;
    success(answer, "though it just took `user` and `pw`")
}

/// The answer of a call whose 401 means what `hint` says.
pub(crate) fn success(answer: HttpResponse, hint: &str) -> Result<HttpResponse, SendError> {
    match answer.status {
        200..=299 => Ok(answer),
        status => Err(refusal(status, &answer, hint)),
    }
}

fn refusal(status: u16, answer: &HttpResponse, hint: &str) -> SendError {
    // Such as `api.context.permissions.app_error`; the message beside it may repeat what users wrote.
    let body = answer.json_object().unwrap_or_default();
    let id = body.filled("id").filter(|id| is_error_id(id));
    let status_text = status.to_string();
    let detail = |hint: &str| {
        let mut detail = ["Mattermost answers ", &status_text].concat();
        if let Some(id) = &id {
            detail.push_str(" `");
            detail.push_str(id);
            detail.push('`');
        }
        if !hint.is_empty() {
            detail.push_str("; ");
            detail.push_str(hint);
        }
        detail
    };
    match status {
        429 => SendError::rate_limited(after_ms(answer), RateScope::Channel, detail("")),
        // What the server is told not to do, it will not do later.
        501 => SendError::permanent(id.as_deref().unwrap_or("501"), detail("")),
        408 | 425 | 500..=599 => SendError::retry(answer.retry_after_ms(), detail("")),
        401 => SendError::Unauthorized(detail(hint)),
        _ => {
            let hint = match status {
                300..=399 => "redirects are not followed: is `url` the address itself?",
                403 => "is the bot a member of the team and the channel, and allowed to do this?",
                404 => "there is no such channel, user or post, or `url` is not Mattermost's",
                413 => "it is larger than the server takes",
                _ => "",
            };
            SendError::permanent(id.as_deref().unwrap_or(&status_text), detail(hint))
        }
    }
}

/// Newer servers say it as everybody does, older ones in a header of their own, in seconds too.
fn after_ms(answer: &HttpResponse) -> Option<u64> {
    let reset = || {
        let seconds: u64 = answer.header("x-ratelimit-reset")?.trim().parse().ok()?;
        let is_span = seconds <= MAX_RESET;
        is_span.then(|| Duration::from_secs(seconds.max(1)))
    };
    let after = answer.retry_after().or_else(reset)?;
    u64::try_from(after.as_millis()).ok()
}

fn is_error_id(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    id.len() <= 100 && id.bytes().all(is_plain)
}

/// Before the last of several calls nobody has seen anything, whatever became of the request.
pub(crate) fn unseen(error: SendError) -> SendError {
    match error {
        SendError::UnknownOutcome(text) => SendError::retry(None, text),
        other => other,
    }
}

/// For the log, where nothing else comes of it.
pub(crate) fn reason(error: &SendError) -> &str {
    match error {
        SendError::Retry(retry) => &retry.detail,
        SendError::RateLimited(limit) => &limit.detail,
        SendError::Permanent(failure) => &failure.detail,
        SendError::RecipientAway(absence) => &absence.detail,
        SendError::WindowClosed(text)
        | SendError::BlockedByUser(text)
        | SendError::Unauthorized(text)
        | SendError::Unsupported(text)
        | SendError::UnknownOutcome(text) => text,
    }
}
