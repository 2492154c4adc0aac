//! What a failed import means for the call that made it, so that `?` does the right thing in `receive` and `send`; and
//! short ways to say why a part did not go out.

use crate::{
    AcceptError, BotError, HttpError, JsonError, PermanentFailure, RateLimit, RateScope,
    RecipientAbsence, Refusal, Retry, SecretError, SendError, StateError,
};

impl BotError {
    /// What happened, for people.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Unavailable(text)
            | Self::TimedOut(text)
            | Self::InvalidAnswer(text)
            | Self::Overloaded(text)
            | Self::InvalidMessage(text)
            | Self::NotAvailable(text) => text,
        }
    }
}

impl SendError {
    /// It will not go out, however often it is tried. `code` is the platform's, or a word of yours.
    #[must_use]
    pub fn permanent(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Permanent(PermanentFailure {
            code: code.into(),
            detail: detail.into(),
        })
    }

    /// It did not go out, and may be tried again: after so many milliseconds, else by the host's own schedule.
    #[must_use]
    pub fn retry(after_ms: Option<u64>, detail: impl Into<String>) -> Self {
        Self::Retry(Retry {
            after_ms,
            detail: detail.into(),
        })
    }

    /// Nobody is connected who could take it. Where the recipient may return the part waits, else it is a dead letter.
    #[must_use]
    pub fn away(may_return: bool, detail: impl Into<String>) -> Self {
        Self::RecipientAway(RecipientAbsence {
            may_return,
            detail: detail.into(),
        })
    }

    /// The platform wants fewer calls, of this scope, for so many milliseconds.
    #[must_use]
    pub fn rate_limited(
        after_ms: Option<u64>,
        scope: RateScope,
        detail: impl Into<String>,
    ) -> Self {
        Self::RateLimited(RateLimit {
            after_ms,
            scope,
            detail: detail.into(),
        })
    }
}

impl From<BotError> for Refusal {
    fn from(error: BotError) -> Self {
        Self::BotFailed(error)
    }
}

impl From<AcceptError> for Refusal {
    /// `Unavailable` becomes the one refusal that the host answers with 503 and Retry-After, so that the platform
    /// sends the event again.
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Invalid(text) => Self::BadRequest(text),
            AcceptError::TooMany(text) => Self::TooLarge(text),
            AcceptError::Unavailable(text) => Self::BotFailed(BotError::Overloaded(text)),
            AcceptError::NotAvailable(text) => Self::BotFailed(BotError::NotAvailable(text)),
        }
    }
}

impl From<JsonError> for Refusal {
    fn from(error: JsonError) -> Self {
        Self::BadRequest(error.to_string())
    }
}

impl From<SecretError> for Refusal {
    /// What cannot be verified is refused.
    fn from(error: SecretError) -> Self {
        Self::Unauthorized(secret_text(&error))
    }
}

/// There is none for [`SendError`]: whether the part had left by then, only the connector knows.
impl From<StateError> for Refusal {
    /// `Unavailable` becomes the one refusal that the host answers with 503 and Retry-After, as it does for events.
    fn from(error: StateError) -> Self {
        match error {
            StateError::OverLimit(text) => Self::TooLarge(text),
            StateError::Unavailable(text) => Self::BotFailed(BotError::Overloaded(text)),
            StateError::NotAvailable(text) => Self::BotFailed(BotError::NotAvailable(text)),
        }
    }
}

impl From<SecretError> for SendError {
    fn from(error: SecretError) -> Self {
        Self::permanent("secret", secret_text(&error))
    }
}

fn secret_text(error: &SecretError) -> String {
    match error {
        SecretError::UnknownSetting(text) | SecretError::NotSet(text) => text.clone(),
    }
}

impl From<HttpError> for SendError {
    /// Only a request that never left may be repeated without asking anyone.
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Unreachable(detail) => Self::retry(None, detail),
            HttpError::TimedOut(detail)
            | HttpError::Interrupted(detail)
            | HttpError::TooLarge(detail) => Self::UnknownOutcome(detail),
            HttpError::Denied(detail) => Self::permanent("denied", detail),
            HttpError::InvalidRequest(detail) => Self::permanent("invalid-request", detail),
        }
    }
}
