//! Clients that speak Socket.IO: the calls that a connector gets for them, and what it may do with those that are
//! connected. The protocol itself is spoken elsewhere.

use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::Value;

use super::channel::{Channel, Run};
use super::exports::Exports;
use super::failure::CallError;
use super::state::Streaming;
use super::words;
use crate::bindings::socket_events::{Handshake, SocketEvent};
use crate::bindings::switchboard::channel::sockets::SocketError;
use crate::bindings::types::Event;
use crate::store::StateWrite;

/// What a connector may keep with a socket, bytes.
const MAX_CONTEXT: usize = 4 << 10;

/// A call's result as the contract has it: JSON, or the reason for the operator.
type Said = Result<Option<String>, String>;

/// The clients that are connected to a channel, and the rooms that they are in.
pub trait Rooms: Send + Sync + 'static {
    /// Emits to every client in a room.
    ///
    /// # Errors
    ///
    /// When nobody is in it, or nobody there can take more.
    fn emit(&self, room: &str, event: &str, arguments: Vec<Value>) -> Result<(), SocketError>;

    /// Puts a socket into a room.
    ///
    /// # Errors
    ///
    /// When there is no such socket, or it is in too many.
    fn join(&self, socket: &str, room: &str) -> Result<(), SocketError>;

    /// Takes a socket out of a room.
    ///
    /// # Errors
    ///
    /// When there is no such socket.
    fn leave(&self, socket: &str, room: &str) -> Result<(), SocketError>;

    /// Whether a client is in the room.
    fn is_anybody_in(&self, room: &str) -> bool;
}

/// What came of a socket's event.
#[derive(Debug)]
pub struct Answered {
    /// What the connector returned, checked: the socket's context, or the acknowledgement's arguments. Else why it refused.
    pub answer: Said,
    /// What was accepted; empty for a refusal.
    pub events: Vec<Event>,
    /// What the connector wants to keep; empty for a refusal.
    pub state: Vec<StateWrite>,
}

impl Channel {
    /// Gives the channel its clients, once.
    pub fn set_rooms(&self, rooms: Arc<dyn Rooms>) {
        // A second time nothing is to be gained.
        let _ = self.context.rooms.set(rooms);
    }

    /// Whether a client is in the room of that name.
    #[must_use]
    pub fn is_anybody_in(&self, room: &str) -> bool {
        let rooms = self.context.rooms.get();
        rooms.is_some_and(|rooms| rooms.is_anybody_in(room))
    }

    /// Asks the connector whether a client is let in. The answer is what is to be kept with the socket.
    ///
    /// # Errors
    ///
    /// When the connector cannot be called, traps, is not done in time, or answers against the contract.
    pub async fn connected(
        &self,
        route: Arc<str>,
        handshake: Handshake,
    ) -> Result<Answered, CallError> {
        self.call_for_socket(check_context, move |exports, store| {
            async move {
                match exports.sockets() {
                    Some(sockets) => sockets.call_connected(store, &route, &handshake).await,
                    None => Ok(no_sockets()),
                }
            }
            .boxed()
        })
        .await
    }

    /// Gives the connector what a client emitted. The answer is the acknowledgement's arguments.
    ///
    /// # Errors
    ///
    /// As for [`connected`](Self::connected).
    pub async fn emitted(
        &self,
        route: Arc<str>,
        event: SocketEvent,
    ) -> Result<Answered, CallError> {
        self.call_for_socket(check_acknowledgement, move |exports, store| {
            async move {
                match exports.sockets() {
                    Some(sockets) => sockets.call_emitted(store, &route, &event).await,
                    None => Ok(no_sockets()),
                }
            }
            .boxed()
        })
        .await
    }

    async fn call_for_socket(
        &self,
        check: fn(&str) -> Result<(), String>,
        run: impl Run<Exports, Said>,
    ) -> Result<Answered, CallError> {
        let ended = self
            .call(Streaming::NoResponse, |exports, store| {
                async move {
                    let said = run(exports, &mut *store).await?;
                    store.data().note_exposed_in(&said);
                    Ok(said)
                }
                .boxed()
            })
            .await;
        let answer = match ended.outcome? {
            Ok(answer) => answer,
            Err(reason) => {
                let reason = words::clean(&reason, &self.context.redactor);
                return Ok(Answered {
                    answer: Err(reason),
                    events: Vec::new(),
                    state: Vec::new(),
                });
            }
        };
        if let Some(json) = &answer {
            check(json).map_err(CallError::BadAnswer)?;
        }
        Ok(Answered {
            answer: Ok(answer),
            events: ended.events,
            state: ended.state,
        })
    }
}

fn no_sockets() -> Said {
    Err("the connector does not export `socket-events`".to_owned())
}

fn check_context(json: &str) -> Result<(), String> {
    if json.len() > MAX_CONTEXT {
        let size = json.len();
        return Err(format!(
            "`connected` returned {size} bytes; at most {MAX_CONTEXT}"
        ));
    }
    crate::json::check(json).map_err(|e| format!("`connected` returned no JSON: {e}"))
}

fn check_acknowledgement(json: &str) -> Result<(), String> {
    let wrong = |text: &str| Err(format!("`emitted` returned no JSON array: {text}"));
    match crate::json::check(json) {
        Ok(()) if json.trim_start().starts_with('[') => Ok(()),
        Ok(()) => wrong("another value"),
        Err(error) => wrong(&error),
    }
}
