//! Rocket.Chat: outgoing webhooks and Omnichannel's live chat come in on one address; answers go out by the REST API.
//!
//! Settings, conversations and the shape of messages are those of Rasa's channel. Differs from it on purpose where
//! that loses or believes too much: a request bears a token, which is checked; all messages of a live chat's batch
//! count, and a transcript is none; files come in; an answer goes into the thread of its question; the login is kept
//! and not made anew for each message; and Rocket.Chat gets an answer with a body, which it takes for success.
//!
//! There is no signature and no time in a request, only a token: what keeps a repetition harmless is that the host
//! knows the message's id.

mod activate;
mod api;
mod receive;
mod send;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod verify;

use switchboard_sdk::{
    Address, Attempt, Connector, Description, Host, LifecycleError, ManagedConnector, Part,
    Receipt, Refusal, Request, Response, SendError,
};

pub use settings::Settings;

/// The connector.
#[derive(Debug)]
pub struct RocketChat;

impl Connector for RocketChat {
    type Settings = Settings;
    const NAME: &'static str = "rocketchat";

    fn describe() -> Description {
        settings::describe()
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
        send::send(host, settings, to, &part.content)
    }
}

impl ManagedConnector for RocketChat {
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

switchboard_sdk::export_managed!(RocketChat);
