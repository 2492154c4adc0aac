//! Microsoft Bot Framework: Teams, Web Chat, Direct Line and whatever else an Azure Bot is connected to. Activities come
//! in, each with a token that Microsoft signed; answers go to the service that the token vouches for.
//!
//! Settings, address and shape of messages are those of Rasa's channel. Differs from it on purpose where that believes too
//! much or loses something: who issued a token, for which service and until when is checked, its algorithm is ours to
//! choose, and keys are looked up again when a new one is used; what a card submits is heard, mentions of the bot are not;
//! a button's payload becomes an action; single-tenant bots get their token; a refused message is tried again or reported.
//!
//! The bot's own token is as good as its password for an hour. It is sent to the service URL of an activity that a
//! validated token vouched for, as the host keeps it with the conversation, and to the hosts below alone.

mod api;
mod receive;
mod send;
mod settings;
#[cfg(test)]
mod tests;
mod token;
mod verify;

use switchboard_sdk::{
    Address, Attempt, Connector, Description, Host, Part, Receipt, Refusal, Request, Response,
    SendError,
};

pub use settings::Settings;

/// The connector.
#[derive(Debug)]
pub struct BotFramework;

impl Connector for BotFramework {
    type Settings = Settings;
    const NAME: &'static str = "botframework";

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
        let caller = verify::caller(host, settings, &request)?;
        let activity = request.json_object()?;
        caller.may_say(&activity)?;
        receive::receive(host, settings, &activity)
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

switchboard_sdk::export!(BotFramework);
