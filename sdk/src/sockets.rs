//! Clients that speak Socket.IO, for connectors with a route of that transport.

use crate::bindings::socket_events::exports::switchboard::channel::socket_events as exports;
use crate::{Connector, Host, SendError, SocketError};

/// A client that asks to be let in, and something that one emitted.
pub use exports::{Handshake, SocketEvent};

/// A connector whose clients speak Socket.IO: one with a [`Route::socketio`](crate::Route::socketio). Export it with
/// [`export_sockets!`](crate::export_sockets).
pub trait SocketConnector: Connector {
    /// A client asks to be let in on the route with the id `route`. What is returned, JSON of at most 4 KiB, is kept with
    /// the socket and comes back with each of its events.
    ///
    /// # Errors
    ///
    /// Refuses the client. The text is for the operator's log; the client does not learn why.
    fn connected(
        host: &dyn Host,
        settings: &Self::Settings,
        route: &str,
        handshake: &Handshake,
    ) -> Result<Option<String>, String>;

    /// A client emitted an event: translate it, hand it on. Those of one socket come one after the other. What is returned
    /// is the acknowledgement, a JSON array, for the client that asked for one; `None` is an empty one.
    ///
    /// # Errors
    ///
    /// Undoes what the call accepted and stored. The text is for the operator's log; the client stays connected.
    fn emitted(
        host: &dyn Host,
        settings: &Self::Settings,
        route: &str,
        event: &SocketEvent,
    ) -> Result<Option<String>, String>;
}

impl From<SocketError> for SendError {
    /// For a room whose clients may come back. Where they cannot, say so: [`SendError::away`].
    fn from(error: SocketError) -> Self {
        match error {
            SocketError::Nobody(text) => Self::away(true, text),
            SocketError::Congested(text) => Self::retry(None, text),
            SocketError::Invalid(text) => Self::permanent("invalid", text),
            SocketError::NotAvailable(text) => Self::permanent("not-available", text),
        }
    }
}
