//! Mattermost: outgoing webhooks, slash commands and presses of buttons come in on one address; answers go out by the
//! REST API, version 4.
//!
//! Settings and the shape of posts are those of Rasa's channel, those of its first generation (`user`, `pw`) included.
//! Differs from it on purpose: the token of a webhook is looked at; a webhook may send forms, which is Mattermost's
//! default; a button carries a proof that it is ours, for Mattermost gives none with a press; slash commands, menus,
//! threads and files are taken; what the bot itself posted is not heard; what Mattermost refuses is told by kind.
//!
//! Kept is what Mattermost does not send along: who the bot is, a session where there is no token, and which address
//! buttons lead to.

mod activate;
mod api;
mod me;
mod place;
mod receive;
mod send;
mod session;
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
pub struct Mattermost;

impl Connector for Mattermost {
    type Settings = Settings;
    const NAME: &'static str = "mattermost";

    fn describe() -> Description {
        settings::describe()
    }

    /// A slash command may be set to come by `GET`.
    fn routes(_: &Settings) -> Vec<Route> {
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
        attempt: &Attempt,
    ) -> Result<Receipt, SendError> {
        send::send(host, settings, to, part, attempt)
    }
}

impl ManagedConnector for Mattermost {
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

switchboard_sdk::export_managed!(Mattermost);
