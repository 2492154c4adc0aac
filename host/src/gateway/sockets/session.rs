//! One client's connection: let in by the connector, and its events handed on in their order.
//!
//! Each event is a call of the connector, with the same promises as a request: what it accepts is on disk before the
//! client's acknowledgement. Nobody would send an event again that could not be taken, so it is tried for a while here; a
//! client that emits faster than that has an end.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::{Value as Json, json};
use socketioxide::ProtocolVersion;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::{AckSender, SocketRef};
use socketioxide::handler::{FromConnectParts, FromMessage, FromMessageParts, Value};
use socketioxide::socket::Socket;
use tokio::sync::OwnedSemaphorePermit;

use super::Transport;
use super::packet::{Arguments, Emitted};
use crate::bindings::socket_events::{Handshake, SocketEvent};
use crate::runtime::{Answered, CallError};

/// Events of one client that wait to be handed on. Nobody types as fast.
const MAX_WAITING: usize = 100;

/// Tries of an event, or of being let in, while the connector or the store cannot take it: some 5 s.
const TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(160);

/// A client's connection.
pub(super) struct Session {
    transport: Arc<Transport>,
    peer: SocketAddr,
    /// What the connector keeps with it.
    context: OnceLock<Option<String>>,
    waiting: Mutex<Waiting>,
    /// Given back when the connection is gone.
    _place: OwnedSemaphorePermit,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<(Emitted, AckSender)>,
    bytes: usize,
    /// Somebody hands them on.
    is_attended: bool,
}

