//! Clients of a case that speak Socket.IO: who is in which room, what they say, and what the connector does with them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use super::file::{Connection, Emission};
use crate::bindings::connector::Transport;
use crate::bindings::socket_events::{Handshake, SocketEvent};
use crate::bindings::switchboard::channel::sockets::SocketError;
use crate::runtime::{Answered, Channel, Rooms};

/// Those that are connected, each in the room of its own socket and in others. No network is between.
pub(super) struct Clients(Mutex<World>);

#[derive(Default)]
struct World {
    /// The rooms of each socket.
    sockets: BTreeMap<String, BTreeSet<String>>,
    /// What the connector did, in order.
    done: Vec<Value>,
}

impl World {
    fn connect(&mut self, socket: &str) -> &mut BTreeSet<String> {
        let rooms = self.sockets.entry(socket.to_owned()).or_default();
        rooms.insert(socket.to_owned());
        rooms
    }
}

impl Clients {
    /// Who is in the rooms that a case names, and whoever says something in it.
    pub(super) fn new(rooms: &BTreeMap<String, Vec<String>>, speaker: Option<&str>) -> Self {
        let mut world = World::default();
        for (room, sockets) in rooms {
            for socket in sockets {
                world.connect(socket).insert(room.clone());
            }
        }
        if let Some(socket) = speaker {
            world.connect(socket);
        }
        Self(Mutex::new(world))
    }

    /// What the connector did with them.
    pub(super) fn done(&self) -> Vec<Value> {
        self.world().done.clone()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(
        &self,
        socket: &str,
        done: Value,
        change: impl FnOnce(&mut BTreeSet<String>),
    ) -> Result<(), SocketError> {
        let mut world = self.world();
        let Some(rooms) = world.sockets.get_mut(socket) else {
            let text = format!("there is no socket `{socket}` in the case");
            return Err(SocketError::Nobody(text));
        };
        change(rooms);
        world.done.push(done);
        Ok(())
    }
}

impl Rooms for Clients {
    fn emit(&self, room: &str, event: &str, arguments: Vec<Value>) -> Result<(), SocketError> {
        if !self.is_anybody_in(room) {
            let text = format!("nobody is in the room `{room}`");
            return Err(SocketError::Nobody(text));
        }
        let done = json!({ "emit": { "room": room, "event": event, "arguments": arguments } });
        self.world().done.push(done);
        Ok(())
    }

    fn join(&self, socket: &str, room: &str) -> Result<(), SocketError> {
        let done = json!({ "join": { "socket": socket, "room": room } });
        self.change(socket, done, |rooms| {
            rooms.insert(room.to_owned());
        })
    }

    fn leave(&self, socket: &str, room: &str) -> Result<(), SocketError> {
        let done = json!({ "leave": { "socket": socket, "room": room } });
        self.change(socket, done, |rooms| {
            rooms.remove(room);
        })
    }

    fn is_anybody_in(&self, room: &str) -> bool {
        let world = self.world();
        world.sockets.values().any(|rooms| rooms.contains(room))
    }
}

/// The id of the route that clients connect to.
fn route(channel: &Channel) -> Result<Arc<str>, String> {
    let routes = channel.routes().iter();
    let mut routes = routes.filter(|route| matches!(route.transport, Transport::Socketio(_)));
    let route = routes.next().ok_or("no route is for Socket.IO")?;
    Ok(route.id.as_str().into())
}

/// A client asks to be let in. With the answer, what is found of it.
pub(super) async fn connected(
    channel: &Channel,
    connection: &Connection,
) -> Result<(Answered, Map<String, Value>), String> {
    let query = url::form_urlencoded::parse(connection.query.as_bytes());
    let headers = connection.headers.iter();
    let handshake = Handshake {
        socket: connection.socket.clone(),
        auth: connection.auth.as_ref().map(ToString::to_string),
        query_params: query.into_owned().collect(),
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone().into_bytes()))
            .collect(),
        remote_address: "192.0.2.1:50000".to_owned(),
    };
    let answered = channel.connected(route(channel)?, handshake).await;
    let answered = answered.map_err(|error| error.to_string())?;
    let found = found(&answered, "context", Value::Null);
    Ok((answered, found))
}

/// A client emits something. With the answer, what is found of it.
pub(super) async fn emitted(
    channel: &Channel,
    emission: &Emission,
) -> Result<(Answered, Map<String, Value>), String> {
    let event = SocketEvent {
        socket: emission.socket.clone(),
        context: emission.context.as_ref().map(ToString::to_string),
        name: emission.name.clone(),
        arguments: json!(emission.arguments).to_string(),
    };
    let answered = channel.emitted(route(channel)?, event).await;
    let answered = answered.map_err(|error| error.to_string())?;
    let found = found(&answered, "acknowledged", json!([]));
    Ok((answered, found))
}

fn found(answered: &Answered, name: &str, nothing: Value) -> Map<String, Value> {
    let (name, value) = match &answered.answer {
        Ok(None) => (name, nothing),
        Ok(Some(json)) => (name, serde_json::from_str(json).unwrap_or_default()),
        Err(why) => ("refused", json!(why)),
    };
    Map::from_iter([(name.to_owned(), value)])
}
