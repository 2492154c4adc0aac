//! What an author implements: one trait, without state of its own. A connector is a type and not a value, because the
//! host may give every call a fresh instance; what must last goes through [`Host`]'s state functions.

use serde::de::DeserializeOwned;

use crate::{
    Address, Attempt, Description, Host, Part, Receipt, Refusal, Request, Response, Route,
    SendError,
};

/// A connector: the translation between one messaging platform and the host.
///
/// Export it with [`export!`](crate::export). One component holds one connector.
pub trait Connector: 'static {
    /// The channel's settings as `credentials.yml` gives them, checked by the host against [`describe`] and filled
    /// with defaults. A sealed setting arrives as [`Sealed`](crate::Sealed). Let the type ignore keys that it does not
    /// know, as serde does by default: the host may add `api_url`. With no settings, use
    /// [`NoSettings`](crate::NoSettings).
    ///
    /// Settings that cannot be read into this type stop the server when it starts, with serde's reason; so a rule that
    /// the contract's kinds cannot express belongs in the type's `Deserialize`.
    ///
    /// [`describe`]: Connector::describe
    type Settings: DeserializeOwned + 'static;

    /// The channel's name: its URL prefix under `/webhooks/`. One to 64 characters of `a` to `z`, `0` to `9`, `_`, `-`
    /// and `.`.
    const NAME: &'static str;

    /// What this connector is: its settings, the hosts that it calls, the kinds of part that it renders.
    fn describe() -> Description;

    /// Where it listens. By default, `POST` on `webhook`.
    fn routes(settings: &Self::Settings) -> Vec<Route> {
        let _ = settings;
        vec![Route::post("webhook")]
    }

    /// What the operator should know of settings that work and are not good: a signature that nobody checks, a name that
    /// is no longer used. Logged as warnings when the channel starts, and by `switchboard check`. By default, nothing.
    fn warnings(settings: &Self::Settings) -> Vec<String> {
        let _ = settings;
        Vec::new()
    }

    /// One inbound request of the platform on the route with the id `route`: verify it, translate it, hand it on.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] becomes the answer's status, and undoes what the call accepted and stored.
    fn receive(
        host: &dyn Host,
        settings: &Self::Settings,
        route: &str,
        request: Request,
    ) -> Result<Response, Refusal>;

    /// One part out. `Ok` means that the platform has it. By default, nothing can be sent: right for a platform that
    /// takes the bot's answer from the HTTP response alone.
    ///
    /// # Errors
    ///
    /// The kind of [`SendError`] decides whether the host tries again.
    fn send(
        host: &dyn Host,
        settings: &Self::Settings,
        to: &Address,
        part: &Part,
        attempt: &Attempt,
    ) -> Result<Receipt, SendError> {
        let _ = (host, settings, to, part, attempt);
        Err(SendError::Unsupported(format!(
            "`{}` answers in the HTTP response to a message; nothing can be sent at another time",
            Self::NAME
        )))
    }
}
