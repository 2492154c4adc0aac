//! Web chat over Socket.IO, as rasa-webchat and other widgets speak it: `session_request` and `session_confirm`,
//! `user_uttered` in, `bot_uttered` out. The host speaks the protocol; what events mean is decided here.
//!
//! Settings, events and the shapes of messages are those of Rasa's channel. Differs from it on purpose where that loses,
//! breaks or believes too much: everything happens in the namespace that is set; a session can be one that we issued, to
//! one person, so that nobody reads another's chat by its id; a message that is sent again is heard once; a widget that
//! greets with nothing does not bother the bot; an answer that finds nobody waits for the client to come back; cards come
//! in the list that widgets read; custom JSON arrives as the bot wrote it.
//!
//! `demo_page` adds a page to talk to the bot in a browser, see `demo`.

mod demo;
mod receive;
mod send;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod verify;

use switchboard_sdk::{
    Address, Attempt, Connector, Description, Handshake, Host, Part, Receipt, Refusal, Request,
    Response, Route, SendError, SocketConnector, SocketEvent,
};

pub use settings::Settings;

/// The connector.
#[derive(Debug)]
pub struct SocketIo;

impl Connector for SocketIo {
    type Settings = Settings;
    const NAME: &'static str = "socketio";

    fn describe() -> Description {
        settings::describe()
    }

    fn routes(settings: &Settings) -> Vec<Route> {
        let socket = Route::socketio(&settings.path, &settings.namespace).id("socket");
        let page = settings.demo_page.then(|| Route::get("chat"));
        [socket].into_iter().chain(page).collect()
    }

    fn warnings(settings: &Settings) -> Vec<String> {
        settings.warnings()
    }

    /// The page is all that is asked for by HTTP.
    fn receive(
        _host: &dyn Host,
        settings: &Settings,
        _route: &str,
        request: Request,
    ) -> Result<Response, Refusal> {
        demo::page(settings, &request)
    }

    fn send(
        host: &dyn Host,
        settings: &Settings,
        to: &Address,
        part: &Part,
        _attempt: &Attempt,
    ) -> Result<Receipt, SendError> {
        send::send(host, settings, &to.conversation, part)
    }
}

impl SocketConnector for SocketIo {
    fn connected(
        host: &dyn Host,
        settings: &Settings,
        _route: &str,
        handshake: &Handshake,
    ) -> Result<Option<String>, String> {
        verify::verify(host, settings, handshake)
    }

    fn emitted(
        host: &dyn Host,
        settings: &Settings,
        _route: &str,
        event: &SocketEvent,
    ) -> Result<Option<String>, String> {
        receive::receive(host, settings, event)?;
        Ok(None)
    }
}

switchboard_sdk::export_sockets!(SocketIo);
