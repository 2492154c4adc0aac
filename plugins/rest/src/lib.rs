//! Rasa's REST channel: a client posts a message, and gets the bot's answer in the response, whole or line by line.
//!
//! Everything happens within the request. So nothing can be sent at another time, and a bot that is down is the
//! client's to know: it gets the error instead of an empty answer.

mod receive;
mod settings;
#[cfg(test)]
mod tests;

use switchboard_sdk::{Connector, Description, Host, Refusal, Request, Response};

pub use settings::Settings;

/// The connector.
#[derive(Debug)]
pub struct Rest;

impl Connector for Rest {
    type Settings = Settings;
    const NAME: &'static str = "rest";

    fn describe() -> Description {
        settings::describe()
    }

    fn receive(
        host: &dyn Host,
        settings: &Settings,
        _route: &str,
        request: Request,
    ) -> Result<Response, Refusal> {
        receive::receive(host, settings, &request)
    }
}

switchboard_sdk::export!(Rest);
