//! A server in a bot's place, and what the tests of the bots share.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::body::{Body, Bytes};
use futures_util::stream;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use reqwest::Url;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Question, Replies};
use crate::bindings::types::{Attachment, BotError, Location, Message};
use crate::runtime::AskMode;

/// Serves until dropped.
pub(super) struct StandIn {
    host: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    task: JoinHandle<()>,
}

/// One request, as it came.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Heard {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).expect("the header");
        value.to_str().expect("ASCII")
    }
}

impl StandIn {
    /// One that gives this answer to everything.
    pub(super) async fn answering(
        answer: impl Fn() -> Response<Body> + Send + Sync + 'static,
    ) -> Self {
        Self::start(move || Some(answer())).await
    }

    /// One that never answers.
    pub(super) async fn silent() -> Self {
        Self::start(|| None).await
    }

    async fn start(answer: impl Fn() -> Option<Response<Body>> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let heard = Arc::<Mutex<Vec<Heard>>>::default();
        let hears = heard.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let service = service_fn(|request: Request<Incoming>| async {
                    let (parts, body) = request.into_parts();
                    let request = Heard {
                        headers: parts.headers,
                        body: body.collect().await.expect("a body").to_bytes(),
                    };
                    hears.lock().expect("not poisoned").push(request);
                    match answer() {
                        Some(answer) => Ok::<_, Infallible>(answer),
                        None => std::future::pending().await,
                    }
                });
                // One connection after the other, each for one request: enough here. An error is the client's leaving, or
                // the answer that breaks off.
                let _ = hyper::server::conn::http1::Builder::new()
                    .keep_alive(false)
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            }
        });
        Self {
            host: format!("http://{address}"),
            heard,
            task,
        }
    }

    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("{}{path}", self.host)).expect("an address")
    }

    /// What it got so far.
    pub(super) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("not poisoned").clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// 200 with JSON.
pub(super) fn json(body: &str) -> Response<Body> {
    let response = Response::builder().header("content-type", "application/json");
    let body = Body::from(body.to_owned());
    response.body(body).expect("a response")
}

/// A status alone.
pub(super) fn status(status: u16) -> Response<Body> {
    let response = Response::builder().status(status);
    response.body(Body::empty()).expect("a response")
}

/// Sends the beginning and hangs up.
pub(super) fn broken_off(beginning: &'static str) -> Response<Body> {
    let pieces = stream::unfold(false, move |sent| async move {
        if !sent {
            return Some((Ok(beginning), true));
        }
        // The server writes out what it has when the body lets it wait.
        tokio::task::yield_now().await;
        Some((Err(std::io::Error::other("gone")), true))
    });
    Response::new(Body::from_stream(pieces))
}

/// A message with something in every field.
pub(super) fn message() -> Message {
    Message {
        id: Some("wamid.1".into()),
        conversation: "conversation one".into(),
        sender: "sender one".into(),
        text: Some("grüße".into()),
        attachments: vec![Attachment {
            kind: "image".into(),
            url: Some("https://example.com/a.png".into()),
            id: None,
            media_type: Some("image/png".into()),
            name: None,
            size: Some(7),
        }],
        location: Some(Location {
            latitude: 52.5,
            longitude: -13.25,
            title: Some("here".into()),
            address: None,
        }),
        metadata: Some(r#"{"deep": 1, "big": 12345678901234567890123}"#.into()),
        input_channel: None,
        reply: Some(r#"{"service_url":"hunter2"}"#.into()),
    }
}

/// A question with that message.
pub(super) fn question(message: &Message) -> Question<'_> {
    Question {
        id: "0123abcd",
        channel: "whatsapp/acme",
        input_channel: "whatsapp",
        received: SystemTime::UNIX_EPOCH + Duration::from_millis(1_614_265_330_250),
        message,
        mode: AskMode::Whole,
    }
}

/// All replies of an answer.
pub(super) async fn all(asked: Result<Replies, BotError>) -> Result<Vec<Value>, BotError> {
    let mut replies = asked?;
    let mut all = Vec::new();
    while let Some(reply) = replies.next().await? {
        all.push(reply);
    }
    Ok(all)
}
