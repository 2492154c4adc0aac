//! Socket.IO clients without a network: who is connected, who is in which room, and what the connector did with them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::FakeHost;
use crate::{Connector, Handshake, SocketConnector, SocketError, SocketEvent, Transport};

/// As the contract says for `sockets.join`.
const MAX_ROOMS: usize = 16;
const MAX_ROOM: usize = 4_096;

/// A client that asks to be let in, without `auth`, query and headers. Set the rest by struct update:
/// `Handshake { auth, ..handshake("s1") }`.
#[must_use]
pub fn handshake(socket: &str) -> Handshake {
    Handshake {
        socket: socket.to_owned(),
        auth: None,
        query_params: Vec::new(),
        headers: Vec::new(),
        remote_address: "192.0.2.1:50000".to_owned(),
    }
}

/// Something that the connector did with clients and rooms, and that the host let it do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketCall {
    /// Emitted an event to a room.
    Emit {
        /// To all who are in it.
        room: String,
        /// The event's name.
        event: String,
        /// A JSON array.
        arguments: String,
    },
    /// Put a client into a room.
    Join {
        /// The client.
        socket: String,
        /// The room.
        room: String,
    },
    /// Took a client out of a room.
    Leave {
        /// The client.
        socket: String,
        /// The room.
        room: String,
    },
}

impl SocketCall {
    /// For comparing.
    #[must_use]
    pub fn emit(room: &str, event: &str, arguments: &str) -> Self {
        Self::Emit {
            room: room.to_owned(),
            event: event.to_owned(),
            arguments: arguments.to_owned(),
        }
    }

    /// For comparing.
    #[must_use]
    pub fn join(socket: &str, room: &str) -> Self {
        Self::Join {
            socket: socket.to_owned(),
            room: room.to_owned(),
        }
    }
}

/// The clients of one channel.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    clients: BTreeMap<String, Client>,
    calls: Vec<SocketCall>,
    error: Option<SocketError>,
}

#[derive(Debug)]
struct Client {
    context: Option<String>,
    rooms: BTreeSet<String>,
}

impl Sockets {
    pub(super) fn refuse(&mut self, error: SocketError) {
        self.error = Some(error);
    }

    pub(super) fn calls(&self) -> Vec<SocketCall> {
        self.calls.clone()
    }

    pub(super) fn emit(
        &mut self,
        room: &str,
        event: &str,
        arguments: &str,
    ) -> Result<(), SocketError> {
        self.work()?;
        if serde_json::from_str::<Vec<&RawValue>>(arguments).is_err() {
            let text = "the arguments are no JSON array";
            return Err(SocketError::Invalid(text.to_owned()));
        }
        if !self
            .clients
            .values()
            .any(|client| client.rooms.contains(room))
        {
            let text = "nobody is in the room";
            return Err(SocketError::Nobody(text.to_owned()));
        }
        self.calls.push(SocketCall::emit(room, event, arguments));
        Ok(())
    }

    pub(super) fn join(&mut self, socket: &str, room: &str) -> Result<(), SocketError> {
        if room.len() > MAX_ROOM {
            return Err(SocketError::Invalid(format!(
                "the room's name is {} bytes long; at most {MAX_ROOM} are allowed",
                room.len()
            )));
        }
        let rooms = self.rooms(socket)?;
        if rooms.len() >= MAX_ROOMS && !rooms.contains(room) {
            return Err(SocketError::Invalid(format!(
                "the socket is in {MAX_ROOMS} rooms already"
            )));
        }
        rooms.insert(room.to_owned());
        self.calls.push(SocketCall::join(socket, room));
        Ok(())
    }

    pub(super) fn leave(&mut self, socket: &str, room: &str) -> Result<(), SocketError> {
        self.rooms(socket)?.remove(room);
        self.calls.push(SocketCall::Leave {
            socket: socket.to_owned(),
            room: room.to_owned(),
        });
        Ok(())
    }

