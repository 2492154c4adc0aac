//! Google Chat, which Rasa's users know as Hangouts: an event comes in, and what the bot says to it is the answer of
//! the same request. Nothing can be sent at another time, because that would need a service account's key, which signs
//! with RSA; the contract has no such signature.
//!
//! Settings, address and the shape of answers are those of Rasa's channel. Differs from it on purpose where that
//! confuses people or loses something: a sender is the user's id, for two people may have one name; who adds the bot to
//! a direct chat is greeted and not bid farewell; the mention of the bot is taken off, and a slash command is an intent;
//! cards are cards, and dialogs are closed; what Chat would refuse as too large is cut; what is odd is acknowledged.

mod answer;
mod receive;
mod settings;
#[cfg(test)]
mod tests;
mod verify;

use switchboard_sdk::{Connector, Description, Host, Refusal, Request, Response};

pub use settings::Settings;

/// The connector.
#[derive(Debug)]
pub struct Hangouts;

impl Connector for Hangouts {
    type Settings = Settings;
    const NAME: &'static str = "hangouts";

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
        receive::receive(host, settings, &request.json_object()?)
    }
}

switchboard_sdk::export!(Hangouts);
