//! The listener: connections, their bounds, and their end.
//!
//! It is open to whoever can reach it, so nobody may hold it up: what is no request is dropped by the HTTP library, what
//! comes too slowly by its timeouts, and where places for connections are short `places` decides who stays.

mod places;
mod stream;
mod watched;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header::{CONNECTION, TRANSFER_ENCODING};
use axum::http::{HeaderValue, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::places::{Peer, Place, Places};
use self::stream::Stream;
use self::watched::{Arriving, Leaving};
use super::Gateway;

/// Headers that are read at all. Beyond [`super::inbound`]'s bound they are refused with a JSON error, beyond this one
/// by the HTTP library without.
const MAX_PARSED_HEADERS: usize = 1_024;
/// Bytes of a request's head that are read at all.
const MAX_PARSED_HEAD: usize = 256 << 10;
/// A pause when the system has no more file descriptors, so that others can finish and free some.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// That it has none is said once in this time.
const WARN_AGAIN: Duration = Duration::from_secs(10);

/// The bounds on connections.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections at a time. When all are taken, the one whose peer has kept the server waiting for longest goes for
    /// the next that comes; those that the server is busy with stay.
    pub connections: usize,
    /// Until the head of a request is complete, and between requests of a connection. Against those who send a byte a
    /// second.
    pub header_timeout: Duration,
}

/// A bound socket.
#[derive(Debug)]
pub struct Listener(TcpListener);

impl Listener {
    /// Binds the address. Port 0 lets the system pick.
    ///
    /// # Errors
    ///
    /// When the address is taken, or not this machine's.
    pub async fn bind(host: &str, port: u16) -> Result<Self, String> {
        TcpListener::bind((host, port))
            .await
            .map(Self)
            .map_err(|error| {
                let hint = match error.kind() {
                    io::ErrorKind::AddrInUse => {
                        format!(
                            "; hint: something listens there already; `--port {}` takes another",
                            port.wrapping_add(1)
                        )
                    }
                    io::ErrorKind::PermissionDenied => {
                        "; hint: ports below 1024 need privileges".to_owned()
                    }
                    _ => String::new(),
                };
                format!("cannot listen on {host}:{port}: {error}{hint}")
            })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Serves until `stop` resolves, then lets what is in flight finish, `grace` at the longest. What is left of that, or
/// `None` if something was cut off.
pub async fn serve(
    listener: Listener,
    gateway: Arc<Gateway>,
    bounds: Bounds,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> Option<Duration> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(bounds.header_timeout)
        .max_headers(MAX_PARSED_HEADERS)
        .max_buf_size(MAX_PARSED_HEAD);
    let connections = TaskTracker::new();
    let stop_serving = CancellationToken::new();
    let mut door = Door {
        listener,
        places: Places::new(bounds.connections),
        warned: None,
    };
    tokio::pin!(stop);
    loop {
        let (stream, address, place) = tokio::select! {
            () = &mut stop => break,
            entered = door.open() => entered,
        };
        let gateway = gateway.clone();
        let stream = Stream::new(stream, place);
        let peer = stream.peer().clone();
        let service = {
            let peer = peer.clone();
            service_fn(move |request| {
                let (gateway, peer) = (gateway.clone(), peer.clone());
                async move { Ok::<_, Infallible>(answer(&gateway, request, peer, address).await) }
            })
        };
        let connection = http
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let stop = stop_serving.clone();
        connections.spawn(async move {
            let mut connection = pin!(connection);
            let mut stop_told = false;
            loop {
                tokio::select! {
                    ended = connection.as_mut() => {
                        if let Err(error) = ended {
                            let text = crate::error::chain(&error);
                            tracing::debug!(peer = %address, "the connection ended: {text}");
                        }
                        return;
                    }
                    () = peer.needed() => {
                        tracing::debug!(peer = %address, "the connection was closed: all places are taken, and it kept the server waiting for longest");
                        return;
                    }
                    () = stop.cancelled(), if !stop_told => {
                        stop_told = true;
                        connection.as_mut().graceful_shutdown();
                    }
                }
            }
        });
    }
    drop(door);
    let stopping = Instant::now();
    // Polls of Socket.IO are requests in flight that only this ends.
    stop_serving.cancel();
    connections.close();
    let ending = async { tokio::join!(gateway.close_sockets(), connections.wait()) };
    if tokio::time::timeout(grace, ending).await.is_err() {
        tracing::warn!("requests were cut off: they did not finish within {grace:?}");
        return None;
    }
    Some(grace.saturating_sub(stopping.elapsed()))
}

async fn answer(
    gateway: &Arc<Gateway>,
    request: hyper::Request<Incoming>,
    peer: Arc<Peer>,
    address: SocketAddr,
) -> Response<Leaving<Body>> {
    let is_chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let request = request.map(|body| Body::new(Arriving::new(body, peer.clone())));
    let mut response = gateway.handle(request, address).await;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        peer.becomes_socket();
    }
    if is_chunked {
        // The library drops a Content-Length that stands beside it, and reads on after the last chunk. Whoever forwarded
        // the request may have gone by the length, and then what follows is not a request but what somebody hid in one.
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    response.map(|body| Leaving::new(body, peer))
}

/// Where connections come in.
struct Door {
    listener: Listener,
    places: Arc<Places>,
    warned: Option<Instant>,
}

impl Door {
    async fn open(&mut self) -> (TcpStream, SocketAddr, Place) {
        loop {
            match self.listener.0.accept().await {
                Ok((stream, address)) => {
                    // A small answer leaves at once. That this fails harms nobody.
                    let _ = stream.set_nodelay(true);
                    return (stream, address, self.places.enter().await);
                }
                // Whoever came has gone again.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    if self.warned.is_none_or(|at| at.elapsed() > WARN_AGAIN) {
                        self.warned = Some(Instant::now());
                        tracing::warn!(
                            "connections are not accepted: {error}; hint: a lower `--max-connections`, or more open files"
                        );
                    }
                    self.places.make_room();
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}
