//! The bot's own token, which its id and password are exchanged for. Kept until shortly before it expires.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use switchboard_sdk::{
    Host, HttpError, HttpRequest, HttpResponse, JsonObject, LengthUnit, LogLevel, RateScope,
    SendError, text,
};

use crate::Settings;

/// Under this it is kept.
const KEY: &str = "token";

/// How long before its end it is not used any more, seconds.
const EARLY: u64 = 5 * 60;

/// How long one is taken to hold where the login does not say, seconds.
const USUAL: u64 = 60 * 60;

/// A token, and whose it is: settings may change, and one of another app is as good as none.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    app_id: String,
    from: String,
    scope: String,
    token: String,
}

/// What was kept, else a new one.
pub(crate) fn token(host: &dyn Host, settings: &Settings) -> Result<String, SendError> {
    let kept = host.state_get(KEY).ok().flatten();
    let kept: Option<Kept> = kept.and_then(|kept| serde_json::from_slice(&kept).ok());
    match kept.filter(|kept| kept.is_of(settings)) {
        Some(kept) => Ok(kept.token),
        None => renewed(host, settings),
    }
}

/// A new one.
pub(crate) fn renewed(host: &dyn Host, settings: &Settings) -> Result<String, SendError> {
    let request = HttpRequest::post(&settings.token_url).form([
        ("grant_type", "client_credentials"),
        ("client_id", settings.app_id.as_str()),
        ("client_secret", settings.app_password.placeholder()),
        ("scope", settings.scope.as_str()),
    ]);
    let answer = host.fetch(request).map_err(not_sent)?;
    let body = answer.json_object().unwrap_or_default();
    if answer.status != 200 {
        return Err(refused(&answer, &body));
    }
    let Some(token) = body.filled("access_token") else {
        return Err(SendError::retry(None, "the login gave no token"));
    };
    // A number, or a text with one in it.
    let seconds = body
        .id("expires_in")
        .and_then(|seconds| seconds.parse().ok());
    let seconds: u64 = seconds.unwrap_or(USUAL);
    let kept = Kept {
        app_id: settings.app_id.clone(),
        from: settings.token_url.clone(),
        scope: settings.scope.clone(),
        token: token.clone(),
    };
    let holds = Duration::from_secs(seconds.saturating_sub(EARLY));
    if let (Ok(json), false) = (serde_json::to_vec(&kept), holds.is_zero()) {
        // Where it cannot be kept, the next part has one of its own.
        if host.state_set(KEY, &json, Some(holds)).is_err() {
            host.log(LogLevel::Warn, "the bot's token could not be kept", &[]);
        }
    }
    Ok(token)
}

impl Kept {
    fn is_of(&self, settings: &Settings) -> bool {
        (&self.app_id, &self.from, &self.scope)
            == (&settings.app_id, &settings.token_url, &settings.scope)
    }
}

/// However it failed: the part itself has not left.
fn not_sent(error: HttpError) -> SendError {
    match SendError::from(error) {
        SendError::UnknownOutcome(detail) => SendError::retry(None, detail),
        error => error,
    }
}

/// What the login says to a wrong id, password or tenant, in the way of OAuth (RFC 6749): a word, and Microsoft's numbers.
fn refused(answer: &HttpResponse, body: &JsonObject) -> SendError {
    let status = answer.status;
    let word = body.filled("error").unwrap_or_default();
    let word = text::cut(&word, 100, LengthUnit::Bytes);
    let numbers: Vec<u32> = body.value("error_codes").unwrap_or_default();
    let numbers: Vec<String> = numbers.iter().take(5).map(u32::to_string).collect();
    let detail = format!("the login answers {status} {word} {}", numbers.join(" "));
    let detail = detail.trim_end().to_owned();
    let after_ms = answer.retry_after_ms();
    match status {
        429 => SendError::rate_limited(after_ms, RateScope::Channel, detail),
        400 | 401 | 403 if word != "temporarily_unavailable" => SendError::Unauthorized(
            detail
                + "; are `app_id`, `app_password` and `tenant_id` right, and the secret not expired?",
        ),
        400..=428 | 500..=599 => SendError::retry(after_ms, detail),
        _ => SendError::permanent(status.to_string(), detail),
    }
}
