//! Twilio's Programmable Messaging: SMS, MMS and WhatsApp on one channel, told apart by the prefix of an address
//! (`whatsapp:+1…`), as Twilio does.
//!
//! Everything that the connector must remember of a conversation (whom the user wrote to, when, the message to show typing
//! for) travels in the message's `reply`, which the host keeps: it has no state of its own.
//!
//! Differs from Rasa's on purpose: every request must be signed; Twilio is told at once that a message has arrived, and
//! not when the bot has answered; media, button payloads and places arrive whole; a WhatsApp user is answered from a
//! WhatsApp number, where Rasa lets Twilio refuse the SMS number; what fails is tried again or explained, not lost; and the
//! reports of delivery are read.

mod address;
mod api;
mod receive;
mod reply;
mod send;
mod settings;
#[cfg(test)]
mod tests;
mod verify;

use switchboard_sdk::{
    Address, Attempt, Connector, Description, Host, Part, Receipt, Refusal, Request, Response,
    Route, SendError,
};

pub use settings::Settings;

/// The connector.
#[derive(Debug)]
pub struct Twilio;

impl Connector for Twilio {
    type Settings = Settings;
    const NAME: &'static str = "twilio";

    fn describe() -> Description {
        settings::describe()
    }

    /// All routes take all that Twilio sends; `status` is for operators who like to tell the two apart in their logs.
    fn routes(settings: &Settings) -> Vec<Route> {
        let own = settings.webhook_path.as_deref();
        ["webhook", "status"]
            .into_iter()
            .chain(own)
            .map(|path| Route::post(path).method("GET"))
            .collect()
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

switchboard_sdk::export!(Twilio);