    fn rooms(&mut self, socket: &str) -> Result<&mut BTreeSet<String>, SocketError> {
        self.work()?;
        match self.clients.get_mut(socket) {
            Some(client) => Ok(&mut client.rooms),
            None => Err(SocketError::Nobody(format!(
                "there is no socket `{socket}`"
            ))),
        }
    }

    fn work(&self) -> Result<(), SocketError> {
        self.error.clone().map_or(Ok(()), Err)
    }
}

impl<C: SocketConnector> FakeHost<C> {
    /// A client connects. Let in, it is in the room of its socket, and what the connector returned comes with its events.
    ///
    /// # Errors
    ///
    /// Those of the connector.
    pub fn connect(&self, handshake: &Handshake) -> Result<Option<String>, String> {
        let context =
            self.inbound(|| C::connected(self, &self.settings, &self.socket_route(), handshake))?;
        let client = Client {
            context: context.clone(),
            rooms: BTreeSet::from([handshake.socket.clone()]),
        };
        let clients = &mut self.sockets.borrow_mut().clients;
        clients.insert(handshake.socket.clone(), client);
        Ok(context)
    }

    /// A client that is connected emits an event, its arguments a JSON array. Refused, the event's messages are discarded
    /// and the state is as before.
    ///
    /// # Errors
    ///
    /// Those of the connector.
    ///
    /// # Panics
    ///
    /// If there is no such client.
    pub fn client_emits(
        &self,
        socket: &str,
        name: &str,
        arguments: &str,
    ) -> Result<Option<String>, String> {
        let context = match self.sockets.borrow().clients.get(socket) {
            Some(client) => client.context.clone(),
            None => panic!("`{socket}` is not connected; call `connect` first"),
        };
        let event = SocketEvent {
            socket: socket.to_owned(),
            context,
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        };
        self.inbound(|| C::emitted(self, &self.settings, &self.socket_route(), &event))
    }

    /// A client goes, out of all rooms.
    pub fn disconnect(&self, socket: &str) {
        self.sockets.borrow_mut().clients.remove(socket);
    }

