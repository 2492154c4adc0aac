//! What the server talks to: bots and the client's address, in this process.

use std::future::{IntoFuture, pending};
use std::time::Instant;

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Serves as long as the runtime lives; its address.
pub(crate) fn serve(runtime: &Runtime, router: Router) -> String {
    let listener = runtime
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    runtime.spawn(axum::serve(listener, router).into_future());
    format!("http://{address}")
}

/// `endpoints.yml` of a bot at `url`.
pub(crate) fn endpoints(url: &str, concurrency: usize) -> String {
    format!("bot:\n  type: rasa\n  url: {url}\n  timeout: 5m\n  concurrency: {concurrency}\n")
}

/// `credentials.yml` of a callback channel whose client is at `url`.
pub(crate) fn credentials(url: &str) -> String {
    format!("callback:\n  url: {url}\n  limits:\n    queue: 10000000\n")
}

/// A bot that never answers; when it was asked.
pub(crate) fn silent_bot(runtime: &Runtime) -> (String, UnboundedReceiver<Instant>) {
    let (asked, times) = unbounded_channel();
    let handler = move || {
        let _ = asked.send(Instant::now());
        pending::<()>()
    };
    (serve(runtime, Router::new().fallback(handler)), times)
}

/// A bot that says at once what it hears.
pub(crate) fn parrot(runtime: &Runtime) -> String {
    let handler = |heard: Json<Value>| async move {
        Json(json!([{"recipient_id": heard["sender"], "text": heard["message"]}]))
    };
    serve(runtime, Router::new().fallback(post(handler)))
}

/// A client's address; `arrived` gets each text that comes, at once.
pub(crate) fn client<F>(runtime: &Runtime, arrived: F) -> String
where
    F: Fn(&str) + Clone + Send + Sync + 'static,
{
    let handler = move |Json(part): Json<Value>| {
        arrived(part["text"].as_str().unwrap_or_default());
        async {}
    };
    serve(runtime, Router::new().fallback(post(handler)))
}
