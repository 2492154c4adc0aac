//! Stand-ins: a bot that speaks Rasa's REST webhook, and a place that records what is sent to it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode, Uri};
use futures_util::stream;
use serde_json::{Map, Value, json};
use tokio::sync::{Notify, watch};

use crate::PATIENCE;
use crate::served::Served;

/// One request, as it came.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Path and query.
    pub path: String,
    /// The method.
    pub method: Method,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Recorded {
    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as a form: an object of texts, and of lists of texts where a name comes again.
    #[must_use]
    pub fn form(&self) -> Value {
        let mut form = Map::new();
        for (name, value) in form_urlencoded::parse(&self.body) {
            let value = Value::from(value);
            match form.get_mut(&*name) {
                None => {
                    form.insert(name.into_owned(), value);
                }
                Some(Value::Array(values)) => values.push(value),
                Some(first) => *first = json!([first.take(), value]),
            }
        }
        form.into()
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Answers everything in one way and keeps what it got.
#[derive(Debug)]
pub struct Recorder {
    served: Served,
    requests: watch::Receiver<Vec<Recorded>>,
}

impl Recorder {
    /// One that answers 200.
    pub async fn start() -> Self {
        Self::answering(StatusCode::OK).await
    }

    /// One that answers `status`.
    pub async fn answering(status: StatusCode) -> Self {
        Self::saying(status, &[], "").await
    }

    /// One that answers this.
    ///
    /// # Panics
    ///
    /// When a header is none.
    pub async fn saying(
        status: StatusCode,
        headers: &[(&'static str, &str)],
        body: impl Into<Bytes>,
    ) -> Self {
        let headers = headers.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, value.parse().expect("a header's value"))
        });
        let headers: HeaderMap = headers.collect();
        let answer = (status, headers, body.into());
        let (sender, requests) = watch::channel(Vec::new());
        let sender = Arc::new(sender);
        let router = Router::new().fallback(
            move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                let (sender, answer) = (sender.clone(), answer.clone());
                async move {
                    let path = uri
                        .path_and_query()
                        .map(ToString::to_string)
                        .unwrap_or_default();
                    let request = Recorded {
                        path,
                        method,
                        headers,
                        body,
                    };
                    sender.send_modify(|all| all.push(request));
                    answer
                }
            },
        );
        Self {
            // Whatever the size: what is too much is for the server to say.
            served: Served::start(router.layer(DefaultBodyLimit::disable())).await,
            requests,
        }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.served.url
    }

    /// What it got so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.requests.borrow().clone()
    }

    /// Waits until it has got `count` requests.
    ///
    /// # Panics
    ///
    /// When they do not come.
    pub async fn wait_for(&self, count: usize) -> Vec<Recorded> {
        let mut requests = self.requests.clone();
        let reached = requests.wait_for(|all| all.len() >= count);
        match tokio::time::timeout(PATIENCE, reached).await {
            Ok(all) => all.expect("the recorder lives").clone(),
            Err(_) => panic!(
                "{count} requests did not come; these did: {:#?}",
                self.requests()
            ),
        }
    }
}

/// A bot with a script: what it answers to a text, in Rasa's shape. Other texts are echoed. Some texts ask for more:
/// `fail` (500), `hang` (never answers), `garbage`, `drop` (breaks off after [`Bot::open_gate`]), `big` (50 MB),
/// `gate` (waits before its answer, or in a streamed one between
/// its two replies until [`Bot::open_gate`]).
#[derive(Debug)]
pub struct Bot {
    served: Served,
    heard: Arc<Mutex<Vec<Value>>>,
    gate: Arc<Notify>,
}

#[derive(Clone)]
struct Script {
    replies: Arc<HashMap<String, Value>>,
    /// The custom JSON that it has for a channel in place of the script's.
    custom: Arc<HashMap<String, Value>>,
    heard: Arc<Mutex<Vec<Value>>>,
    gate: Arc<Notify>,
}

