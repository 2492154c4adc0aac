//! Who is in which room, and what is emitted to them.

use std::str::FromStr;

use serde_json::Value;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::SocketRef;
use socketioxide::operators::BroadcastOperators;
use socketioxide::socket::Sid;
use socketioxide::{SendError, SocketError as Undelivered};

use super::Transport;
use super::packet::Arguments;
use crate::bindings::switchboard::channel::sockets::SocketError;
use crate::runtime::Rooms;

/// Rooms that one socket may be in.
const MAX_ROOMS: usize = 16;

impl Rooms for Transport {
    fn emit(&self, room: &str, event: &str, arguments: Vec<Value>) -> Result<(), SocketError> {
        let arguments = Arguments::of(&arguments);
        let (mut has_sent, mut behind) = (false, Vec::new());
        for socket in self.in_room(room) {
            match socket.emit(event, &arguments) {
                Ok(()) => has_sent = true,
                Err(SendError::Socket(Undelivered::InternalChannelFull)) => behind.push(socket),
                // It is about to go.
                Err(SendError::Socket(_)) => {}
                Err(SendError::Serialize(error)) => {
                    return Err(SocketError::Invalid(error.to_string()));
                }
            }
        }
        if has_sent {
            // They would miss this one and see the next.
            for socket in behind {
                self.close_slow(socket);
            }
            return Ok(());
        }
        if behind.is_empty() {
            return Err(SocketError::Nobody("no client is there".to_owned()));
        }
        Err(SocketError::Congested(
            "the client reads too slowly".to_owned(),
        ))
    }

    fn join(&self, socket: &str, room: &str) -> Result<(), SocketError> {
        let socket = self.socket(socket)?;
        let rooms = socket.rooms();
        if rooms.iter().any(|other| other == room) {
            return Ok(());
        }
        if rooms.len() >= MAX_ROOMS {
            return Err(SocketError::Invalid(format!(
                "the socket is in {MAX_ROOMS} rooms already"
            )));
        }
        socket.join(room.to_owned());
        self.delivery.arrived(self.channel.label(), room);
        Ok(())
    }

    fn leave(&self, socket: &str, room: &str) -> Result<(), SocketError> {
        self.socket(socket)?.leave(room.to_owned());
        Ok(())
    }

    fn is_anybody_in(&self, room: &str) -> bool {
        self.in_room(room).iter().any(|socket| socket.connected())
    }
}

impl Transport {
    fn clients(&self) -> Option<BroadcastOperators<LocalAdapter>> {
        self.io.of(&self.route.namespace)
    }

    fn socket(&self, id: &str) -> Result<SocketRef, SocketError> {
        Sid::from_str(id)
            .ok()
            .and_then(|id| self.clients()?.get_socket(id))
            .ok_or_else(|| SocketError::Nobody("no such client is connected".to_owned()))
    }

    /// Those who joined it, and the one whose own it is.
    fn in_room(&self, room: &str) -> Vec<SocketRef> {
        let Some(clients) = self.clients() else {
            return Vec::new();
        };
        if let Ok(own) = self.socket(room) {
            return vec![own];
        }
        clients.within(room.to_owned()).sockets()
    }

    fn close_slow(&self, socket: SocketRef) {
        if self.channel.may_log() {
            tracing::info!(
                channel = &**self.channel.label(),
                socket = %socket.id,
                "a client was closed: it reads too slowly"
            );
        }
        // It is closed already, or will be when its time for a ping is up.
        let _ = socket.disconnect();
    }
}
