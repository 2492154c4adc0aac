//! Rocket.Chat's REST API, and what its refusals mean.

use std::time::Duration;

use serde_json::{Map, Value};
use switchboard_sdk::{Host, HttpRequest, HttpResponse, JsonObject, RateScope, SendError};

use crate::session;
use crate::settings::{Account, Settings};

/// How long to wait where Rocket.Chat says that there is too much and not for how long: its default window.
const WINDOW: Duration = Duration::from_secs(60);

/// The longest wait that is believed. The reset is a time and not a span, and the two clocks may disagree.
const LONGEST: Duration = Duration::from_secs(60 * 60);

const NO_API_HINT: &str = "; is `server_url` Rocket.Chat's, with its path?";

/// The longest code of an error that is repeated, bytes.
const MAX_CODE: usize = 64;

/// The address of a method of the API.
pub(crate) fn url(settings: &Settings, method: &str) -> String {
    [&settings.server, "/api/v1/", method].concat()
}

/// Posts a message. A login that Rocket.Chat no longer knows is made anew, once.
pub(crate) fn post_message(
    host: &dyn Host,
    settings: &Settings,
    message: &Map<String, Value>,
) -> Result<JsonObject, SendError> {
    let post = |user_id: &str, token: &str| -> Result<_, SendError> {
        let request = HttpRequest::post(&url(settings, "chat.postMessage"))
            .header("x-auth-token", token)
            .header("x-user-id", user_id)
            .json(message);
        Ok(checked(host, host.fetch(request)?))
    };
    let answer = match &settings.account {
        Account::Token { user_id, token } => post(user_id, token.placeholder())?,
        Account::Login(login) => {
            let session = session::session(host, settings, login)?;
            let answer = post(&session.user_id, &session.token)?;
            if answer.as_ref().is_err_and(Failure::is_unknown_login) {
                let session = session::log_in(host, settings, login)?;
                post(&session.user_id, &session.token)?
            } else {
                answer
            }
        }
    };
    answer.map_err(Failure::of_message)
}

/// Why Rocket.Chat did not do it.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u16,
    /// Rocket.Chat's own word for it, such as `error-invalid-room`; empty where it has none.
    code: String,
    after_ms: Option<u64>,
}

/// The code of an answer that is none of the API: Rocket.Chat has a page for every address that it does not know.
const NO_API: &str = "no-api";

/// The answer, if it is a success: by its status, and by what it says.
pub(crate) fn checked(host: &dyn Host, answer: HttpResponse) -> Result<JsonObject, Failure> {
    let is_success = matches!(answer.status, 200..=299);
    let code = match answer.json_object() {
        Ok(body) => {
            let says = |name, what: &str| body.json(name).is_some_and(|said| said == what);
            if is_success && !says("success", "false") && !says("status", "\"error\"") {
                return Ok(body);
            }
            code(&body).unwrap_or_default()
        }
        Err(_) if is_success => NO_API.to_owned(),
        Err(_) => String::new(),
    };
    Err(Failure {
        status: answer.status,
        code,
        after_ms: after_ms(host, &answer),
    })
}

/// `errorType`, else what stands in brackets at the end of `error`, else `error` where it is one word.
fn code(body: &JsonObject) -> Option<String> {
    let is_word = |text: &str| {
        let is_of_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        (1..=MAX_CODE).contains(&text.len()) && text.bytes().all(is_of_word)
    };
    let error = body.filled("error").unwrap_or_default();
    let bracketed = error
        .strip_suffix(']')
        .and_then(|error| error.rsplit_once('['));
    let kind = body.filled("errorType").unwrap_or_default();
    let candidates = [Some(&*kind), bracketed.map(|(_, code)| code), Some(&*error)];
    let code = candidates
        .into_iter()
        .flatten()
        .find(|text| is_word(text))?;
    Some(code.to_owned())
}