    /// The id of the route for Socket.IO.
    fn socket_route(&self) -> String {
        let routes = self.routes().into_iter();
        let mut routes = routes.filter(|route| matches!(route.transport, Transport::Socketio(_)));
        match routes.next() {
            Some(route) => route.id,
            None => panic!(
                "connector `{}` has no `socketio` route",
                <C as Connector>::NAME
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Description, Host, Message, NoSettings, RateScope, Refusal, Request, Response, Route,
        SendError,
    };

    /// Takes what a client says, and puts it into the rooms that it names.
    struct Chat;

    impl Connector for Chat {
        type Settings = NoSettings;
        const NAME: &'static str = "chat";

        fn describe() -> Description {
            Description::new("1.0.0", "Puts clients into rooms")
        }

        fn routes(_: &NoSettings) -> Vec<Route> {
            vec![Route::get("page"), Route::socketio("/chat", "/").id("chat")]
        }

        fn receive(
            host: &dyn Host,
            _: &NoSettings,
            _: &str,
            _: Request,
        ) -> Result<Response, Refusal> {
            let sent = host.emit("all", "news", "[1]").is_ok();
            Ok(Response::empty(if sent { 200 } else { 202 }))
        }
    }

    impl SocketConnector for Chat {
        fn connected(
            _: &dyn Host,
            _: &NoSettings,
            route: &str,
            handshake: &Handshake,
        ) -> Result<Option<String>, String> {
            assert_eq!(route, "chat");
            handshake.auth.clone().map(Some).ok_or("who?".to_owned())
        }

        fn emitted(
            host: &dyn Host,
            _: &NoSettings,
            _: &str,
            event: &SocketEvent,
        ) -> Result<Option<String>, String> {
            let said = event.data().map_err(|error| error.to_string())?;
            let text = |name: &str| said.filled(name).unwrap_or_default();
            host.accept(Message::new(&event.socket, text("say")).into())
                .map_err(|_| "not taken".to_owned())?;
            let done = match event.name.as_str() {
                "join" => host.join_room(&event.socket, &text("room")),
                "leave" => host.leave_room(&event.socket, &text("room")),
                _ => host.emit(&text("room"), &event.name, &text("say")),
            };
            done.map_err(|error| format!("{error:?}"))?;
            Ok(event.context.clone())
        }
    }

    fn host() -> FakeHost<Chat> {
        let host = FakeHost::new("{}");
        let auth = Some(r#"["me"]"#.to_owned());
        let handshake = Handshake {
            auth,
            ..handshake("s1")
        };
        host.connect(&handshake).expect("let in");
        host
    }

    #[test]
    fn clients_are_in_rooms_until_they_go() {
        let host = host();
        let receive = || {
            host.receive("page", crate::fake::get("/"))
                .expect("answered")
                .status
        };
        assert_eq!(receive(), 202, "nobody is there");
        let answer = host.client_emits("s1", "join", r#"[{"room":"all","say":"hi"}]"#);
        assert_eq!(answer, Ok(Some(r#"["me"]"#.to_owned())), "its context");
        assert_eq!(receive(), 200);
        host.client_emits("s1", "to self", r#"[{"room":"s1","say":"[]"}]"#)
            .expect("in its own room");
        let calls = [
            SocketCall::join("s1", "all"),
            SocketCall::emit("all", "news", "[1]"),
            SocketCall::emit("s1", "to self", "[]"),
        ];
        assert_eq!(host.socket_calls(), calls);
        host.client_emits("s1", "leave", r#"[{"room":"all"}]"#)
            .expect("left");
        assert_eq!(receive(), 202);
        host.disconnect("s1");
        let error = host.sockets.borrow_mut().emit("s1", "x", "[]");
        assert!(matches!(error, Err(SocketError::Nobody(_))), "{error:?}");
        assert_eq!(host.accepted().len(), 3);
    }

    #[test]
    fn what_is_refused_leaves_nothing_behind() {
        let host = host();
        assert_eq!(host.connect(&handshake("s2")), Err("who?".to_owned()));
        for (name, arguments, why) in [
            ("join", "[7]", "must be a JSON object"),
            ("say", r#"[{"room":"all","say":"[]"}]"#, "Nobody"),
            ("say", r#"[{"room":"s1","say":"{}"}]"#, "Invalid"),
        ] {
            let error = host
                .client_emits("s1", name, arguments)
                .expect_err(arguments);
            assert!(error.contains(why), "{error}");
        }
        let long = format!(r#"[{{"room":"{}"}}]"#, "r".repeat(4_097));
        let error = host
            .client_emits("s1", "join", &long)
            .expect_err("too long");
        assert!(error.contains("4097 bytes"), "{error}");
        for room in 0..15 {
            host.client_emits("s1", "join", &format!(r#"[{{"room":"r{room}"}}]"#))
                .expect("room is left");
        }
        let error = host.client_emits("s1", "join", r#"[{"room":"one more"}]"#);
        assert!(error.expect_err("too many").contains("16 rooms"));
        assert_eq!(host.accepted().len(), 15, "what was refused said nothing");

        host.refuse_sockets(SocketError::Congested("slow".to_owned()));
        let error = host.client_emits("s1", "leave", r#"[{"room":"r1"}]"#);
        assert_eq!(error, Err(r#"SocketError::Congested("slow")"#.to_owned()));
    }

    #[test]
    fn why_a_part_did_not_go_out() {
        let text = || "text".to_owned();
        for (error, expected) in [
            (SocketError::Nobody(text()), SendError::away(true, text())),
            (
                SocketError::Congested(text()),
                SendError::rate_limited(None, RateScope::Conversation, text()),
            ),
            (
                SocketError::Invalid(text()),
                SendError::permanent("invalid", text()),
            ),
            (
                SocketError::NotAvailable(text()),
                SendError::permanent("not-available", text()),
            ),
        ] {
            assert_eq!(SendError::from(error), expected);
        }
    }
}
