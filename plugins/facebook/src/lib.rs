//! Facebook Messenger: the inbox of a Page. Meta posts what happens in signed batches; answers go out by the Send API of
//! the Graph API.
//!
//! Differs from Rasa's on purpose. Inbound: the signature is that of `X-Hub-Signature-256` and a wrong one gets 401, a
//! wrong verification 403; a batch is taken whole, and not up to its first message; echoes of attachments are not
//! answered; stickers, places and shared things reach the bot, with Meta's own JSON as metadata; Meta is not kept waiting
//! for the bot. Outbound: what Meta answers is read, quick replies keep their images, more buttons than fit are not lost,
//! and each call carries a proof that it comes from the owner of the app's secret.
//!
//! One app has one webhook for all of its Pages, and each Page a token of its own. So a channel may answer for several
//! Pages: a message carries the id of its Page as the address for answers, and that chooses the token.

mod activate;
mod api;
mod receive;
mod send;
mod sent;
mod settings;
#[cfg(test)]
mod tests;
mod verify;

use switchboard_sdk::{
    Address, Attempt, Connector, Description, Host, LifecycleError, ManagedConnector, Part,
    Receipt, Refusal, Request, Response, Route, SendError,
};

pub use settings::Settings;

/// The connector.
#[derive(Debug)]
pub struct Facebook;

impl Connector for Facebook {
    type Settings = Settings;
    const NAME: &'static str = "facebook";

    fn describe() -> Description {
        settings::describe()
    }

    fn routes(_settings: &Settings) -> Vec<Route> {
        vec![Route::post("webhook").method("GET")]
    }

    fn warnings(settings: &Settings) -> Vec<String> {
        settings.warnings()
    }

    fn receive(
        host: &dyn Host,
        settings: &Settings,
        _route: &str,
        request: Request,
    ) -> Result<Response, Refusal> {
        receive::receive(host, settings, &request)
    }

    fn send(
        host: &dyn Host,
        settings: &Settings,
        to: &Address,
        part: &Part,
        _attempt: &Attempt,
    ) -> Result<Receipt, SendError> {
        send::send(host, settings, to, part)
    }
}

impl ManagedConnector for Facebook {
    /// The webhook itself is entered at Meta by hand, with the app's credentials, which a Page has not; so the public
    /// address is of no use here.
    fn activate(
        host: &dyn Host,
        settings: &Settings,
        _url: Option<&str>,
    ) -> Result<(), LifecycleError> {
        activate::activate(host, settings)
    }

    fn deactivate(host: &dyn Host, settings: &Settings) -> Result<(), LifecycleError> {
        activate::deactivate(host, settings)
    }
}

switchboard_sdk::export_managed!(Facebook);