/// The client is not let in. It does not learn why.
#[derive(Debug)]
pub(super) struct Rejected(&'static str);

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// In the words of the server that widgets for Rasa know.
const REJECTED: Rejected = Rejected("Connection rejected by server");

/// What the client sent along to prove who it is, as it wrote it.
pub(super) struct Auth(Result<Option<String>, ()>);

impl FromConnectParts<LocalAdapter> for Auth {
    type Error = Infallible;

    fn from_connect_parts(_: &Arc<Socket>, auth: &Option<Value>) -> Result<Self, Infallible> {
        Ok(Self(match auth {
            None => Ok(None),
            Some(Value::Str(text, _)) if crate::json::check(text).is_ok() => {
                Ok(Some(text.to_string()))
            }
            Some(_) => Err(()),
        }))
    }
}

/// Nothing is to be done once a client is in.
pub(super) async fn begin(_: SocketRef) {}

/// The root namespace of a channel that has another one: clients of Engine.IO 3 come through it, others have no business
/// there.
pub(super) async fn only_on_the_way(protocol: ProtocolVersion) -> Result<(), Rejected> {
    match protocol {
        ProtocolVersion::V4 => Ok(()),
        ProtocolVersion::V5 => Err(Rejected("Invalid namespace")),
    }
}

/// Whether the connector lets the client in. What it emits is heard from here on: it may emit as soon as it is told.
pub(super) async fn admit(socket: SocketRef, auth: Auth) -> Result<(), Rejected> {
    let session = Session::of(&socket).ok_or(REJECTED)?;
    let auth = auth.0.map_err(|()| REJECTED)?;
    let handshake = session.handshake(&socket, auth);
    let transport = &session.transport;
    let channel = &transport.channel;
    let answered = session
        .insist("connected", || {
            channel.connected(transport.route.id.clone(), handshake.clone())
        })
        .await
        .ok_or(REJECTED)?;
    match answered {
        Ok(context) => {
            // A client that asks twice for the same namespace is the same client.
            let _ = session.context.set(context);
        }
        Err(reason) => {
            if channel.may_log() {
                tracing::info!(
                    channel = &**channel.label(),
                    reason,
                    "a client was not let in"
                );
            }
            return Err(REJECTED);
        }
    }
    socket.on_fallback(async |_: Heard| {});
    Ok(())
}

/// An event that was put into its place. Extracted and not handled, since what handles events runs in no order, and what
/// extracts them does.
struct Heard;

impl FromMessage<LocalAdapter> for Heard {
    type Error = Infallible;

    fn from_message(
        socket: Arc<Socket>,
        mut data: Value,
        ack: Option<i64>,
    ) -> Result<Self, Infallible> {
        let Ok(ack) = AckSender::from_message_parts(&socket, &mut data, &ack);
        if let Some(session) = Session::of(&socket) {
            session.hear(socket.into(), &data, ack);
        }
        Ok(Self)
    }
}

impl Session {
    pub(super) fn new(
        transport: Arc<Transport>,
        peer: SocketAddr,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            transport,
            peer,
            context: OnceLock::new(),
            waiting: Mutex::default(),
            _place: place,
        }
    }

    /// That of a socket: it came with the request that began the connection.
    fn of(socket: &Socket) -> Option<Arc<Self>> {
        socket.req_parts().extensions.get::<Arc<Self>>().cloned()
    }

    fn handshake(&self, socket: &Socket, auth: Option<String>) -> Handshake {
        let request = socket.req_parts();
        let query = request.uri.query().unwrap_or_default();
        Handshake {
            socket: socket.id.to_string(),
            auth,
            query_params: url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers: request
                .headers
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
                .collect(),
            remote_address: self.peer.to_string(),
        }
    }

    /// Puts an event behind those that wait.
    fn hear(self: Arc<Self>, socket: SocketRef, data: &Value, ack: AckSender) {
        let channel = &self.transport.channel;
        let label = &**channel.label();
        let emitted = match Emitted::read(data) {
            Ok(emitted) => emitted,
            Err(why) => {
                tracing::debug!(channel = label, socket = %socket.id, "an event was refused: {why}");
                return refuse(ack, "bad_request", &why);
            }
        };
        let mut waiting = self.waiting();
        let has_room = waiting.events.len() < MAX_WAITING
            && (waiting.events.is_empty()
                || waiting.bytes + emitted.size() <= self.transport.route.packet_limit);
        if !has_room {
            drop(waiting);
            if channel.may_log() {
                tracing::warn!(
                    channel = label,
                    socket = %socket.id,
                    peer = %self.peer,
                    "a client was closed: it emits faster than its events can be taken"
                );
            }
            refuse(ack, "overloaded", "too many events at the moment");
            // Gone already, which is as well.
            let _ = socket.disconnect();
            return;
        }
        waiting.bytes += emitted.size();
        waiting.events.push_back((emitted, ack));
        if !std::mem::replace(&mut waiting.is_attended, true) {
            drop(waiting);
            let id = socket.id.to_string();
            let session = self.clone();
            self.transport
                .tasks
                .spawn(async move { session.attend(&id).await });
        }
    }

    /// Hands on what waits, one after the other.
    async fn attend(&self, socket: &str) {
        while let Some((emitted, ack)) = self.next() {
            self.hand_on(socket, emitted, ack).await;
        }
    }

    fn next(&self) -> Option<(Emitted, AckSender)> {
        let mut waiting = self.waiting();
        let next = waiting.events.pop_front();
        match &next {
            Some((emitted, _)) => waiting.bytes -= emitted.size(),
            None => waiting.is_attended = false,
        }
        next
    }

    async fn hand_on(&self, socket: &str, emitted: Emitted, ack: AckSender) {
        let transport = &self.transport;
        let event = SocketEvent {
            socket: socket.to_owned(),
            context: self.context.get().cloned().flatten(),
            name: emitted.name,
            arguments: emitted.arguments,
        };
        let answered = self
            .insist("emitted", || {
                let route = transport.route.id.clone();
                transport.channel.emitted(route, event.clone())
            })
            .await;
        let channel = &**transport.channel.label();
        match answered {
            Some(Ok(arguments)) => {
                let arguments = arguments.as_deref().unwrap_or("[]");
                let arguments: Vec<Json> = serde_json::from_str(arguments).unwrap_or_default();
                if ack.send(&Arguments::of(&arguments)).is_err() {
                    tracing::debug!(channel, socket, "nobody is there for the acknowledgement");
                }
            }
            Some(Err(reason)) => {
                tracing::debug!(channel, socket, reason, "an event was refused");
                refuse(ack, "bad_request", "the event was refused");
            }
            None => refuse(
                ack,
                "unavailable",
                "the event could not be taken; try again",
            ),
        }
    }

    /// Makes a call and puts on record what it accepted, again while one of the two cannot be done now. `None` where that
    /// was in vain.
    async fn insist<F>(
        &self,
        function: &'static str,
        mut call: impl FnMut() -> F,
    ) -> Option<Result<Option<String>, String>>
    where
        F: Future<Output = Result<Answered, CallError>>,
    {
        let transport = &self.transport;
        let channel = &transport.channel;
        for tried in 0..TRIES {
            if tried > 0 {
                tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(tried - 1)).await;
            }
            let answered = match call().await {
                Ok(answered) => answered,
                Err(error) => {
                    error.log(channel, function);
                    match error {
                        CallError::Overloaded | CallError::Failing { .. } => continue,
                        _ => return None,
                    }
                }
            };
            let Answered {
                answer,
                events,
                state,
            } = answered;
            match transport.delivery.accept(channel, events, state).await {
                Ok(()) => return Some(answer),
                Err(error) => super::super::tell_not_taken(channel, &error),
            }
        }
        None
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells a client that asked for an acknowledgement that its event was not taken, in the form of all errors.
fn refuse(ack: AckSender, code: &str, message: &str) {
    let error = json!({"error": {"code": code, "message": message}});
    // It may have left.
    let _ = ack.send(&Arguments::of(&[error]));
}
