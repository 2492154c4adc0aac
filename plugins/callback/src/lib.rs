//! Rasa's callback channel: a client posts a message and is told `success` as soon as it is on record; each part of the
//! bot's answer is then posted to the client's own address.
//!
//! Differs from Rasa's on purpose: the client is not kept waiting for the bot, its metadata reaches the bot, and a post
//! that fails is tried again instead of being lost.

mod receive;
mod send;
mod settings;
#[cfg(test)]
mod tests;

use switchboard_sdk::{
    Address, Attempt, Connector, Description, Host, Part, Receipt, Refusal, Request, Response,
    SendError,
};

pub use settings::Settings;

/// The connector.
#[derive(Debug)]
pub struct Callback;

impl Connector for Callback {
    type Settings = Settings;
    const NAME: &'static str = "callback";

    fn describe() -> Description {
        settings::describe()
    }

    fn receive(
        host: &dyn Host,
        _settings: &Settings,
        _route: &str,
        request: Request,
    ) -> Result<Response, Refusal> {
        receive::receive(host, &request)
    }

    fn send(
        host: &dyn Host,
        settings: &Settings,
        to: &Address,
        part: &Part,
        attempt: &Attempt,
    ) -> Result<Receipt, SendError> {
        send::send(host, settings, to, part, attempt)
    }
}

switchboard_sdk::export!(Callback);
