//! Registering a webhook at the platform by a call, for platforms that have one.

use crate::bindings::lifecycle::exports::switchboard::channel::lifecycle as exports;
use crate::{Connector, Host, HttpError, SecretError, SendError, StateError};

/// The platform did not register or remove the webhook.
pub use exports::LifecycleError;

/// A connector that registers its webhook at the platform. Export it with
/// [`export_managed!`](crate::export_managed).
pub trait ManagedConnector: Connector {
    /// Tells the platform to call `url`, the channel's public mount without a slash at the end; `None` if the operator
    /// told the server no public address. Called when the channel starts, beside its first requests, and again later
    /// where the error was [`Retry`](LifecycleError::Retry); doing it twice must do no harm.
    ///
    /// # Errors
    ///
    /// The kind of [`LifecycleError`] decides whether the host tries again.
    fn activate(
        host: &dyn Host,
        settings: &Self::Settings,
        url: Option<&str>,
    ) -> Result<(), LifecycleError>;

    /// Undoes it. Called when the operator asks for it, before the channel is taken away; not at a restart. By default, nothing is done.
    ///
    /// # Errors
    ///
    /// As for [`activate`](ManagedConnector::activate).
    fn deactivate(host: &dyn Host, settings: &Self::Settings) -> Result<(), LifecycleError> {
        let _ = (host, settings);
        Ok(())
    }
}

impl From<SendError> for LifecycleError {
    /// For what [`HttpResponse::success`](crate::HttpResponse::success) says of the platform's answer.
    fn from(error: SendError) -> Self {
        match error {
            SendError::Retry(retry) => Self::Retry(retry.detail),
            SendError::RateLimited(limit) => Self::Retry(limit.detail),
            SendError::UnknownOutcome(text) => Self::Retry(text),
            SendError::Unauthorized(text) => Self::Unauthorized(text),
            SendError::Permanent(failure) => {
                Self::Permanent(format!("{}: {}", failure.code, failure.detail))
            }
            SendError::RecipientAway(absence) => Self::Retry(absence.detail),
            SendError::WindowClosed(text)
            | SendError::BlockedByUser(text)
            | SendError::Unsupported(text) => Self::Permanent(text),
        }
    }
}

impl From<HttpError> for LifecycleError {
    /// To register twice does no harm, so that an unknown outcome is tried again.
    fn from(error: HttpError) -> Self {
        SendError::from(error).into()
    }
}

impl From<SecretError> for LifecycleError {
    fn from(error: SecretError) -> Self {
        SendError::from(error).into()
    }
}

impl From<StateError> for LifecycleError {
    fn from(error: StateError) -> Self {
        match error {
            StateError::OverLimit(text) | StateError::NotAvailable(text) => Self::Permanent(text),
            StateError::Unavailable(text) => Self::Retry(text),
        }
    }
}