/// `X-RateLimit-Reset` is a time in milliseconds, `Retry-After` what a proxy says.
fn after_ms(host: &dyn Host, answer: &HttpResponse) -> Option<u64> {
    let reset = answer.header("x-ratelimit-reset");
    let reset = reset.and_then(|reset| reset.trim().parse().ok());
    let left = |reset| Duration::from_millis(reset).saturating_sub(host.unix_time());
    let after = reset.map(left).or_else(|| answer.retry_after())?;
    let after = after.clamp(Duration::from_secs(1), LONGEST);
    u64::try_from(after.as_millis()).ok()
}

impl Failure {
    fn is_unknown_login(&self) -> bool {
        self.status == 401
    }

    /// What it means for a message.
    pub(crate) fn of_message(self) -> SendError {
        if let Some(error) = self.passing() {
            return error;
        }
        let detail = |hint| self.detail(hint);
        match (self.status, self.code.as_str()) {
            (401, _) => SendError::Unauthorized(detail(
                "; is `auth_token` the one of `user_id`, and the account active?",
            )),
            // It was not refused, and nobody says that it was done.
            (_, NO_API) => SendError::UnknownOutcome(detail(NO_API_HINT)),
            (_, "room_is_blocked") => SendError::BlockedByUser(detail("")),
            (_, "room-closed" | "error-room-closed") => {
                SendError::WindowClosed(detail("; the live chat is over"))
            }
            _ => self.permanent(match self.code.as_str() {
                "invalid-channel" | "error-invalid-room" | "error-room-not-found" => {
                    "; there is no such room, or the bot is not in it"
                }
                "error-not-allowed" | "error-unauthorized" | "unauthorized" => {
                    "; the bot may not write there: is it in the room, and does its role allow it?"
                }
                "You_have_been_muted" => "; the bot is muted in the room",
                "room_is_archived" => "; the room is archived",
                "error-message-size-exceeded" => {
                    "; set the server's `Message_MaxAllowedSize` to 5,000 or more"
                }
                _ => "",
            }),
        }
    }

    /// What it means for a login, before which nothing was sent.
    pub(crate) fn of_login(self) -> SendError {
        let is_blocked = self.code.starts_with("error-login-blocked");
        if is_blocked {
            return SendError::retry(
                self.after_ms,
                self.detail("; Rocket.Chat refuses logins for a while after several that failed"),
            );
        }
        if let Some(error) = self.passing() {
            return error;
        }
        match (self.status, self.code.as_str()) {
            (_, "totp-required") => SendError::Unauthorized(self.detail(
                "; the account asks for a second factor, which a bot has not: give it a personal access token, \
                 `auth_token` and `user_id`, made with *Ignore Two Factor Authentication*",
            )),
            (401 | 403, _) => SendError::Unauthorized(
                self.detail("; are `user` and `password` right?"),
            ),
            (_, NO_API) => self.permanent(NO_API_HINT),
            _ => self.permanent(""),
        }
    }

    /// What passes by itself.
    fn passing(&self) -> Option<SendError> {
        match (self.status, self.code.as_str()) {
            (429, _) | (_, "error-too-many-requests") => {
                let window = u64::try_from(WINDOW.as_millis()).ok();
                let after_ms = self.after_ms.or(window);
                // Of the address that the server calls from, whatever the room.
                let hint =
                    "; the permission `api-bypass-rate-limit` lifts the limit for the bot's role";
                Some(SendError::rate_limited(
                    after_ms,
                    RateScope::Channel,
                    self.detail(hint),
                ))
            }
            (408 | 425 | 500..=599, _) => Some(SendError::retry(self.after_ms, self.detail(""))),
            _ => None,
        }
    }

    fn permanent(&self, hint: &str) -> SendError {
        let hint = match self.status {
            300..=399 => {
                ", and redirects are not followed; is `server_url` right, `https` included?"
            }
            404 => NO_API_HINT,
            _ => hint,
        };
        let code = match self.code.as_str() {
            "" => self.status.to_string(),
            code => code.to_owned(),
        };
        SendError::permanent(code, self.detail(hint))
    }

    fn detail(&self, hint: &str) -> String {
        let code = match self.code.as_str() {
            "" => String::new(),
            code => [", ", code].concat(),
        };
        [
            "Rocket.Chat answers ",
            &self.status.to_string(),
            &code,
            hint,
        ]
        .concat()
    }
}
