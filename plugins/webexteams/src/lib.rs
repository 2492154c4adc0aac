//! Cisco Webex: messages and presses of card buttons come in as notices without content, which is then fetched; answers
//! go out as messages and adaptive cards.
//!
//! Settings, conversations and the shape of messages are those of Rasa's channel. Differs from it on purpose where that
//! loses, repeats or believes too much: the signature is checked, and only what a bot should hear reaches it, whatever
//! kinds of notices are registered; the bot's own messages are known before they are fetched; an event that Webex cannot
//! show yet is asked for again instead of being lost; the bot's name before a message in a group is taken off; answers go
//! into the thread of the message; buttons are buttons. The webhook is registered by the connector.
//!
//! Nobody believes what a notice says beside an id: the message is Webex's, fetched with the bot's token. That is why the
//! connector works, with a warning, where no `secret` proves who calls.

mod activate;
mod api;
mod me;
mod receive;
mod send;
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
pub struct WebexTeams;

impl Connector for WebexTeams {
    type Settings = Settings;
    const NAME: &'static str = "webexteams";

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
        verify::verify(host, settings, &request)?;
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

impl ManagedConnector for WebexTeams {
    fn activate(
        host: &dyn Host,
        settings: &Settings,
        url: Option<&str>,
    ) -> Result<(), LifecycleError> {
        activate::activate(host, settings, url)
    }

    fn deactivate(host: &dyn Host, settings: &Settings) -> Result<(), LifecycleError> {
        activate::deactivate(host, settings)
    }
}

switchboard_sdk::export_managed!(WebexTeams);
