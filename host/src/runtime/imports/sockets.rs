//! `sockets`: what a connector does with the clients that are connected to its channel.

use std::sync::Arc;

use serde_json::Value;

use crate::bindings::switchboard::channel::sockets::{Host, SocketError};
use crate::runtime::Rooms;
use crate::runtime::state::State;

/// The longest name of a room, bytes: a conversation's id may be as long.
const MAX_ROOM: usize = 4_096;

/// The longest name of an event, bytes.
const MAX_EVENT: usize = 256;

/// The longest arguments, bytes. What is emitted waits in memory for as many clients as read slowly.
const MAX_ARGUMENTS: usize = 1 << 20;

impl Host for State {
    fn emit(
        &mut self,
        room: String,
        event: String,
        arguments: String,
    ) -> wasmtime::Result<Result<(), SocketError>> {
        self.note_exposed(arguments.as_bytes());
        Ok(self.rooms().and_then(|rooms| {
            within("room", &room, MAX_ROOM)?;
            within("event's name", &event, MAX_EVENT)?;
            rooms.emit(&room, &event, parse(&arguments)?)
        }))
    }

    fn join(&mut self, socket: String, room: String) -> wasmtime::Result<Result<(), SocketError>> {
        Ok(self.rooms().and_then(|rooms| {
            within("room", &room, MAX_ROOM)?;
            rooms.join(&socket, &room)
        }))
    }

    fn leave(&mut self, socket: String, room: String) -> wasmtime::Result<Result<(), SocketError>> {
        Ok(self.rooms().and_then(|rooms| rooms.leave(&socket, &room)))
    }
}

impl State {
    fn rooms(&self) -> Result<&Arc<dyn Rooms>, SocketError> {
        self.context.rooms.get().ok_or_else(|| {
            SocketError::NotAvailable("the channel has no route of the transport `socketio`".into())
        })
    }
}

fn within(what: &str, text: &str, most: usize) -> Result<(), SocketError> {
    if text.is_empty() || text.len() > most {
        let size = text.len();
        return Err(SocketError::Invalid(format!(
            "the {what} has {size} bytes; 1 to {most}"
        )));
    }
    Ok(())
}

fn parse(arguments: &str) -> Result<Vec<Value>, SocketError> {
    let size = arguments.len();
    if size > MAX_ARGUMENTS {
        return Err(SocketError::Invalid(format!(
            "the arguments have {size} bytes; at most {MAX_ARGUMENTS}"
        )));
    }
    let invalid =
        |text: String| SocketError::Invalid(format!("the arguments are no JSON array: {text}"));
    crate::json::check(arguments).map_err(invalid)?;
    serde_json::from_str(arguments).map_err(|error| invalid(error.to_string()))
}
