//! Calls to the Bot API, and what its errors mean.

use std::time::Duration;

use serde_json::{Map, Value};
use switchboard_sdk::{
    Host, HttpRequest, HttpResponse, JsonObject, LifecycleError, RateScope, SendError,
};

use crate::Settings;

/// Where the API is, unless the operator runs a server of their own.
const API: &str = "https://api.telegram.org";

/// For a call. Telegram fetches files of 20 MB meanwhile; the host allows 30 seconds for all calls of a part.
const TIMEOUT: Duration = Duration::from_secs(25);

/// Characters of Telegram's description that are passed on.
const MAX_DETAIL: usize = 200;

/// Why a call came to nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Telegram said no.
    Refused(Refused),
    /// There is no answer that could be read.
    Unanswered(SendError),
}

/// Telegram's no.
#[derive(Debug)]
pub(crate) struct Refused {
    code: u16,
    description: String,
    /// Seconds to wait.
    retry_after: Option<u64>,
    /// The supergroup that the group has become.
    pub(crate) moved_to: Option<String>,
}

/// Calls a method; the answer, whose `result` is what the method gives.
pub(crate) fn call(
    host: &dyn Host,
    settings: &Settings,
    method: &str,
    body: &Map<String, Value>,
) -> Result<JsonObject, Failure> {
    let base = settings.api_url.as_deref().unwrap_or(API);
    let base = base.trim_end_matches('/');
    let token = &settings.access_token;
    let request = HttpRequest::post(&format!("{base}/bot{token}/{method}"))
        .json(body)
        .timeout(TIMEOUT);
    let response = host
        .fetch(request)
        .map_err(|error| Failure::Unanswered(error.into()))?;
    read(response)
}

fn read(response: HttpResponse) -> Result<JsonObject, Failure> {
    let Ok(answer) = response.json_object() else {
        // A proxy's page, say. The status alone tells.
        let unread = || SendError::UnknownOutcome("the answer cannot be read".to_owned());
        return Err(Failure::Unanswered(match response.success() {
            Ok(_) => unread(),
            Err(error) => error,
        }));
    };
    if answer.is_true("ok") {
        return Ok(answer);
    }
    let parameters = answer.object("parameters").unwrap_or_default();
    let seconds = parameters.value("retry_after");
    Err(Failure::Refused(Refused {
        code: answer.value("error_code").unwrap_or(response.status),
        description: answer.filled("description").unwrap_or_default(),
        retry_after: seconds.or_else(|| Some(response.retry_after()?.as_secs())),
        moved_to: parameters.whole_number("migrate_to_chat_id"),
    }))
}

impl Refused {
    /// Whether Telegram's description says this, in any case.
    pub(crate) fn says(&self, text: &str) -> bool {
        let description = self.description.to_ascii_lowercase();
        description.contains(&text.to_ascii_lowercase())
    }

    /// Whether nothing is wrong but that it was done before, or is no longer needed.
    pub(crate) fn is_harmless(&self) -> bool {
        self.says("message is not modified") || self.says("query is too old")
    }

    /// Telegram's words, without what it quotes of the bot's.
    fn detail(&self) -> String {
        let words = self.description.split('"').next().unwrap_or_default();
        let words: String = words.chars().take(MAX_DETAIL).collect();
        match words.trim_end() {
            "" => format!("Telegram says no, and no more than {}", self.code),
            words => format!("Telegram says: {words}"),
        }
    }
}

impl From<Refused> for SendError {
    fn from(refused: Refused) -> Self {
        let detail = refused.detail();
        let after_ms = refused
            .retry_after
            .map(|seconds| seconds.saturating_mul(1_000));
        match refused.code {
            // Of the limits (a chat, a group, the bot), those of a chat are reached first; the answer does not tell.
            429 => Self::rate_limited(after_ms, RateScope::Conversation, detail),
            401 => Self::Unauthorized(detail),
            404 if !refused.says("method not found") => Self::Unauthorized(format!(
                "{detail}; is `access_token` complete, and `api_url` right?"
            )),
            421 => Self::Unauthorized(format!(
                "{detail}; the bot is signed on to another API server"
            )),
            403 => Self::BlockedByUser(detail),
            408 | 409 | 500.. => Self::retry(after_ms, detail),
            code => Self::permanent(code.to_string(), detail),
        }
    }
}

impl From<Failure> for SendError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refused) => refused.into(),
            Failure::Unanswered(error) => error,
        }
    }
}

impl From<Failure> for LifecycleError {
    fn from(failure: Failure) -> Self {
        SendError::from(failure).into()
    }
}

/// The id of the message that a call made; the first one's, where it made an album.
pub(crate) fn message_id(answer: &JsonObject) -> Option<String> {
    let album = answer.objects("result");
    let message = album.into_iter().next();
    let message = message.or_else(|| answer.object("result"))?;
    message.whole_number("message_id").filter(|id| id != "0")
}
