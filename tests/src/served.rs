//! An HTTP server of the tests' own, which can be taken down with every connection that it has, and put up again where
//! it was. axum's `serve` leaves connections behind when it is aborted, and a stand-in that is down must not answer on
//! them.

use std::net::SocketAddr;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, JoinSet};

/// Serves until dropped.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) url: String,
    address: SocketAddr,
    router: Router,
    task: Mutex<JoinHandle<()>>,
}

impl Served {
    pub(crate) async fn start(router: Router) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let task = tokio::spawn(serve(listener, router.clone()));
        Self {
            url: format!("http://{address}"),
            address,
            router,
            task: Mutex::new(task),
        }
    }

    /// Nobody listens any more when this returns, and nobody is answered.
    pub(crate) async fn down(&self) {
        let mut task = self.task.lock().await;
        task.abort();
        let _ = (&mut *task).await;
    }

    /// Listens again, where it did before.
    pub(crate) async fn up(&self) {
        let mut task = self.task.lock().await;
        assert!(task.is_finished(), "it is up");
        let listener = TcpListener::bind(self.address).await.expect("the port");
        *task = tokio::spawn(serve(listener, self.router.clone()));
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.get_mut().abort();
    }
}

async fn serve(listener: TcpListener, router: Router) {
    // Dropped with this, and its tasks with it.
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let service = TowerToHyperService::new(router.clone());
        connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        while connections.try_join_next().is_some() {}
    }
}
