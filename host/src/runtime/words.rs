//! A connector's words about what went wrong, without secrets: they are logged, kept and shown.

use super::redact::Redactor;
use crate::bindings::connector::{
    PermanentFailure, RateLimit, RecipientAbsence, Refusal, Retry, SendError,
};
use crate::bindings::managed::LifecycleError;
use crate::bindings::types::BotError;

/// The longest text that is kept, bytes: enough for a platform's error in JSON.
const LONGEST: usize = 2 << 10;

pub(super) fn of_refusal(refusal: Refusal, redactor: &Redactor) -> Refusal {
    let clean = |text: String| clean(&text, redactor);
    match refusal {
        Refusal::Unauthorized(text) => Refusal::Unauthorized(clean(text)),
        Refusal::Forbidden(text) => Refusal::Forbidden(clean(text)),
        Refusal::BadRequest(text) => Refusal::BadRequest(clean(text)),
        Refusal::NotFound(text) => Refusal::NotFound(clean(text)),
        Refusal::UnsupportedMediaType(text) => Refusal::UnsupportedMediaType(clean(text)),
        Refusal::TooLarge(text) => Refusal::TooLarge(clean(text)),
        Refusal::BotFailed(error) => Refusal::BotFailed(match error {
            BotError::Unavailable(text) => BotError::Unavailable(clean(text)),
            BotError::TimedOut(text) => BotError::TimedOut(clean(text)),
            BotError::InvalidAnswer(text) => BotError::InvalidAnswer(clean(text)),
            BotError::Overloaded(text) => BotError::Overloaded(clean(text)),
            BotError::InvalidMessage(text) => BotError::InvalidMessage(clean(text)),
            BotError::NotAvailable(text) => BotError::NotAvailable(clean(text)),
        }),
    }
}

pub(super) fn of_send_error(error: SendError, redactor: &Redactor) -> SendError {
    let clean = |text: String| clean(&text, redactor);
    match error {
        SendError::Retry(retry) => SendError::Retry(Retry {
            detail: clean(retry.detail),
            ..retry
        }),
        SendError::RateLimited(limit) => SendError::RateLimited(RateLimit {
            detail: clean(limit.detail),
            ..limit
        }),
        SendError::WindowClosed(text) => SendError::WindowClosed(clean(text)),
        SendError::RecipientAway(absence) => SendError::RecipientAway(RecipientAbsence {
            detail: clean(absence.detail),
            ..absence
        }),
        SendError::BlockedByUser(text) => SendError::BlockedByUser(clean(text)),
        SendError::Unauthorized(text) => SendError::Unauthorized(clean(text)),
        SendError::Permanent(failure) => SendError::Permanent(PermanentFailure {
            code: clean(failure.code),
            detail: clean(failure.detail),
        }),
        SendError::Unsupported(text) => SendError::Unsupported(clean(text)),
        SendError::UnknownOutcome(text) => SendError::UnknownOutcome(clean(text)),
    }
}

pub(super) fn of_lifecycle_error(error: LifecycleError, redactor: &Redactor) -> LifecycleError {
    let clean = |text: String| clean(&text, redactor);
    match error {
        LifecycleError::Retry(text) => LifecycleError::Retry(clean(text)),
        LifecycleError::Unauthorized(text) => LifecycleError::Unauthorized(clean(text)),
        LifecycleError::Permanent(text) => LifecycleError::Permanent(clean(text)),
    }
}

pub(super) fn clean(text: &str, redactor: &Redactor) -> String {
    let text = redactor.text(text);
    if text.len() <= LONGEST {
        return text.into_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(LONGEST)])
}
