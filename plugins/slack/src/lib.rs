//! Slack: the Events API, interactivity and slash commands come in on one address, all signed alike; answers go out by
//! the Web API.
//!
//! Settings, conversations and the shape of messages are those of Rasa's channel. Differs from it on purpose where that
//! loses or repeats what people say: a request of any content type that Slack uses is read, charset or not; a retry is
//! taken again, for the host knows by its id what it has; all actions of a payload count, and every element's value is
//! read; slash commands, shortcuts and modals are taken; files come in and go out; what Slack refuses is told by kind. A
//! forgery is a 401 there as on every channel, not Rasa's 400.
//!
//! Nothing is kept here. What an answer needs to know of the question travels in the conversation's address.

mod api;
mod place;
mod receive;
mod send;
mod settings;
#[cfg(test)]
mod tests;
mod verify;

use switchboard_sdk::{
    Address, Attempt, Connector, Description, Host, Part, Receipt, Refusal, Request, Response,
    SendError,
};

pub use settings::Settings;

/// The connector.
#[derive(Debug)]
pub struct Slack;

impl Connector for Slack {
    type Settings = Settings;
    const NAME: &'static str = "slack";

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
        verify::verify(host, &request)?;
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

switchboard_sdk::export!(Slack);
