//! Clients that speak Socket.IO, for connectors with a route of that transport.

use serde_json::value::RawValue;

use crate::bindings::socket_events::exports::switchboard::channel::socket_events as exports;
use crate::json::{mended, object};
use crate::{Connector, Host, JsonError, JsonObject, RateScope, SendError, SocketError, from_json};

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

impl SocketEvent {
    /// The first of the arguments, which clients of most servers give alone; an empty object if there is none, or it is
    /// `null`. Half of a character becomes U+FFFD, as in [`Request::json_object`](crate::Request::json_object).
    ///
    /// # Errors
    ///
    /// It is something else.
    #[inline]
    pub fn data(&self) -> Result<JsonObject, JsonError> {
        let arguments = mended(self.arguments.as_bytes());
        let arguments: Vec<Box<RawValue>> = from_json(Some(&arguments)).unwrap_or_default();
        match arguments.first().map(|first| first.get()) {
            None | Some("null") => Ok(JsonObject::default()),
            Some(first) => object("the event's argument", first.as_bytes()),
        }
    }
}

impl From<SocketError> for SendError {
    /// For a room whose clients may come back. Where they cannot, say so: [`SendError::away`].
    fn from(error: SocketError) -> Self {
        match error {
            SocketError::Nobody(text) => Self::away(true, text),
            // One slow client says nothing about the others.
            SocketError::Congested(text) => Self::rate_limited(None, RateScope::Conversation, text),
            SocketError::Invalid(text) => Self::permanent("invalid", text),
            SocketError::NotAvailable(text) => Self::permanent("not-available", text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_argument() {
        let data = |arguments: &str| {
            let event = SocketEvent {
                socket: "s1".to_owned(),
                context: None,
                name: "said".to_owned(),
                arguments: arguments.to_owned(),
            };
            event.data().map(|data| data.to_json())
        };
        assert_eq!(data(r#"[{"a": 1.0}, 2]"#).as_deref(), Ok(r#"{"a":1.0}"#));
        assert_eq!(
            data(r#"[{"a":"hi \ud83d"}]"#).as_deref(),
            Ok("{\"a\":\"hi \\ufffd\"}")
        );
        for none in ["[]", "[null]", "[ null ,1]"] {
            assert_eq!(data(none).as_deref(), Ok("{}"), "{none}");
        }
        let error = data(r#"["text"]"#).expect_err("no object").to_string();
        assert_eq!(
            error,
            "the event's argument must be a JSON object, found a string"
        );
    }
}