impl Bot {
    /// Starts the bot with the script of the recorded cases.
    ///
    /// # Panics
    ///
    /// When the script is no JSON.
    pub async fn start() -> Self {
        let replies = serde_json::from_str(include_str!("../cases/replies.json")).expect("JSON");
        let custom = serde_json::from_str(include_str!("../cases/custom.json")).expect("JSON");
        let heard = Arc::<Mutex<Vec<Value>>>::default();
        let gate = Arc::<Notify>::default();
        let script = Script {
            replies: Arc::new(replies),
            custom: Arc::new(custom),
            heard: heard.clone(),
            gate: gate.clone(),
        };
        let router = Router::new().fallback(answer).with_state(script);
        Self {
            served: Served::start(router).await,
            heard,
            gate,
        }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.served.url
    }

    /// `endpoints.yml` for it.
    #[must_use]
    pub fn endpoints(&self) -> String {
        format!("bot:\n  type: rasa\n  url: {}\n  timeout: 5s\n", self.url())
    }

    /// The messages that it got.
    ///
    /// # Panics
    ///
    /// When a thread panicked over them.
    #[must_use]
    pub fn heard(&self) -> Vec<Value> {
        self.heard.lock().expect("not poisoned").clone()
    }

    /// Lets one `gate` go on.
    pub fn open_gate(&self) {
        self.gate.notify_one();
    }
}

async fn answer(State(script): State<Script>, request: Request<Body>) -> Response<Body> {
    let path = request
        .uri()
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let body = axum::body::to_bytes(request.into_body(), usize::MAX)
        .await
        .expect("a body");
    let message: Value = serde_json::from_slice(&body).expect("the server sends JSON");
    script
        .heard
        .lock()
        .expect("not poisoned")
        .push(message.clone());
    let text = message["message"].as_str().unwrap_or_default().to_owned();
    let sender = message["sender"].clone();
    let channel = message["input_channel"].as_str().unwrap_or_default();
    let custom = script
        .custom
        .get(channel)
        .filter(|_| text != "custom_generic");
    let addressed = |reply: &Value| {
        let mut reply = reply.clone();
        reply["recipient_id"] = sender.clone();
        if let (Some(said), Some(custom)) = (reply.get_mut("custom"), custom) {
            *said = custom.clone();
        }
        reply
    };
    let echo = json!([{ "text": format!("echo: {text}").trim_end() }]);
    let replies: Vec<Value> = match text.as_str() {
        "fail" => {
            let mut failed = Response::new(Body::from("{}"));
            *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            return failed;
        }
        "hang" => std::future::pending().await,
        "garbage" => return Response::new(Body::from("<html>not json")),
        "big" => return Response::new(Body::from(vec![b' '; 50 << 20])),
        "drop" => {
            let pieces = stream::unfold((script.gate, 0), |(gate, sent)| async move {
                if sent == 0 {
                    let piece = Bytes::from("{\"text\": \"before the end\"}\n{\"te");
                    return Some((Ok(piece), (gate, 1)));
                }
                gate.notified().await;
                Some((Err(std::io::Error::other("gone")), (gate, 2)))
            });
            return Response::new(Body::from_stream(pieces));
        }
        "gate" => vec![json!({"text": "first"}), json!({"text": "second"})],
        known => {
            let replies = script.replies.get(known).unwrap_or(&echo);
            replies.as_array().expect("a list").clone()
        }
    };
    let replies: Vec<Value> = replies.iter().map(addressed).collect();
    if !path.contains("stream=true") {
        if text == "gate" {
            script.gate.notified().await;
        }
        let mut response = Response::new(Body::from(Value::Array(replies).to_string()));
        let kind = "application/json".parse().expect("a value");
        response.headers_mut().insert("content-type", kind);
        return response;
    }
    let gate = (text == "gate").then_some(script.gate);
    let lines = stream::unfold(
        (replies.into_iter(), gate, 0),
        |(mut rest, gate, sent)| async move {
            let reply = rest.next()?;
            if let (Some(gate), true) = (&gate, sent > 0) {
                gate.notified().await;
            }
            Some((
                Ok::<_, Infallible>(format!("{reply}\n")),
                (rest, gate, sent + 1),
            ))
        },
    );
    let mut response = Response::new(Body::from_stream(lines));
    let kind = "text/event-stream".parse().expect("a value");
    response.headers_mut().insert("content-type", kind);
    response
}
