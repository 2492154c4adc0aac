//! What clients of Socket.IO send, into the connector: their proof when they connect, and their events.

use std::path::Path;
use std::sync::Arc;

use socketioxide::handler::Value;

use crate::bindings::connector::Transport;
use crate::bindings::socket_events::{Handshake, SocketEvent};
use crate::gateway::Emitted;
use crate::runtime::{Answered, CallError, Channel};
use crate::server::{Options, Server};

/// Two channels: one where anybody may come, one with sessions and tokens.
const CHANNELS: &str = "socketio:
  - account: open
    socketio_path: /open
  - account: closed
    socketio_path: /closed
    session_persistence: true
    session_secret: hunter2
    jwt_key: sio-key-01
";

/// The connector, without a network between it and its clients, of whom none is connected: to say something to them fails.
#[derive(Debug)]
pub struct Clients(Vec<(Arc<Channel>, Arc<str>)>);

impl Clients {
    /// Starts it. Files that it needs go to `folder`.
    ///
    /// # Panics
    ///
    /// When that does not work.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        let credentials = folder.join("credentials.yml");
        std::fs::write(&credentials, CHANNELS).expect("a file");
        let options = Options {
            credentials: Some(credentials),
            data_dir: folder.join("data"),
            ..Options::default()
        };
        let server = super::block_on(Server::prepare(&options));
        let server = server.unwrap_or_else(|error| panic!("{error}"));
        let channels = server.channels.iter().filter_map(|ready| {
            let is_socket = |transport: &Transport| matches!(transport, Transport::Socketio(_));
            let mut routes = ready.channel.routes().iter();
            let route = routes.find(|route| is_socket(&route.transport))?;
            Some((ready.channel.clone(), route.id.as_str().into()))
        });
        Self(channels.collect())
    }

    /// On the first line what the client says of itself when it connects, JSON; on the second an event as Socket.IO has it on
    /// the wire, without its number.
    ///
    /// # Panics
    ///
    /// When the connector does not survive it.
    pub fn speak(&self, input: &[u8]) {
        let Ok(text) = str::from_utf8(input) else {
            return;
        };
        let (auth, event) = text.split_once('\n').unwrap_or(("", text));
        for (channel, route) in &self.0 {
            let handshake = Handshake {
                socket: "AAAAAAAAAAAAAAAA".to_owned(),
                auth: crate::json::check(auth).is_ok().then(|| auth.to_owned()),
                query_params: vec![("token".to_owned(), auth.to_owned())],
                headers: Vec::new(),
                remote_address: "192.0.2.1:40000".to_owned(),
            };
            let admitted = super::block_on(channel.connected(route.clone(), handshake));
            let context = survived(admitted).ok().flatten();
            let Ok(emitted) = Emitted::read(&Value::Str(event.to_owned().into(), None)) else {
                continue;
            };
            let event = SocketEvent {
                socket: "AAAAAAAAAAAAAAAA".to_owned(),
                context,
                name: emitted.name,
                arguments: emitted.arguments,
            };
            let answered = super::block_on(channel.emitted(route.clone(), event));
            drop(survived(answered));
        }
    }
}

fn survived(answered: Result<Answered, CallError>) -> Result<Option<String>, String> {
    let answered = answered.unwrap_or_else(|error| panic!("{error}"));
    answered.answer
}
