//! Socket.IO: a channel's clients, over polling and WebSocket, by Engine.IO 3 and 4.
//!
//! socketioxide speaks the protocol. Here stands what it leaves open: how many clients there may be, in which order
//! what they emit is handed on, what happens when the store or the connector cannot take it, and who is in which room.
//! What an event means, the connector knows. <https://socket.io/docs/v4/socket-io-protocol/>,
//! <https://socket.io/docs/v4/engine-io-protocol/>

mod packet;
mod rooms;
mod session;

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use hyper::service::Service;
use socketioxide::handler::ConnectHandler;
use socketioxide::service::SocketIoService;
use socketioxide::{ParserConfig, SocketIo};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

#[cfg(any(test, fuzzing))]
pub(crate) use self::packet::Emitted;
use self::session::Session;
use super::ApiError;
use crate::delivery::Delivery;
use crate::runtime::{Channel, Rooms};

/// Packets that wait for a client to read them, beside what the system's buffers take. One that is further behind is
/// closed, or its parts wait in the store: they may be large, so only few wait in memory.
const MAX_BEHIND: usize = 32;

/// Until an Engine.IO connection has joined a namespace: it holds a place without being anybody.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a client may keep silent after it was due to say something.
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Engine.IO's reader takes so much for each WebSocket, bytes. Most messages are shorter.
const READ_BUFFER: usize = 1 << 10;

/// What the host must know of a `socketio` route.
#[derive(Clone, Debug)]
pub(super) struct SocketRoute {
    /// The connector's id of it.
    pub(super) id: Arc<str>,
    /// Absolute, without a slash at the end.
    pub(super) path: String,
    /// What clients connect to.
    pub(super) namespace: String,
    /// The largest message of a client, bytes.
    pub(super) packet_limit: usize,
    /// Clients at a time.
    pub(super) sockets: usize,
    /// Between two pings.
    pub(super) ping: Duration,
}

/// One channel's Socket.IO server.
pub(super) struct Transport {
    channel: Arc<Channel>,
    delivery: Arc<Delivery>,
    route: SocketRoute,
    io: SocketIo,
    service: SocketIoService<Elsewhere>,
    /// For clients.
    places: Arc<Semaphore>,
    /// What hands on what was emitted.
    tasks: TaskTracker,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport")
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

impl Transport {
    /// Serves a route of `channel`, which gets its rooms by this.
    pub(super) fn new(
        channel: Arc<Channel>,
        delivery: Arc<Delivery>,
        route: SocketRoute,
    ) -> Arc<Self> {
        let parser = ParserConfig::common()
            .max_incoming_binaries(10)
            .max_incoming_binary_buf_size(route.packet_limit);
        let (service, io) = SocketIo::builder()
            .with_parser(parser)
            .req_path(route.path.clone())
            .max_payload(route.packet_limit as u64)
            .ws_max_message_size(route.packet_limit)
            .ws_max_frame_size(route.packet_limit)
            .ws_read_buffer_size(READ_BUFFER)
            .max_buffer_size(MAX_BEHIND)
            .ping_interval(route.ping)
            .ping_timeout(PING_TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .build_with_inner_svc(Elsewhere);
        io.ns(route.namespace.clone(), session::begin.with(session::admit));
        if route.namespace != "/" {
            // Clients of Engine.IO 3 are in this one before they ask for another.
            io.ns("/", session::begin.with(session::only_on_the_way));
        }
        let places = Arc::new(Semaphore::new(route.sockets.min(Semaphore::MAX_PERMITS)));
        let transport = Arc::new(Self {
            channel,
            delivery,
            route,
            io,
            service,
            places,
            tasks: TaskTracker::new(),
        });
        transport
            .channel
            .set_rooms(transport.clone() as Arc<dyn Rooms>);
        transport
    }

    /// One HTTP request of a client: a handshake, a poll, what it emitted, or the upgrade to WebSocket.
    pub(super) async fn serve(
        self: &Arc<Self>,
        mut request: Request<Body>,
        body_timeout: Duration,
        peer: SocketAddr,
    ) -> Result<Response<Body>, ApiError> {
        if is_handshake(&request) {
            let place = self.places.clone().try_acquire_owned();
            let place = place.map_err(|_| {
                if self.channel.may_log() {
                    tracing::warn!(
                        channel = &**self.channel.label(),
                        "a client was turned away: {} are connected; hint: `limits.sockets` of the channel",
                        self.route.sockets
                    );
                }
                ApiError::overloaded()
            })?;
            detach(&mut request);
            let session = Session::new(self.clone(), peer, place);
            request.extensions_mut().insert(Arc::new(session));
        }
        let is_post = *request.method() == Method::POST;
        let answering = self.service.call(request);
        let answered = if is_post {
            // What it waits for is the body.
            tokio::time::timeout(body_timeout, answering)
                .await
                .map_err(|_| {
                    ApiError::new(
                        StatusCode::REQUEST_TIMEOUT,
                        "request_timeout",
                        format!("the body was not complete within {body_timeout:?}"),
                    )
                })?
        } else {
            answering.await
        };
        let Ok(response) = answered;
        Ok(response.map(Body::new))
    }

    /// The channel's label, and how many clients it has.
    pub(super) fn connected(&self) -> (&str, usize) {
        let free = self.places.available_permits();
        let most = self.route.sockets.min(Semaphore::MAX_PERMITS);
        (self.channel.label(), most - free)
    }

    /// Lets all clients go, who may come back to the next start; what they emitted is handed on.
    pub(super) async fn close(&self) {
        self.io.close().await;
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Stands behind the Socket.IO server for requests that are none of its own, of which none come here.
#[derive(Clone, Copy, Debug)]
struct Elsewhere;

impl Service<Request<Body>> for Elsewhere {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn call(&self, request: Request<Body>) -> Self::Future {
        ready(Ok(ApiError::no_route(request.uri().path()).into_response()))
    }
}

/// Copies what is kept with the connection for as long as it lasts: the HTTP library's headers and address are pieces
/// of its read buffer, the 8 KiB of which they would keep.
fn detach<B>(request: &mut Request<B>) {
    for value in request.headers_mut().values_mut() {
        if let Ok(copy) = HeaderValue::from_bytes(value.as_bytes()) {
            *value = copy;
        }
    }
    if let Ok(copy) = Uri::try_from(request.uri().to_string()) {
        *request.uri_mut() = copy;
    }
}

/// A request without a session's id begins one.
fn is_handshake(request: &Request<Body>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    !query.split('&').any(|pair| pair.starts_with("sid="))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn what_is_kept_keeps_no_buffer() {
        let buffer = Bytes::from(b"/socket.io/?EIO=4&a=%20 x\xff".to_vec());
        let mut request = Request::new(());
        *request.uri_mut() = Uri::from_maybe_shared(buffer.slice(..23)).expect("an address");
        let value = HeaderValue::from_maybe_shared(buffer.slice(24..)).expect("a value");
        request.headers_mut().append("x-a", value.clone());
        request.headers_mut().append("x-a", value);
        let asked = request.uri().to_string();
        detach(&mut request);
        assert!(buffer.is_unique());
        assert_eq!(request.uri().to_string(), asked);
        let values: Vec<_> = request.headers().get_all("x-a").iter().collect();
        assert_eq!(values, [b"x\xff".as_slice(), b"x\xff"]);
    }
}
