//! Telegram by its Bot API (<https://core.telegram.org/bots/api>): registers its webhook, takes every kind of update, and
//! answers with texts, keyboards, media, cards, places and whatever else a bot gives as custom JSON.
//!
//! Keeps what users of Rasa's connector know: its settings, `set_webhook`, a conversation for each chat, a location as the
//! text `{"lng":…, "lat":…}`, `/restart` that is followed by `/start`, `button_type` and the rules of custom JSON. Differs
//! on purpose: updates must bear the secret that was registered with the webhook, where Rasa takes them from anybody;
//! nobody is asked who the bot is at each update; nothing is answered with an error that makes Telegram send it again and
//! hold up its chat; a press of a button is answered, so that it does not keep spinning; media, captions, contacts and
//! service messages are no longer lost, nor is a reply whose keyboard Telegram would refuse.
//!
//! Nothing is stored that can be had otherwise. In particular the secret of the webhook, where the operator gives none, is
//! derived from the access token: as unguessable as that, the same on every node and after every loss of the store.

mod activate;
mod api;
mod payload;
mod place;
mod receive;
mod send;
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
pub struct Telegram;

impl Connector for Telegram {
    type Settings = Settings;
    const NAME: &'static str = "telegram";

    fn describe() -> Description {
        settings::describe()
    }

    fn routes(_: &Settings) -> Vec<Route> {
        vec![
            Route::post(activate::WEBHOOK),
            Route::get(activate::SET_WEBHOOK)
                .method("POST")
                .admin_only(),
        ]
    }

    fn warnings(settings: &Settings) -> Vec<String> {
        settings::warnings(settings)
    }

    fn receive(
        host: &dyn Host,
        settings: &Settings,
        route: &str,
        request: Request,
    ) -> Result<Response, Refusal> {
        if route == activate::SET_WEBHOOK {
            return activate::set_webhook(host, settings);
        }
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

impl ManagedConnector for Telegram {
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

switchboard_sdk::export_managed!(Telegram);
