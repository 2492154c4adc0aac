//! The listener: connections, their bounds, and their end.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::Gateway;

/// Connections at a time; those beyond wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 4_096;
/// Until the head of a request is complete, and between requests of a connection. Against those who send a byte a
/// second to keep connections busy.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);
/// Headers that are read at all. Beyond [`super::inbound`]'s bound they are refused with a JSON error, beyond this one
/// by the HTTP library without.
const MAX_PARSED_HEADERS: usize = 1_024;
/// Bytes of a request's head that are read at all.
const MAX_PARSED_HEAD: usize = 256 << 10;
/// A pause when the system has no more file descriptors, so that others can finish and free some.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

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

/// Serves until `stop` resolves, then lets what is in flight finish, `bound` at the longest. What is left of that, or
/// `None` if something was cut off.
pub async fn serve(
    listener: Listener,
    gateway: Arc<Gateway>,
    stop: impl Future<Output = ()>,
    bound: Duration,
) -> Option<Duration> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_headers(MAX_PARSED_HEADERS)
        .max_buf_size(MAX_PARSED_HEAD);
    let graceful = GracefulShutdown::new();
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    tokio::pin!(stop);
    loop {
        let (stream, peer, place) = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener.0, &connections) => match accepted {
                Some(accepted) => accepted,
                None => continue,
            },
        };
        let gateway = gateway.clone();
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let gateway = gateway.clone();
            async move { Ok::<_, Infallible>(gateway.handle(request.map(Body::new), peer).await) }
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, "the connection ended: {}", crate::error::chain(&error));
            }
            drop(place);
        });
    }
    drop(listener);
    let stopping = Instant::now();
    if tokio::time::timeout(bound, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests were cut off: they did not finish within {bound:?}");
        return None;
    }
    Some(bound.saturating_sub(stopping.elapsed()))
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, connections: &Arc<Semaphore>) -> Option<Accepted> {
    let place = connections.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // A small answer leaves at once. That this fails harms nobody.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, place))
        }
        Err(error) => {
            tracing::warn!("a connection was not accepted: {error}");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
