//! The platform of the connector `courier`: it takes what is posted to `/send`, or does what a test says instead.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, timeout};

use crate::PATIENCE;
use crate::served::Served;

/// What the platform does with a part.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Takes it, and gives a receipt.
    Take,
    /// Takes it, and gives the receipt after a while.
    TakeIn(Duration),
    /// Takes it, and gives the receipt when [`Platform::open`] lets it.
    TakeAtGate,
    /// Takes it, and breaks the connection off before it says so.
    TakeAndCut,
    /// Takes it, and never says so.
    TakeAndHang,
    /// Breaks the connection off, and has not taken it.
    Cut,
    /// Does not take it: a status, with headers and a body.
    Refuse(u16, Vec<(&'static str, String)>, String),
}

impl Answer {
    /// Does not take it.
    #[must_use]
    pub const fn status(status: u16) -> Self {
        Self::Refuse(status, Vec::new(), String::new())
    }

    /// Adds a body to a refusal.
    ///
    /// # Panics
    ///
    /// When it is none.
    #[must_use]
    pub fn saying(self, body: &Value) -> Self {
        let Self::Refuse(status, headers, _) = self else {
            panic!("{self:?} is no refusal");
        };
        // Platforms that answer a text mean no JSON by it.
        let body = body
            .as_str()
            .map_or_else(|| body.to_string(), str::to_owned);
        Self::Refuse(status, headers, body)
    }

    /// Adds `Retry-After` to a refusal.
    ///
    /// # Panics
    ///
    /// When it is none.
    #[must_use]
    pub fn after(self, seconds: u64) -> Self {
        self.with("retry-after", seconds.to_string())
    }

    /// Adds a header to a refusal.
    ///
    /// # Panics
    ///
    /// When it is none.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        let Self::Refuse(status, mut headers, body) = self else {
            panic!("{self:?} is no refusal");
        };
        headers.push((name, value.into()));
        Self::Refuse(status, headers, body)
    }

    pub(crate) const fn takes(&self) -> bool {
        matches!(
            self,
            Self::Take | Self::TakeIn(_) | Self::TakeAtGate | Self::TakeAndCut | Self::TakeAndHang
        )
    }
}

/// One part that was posted.
#[derive(Clone, Debug)]
pub struct Posted {
    /// When it came.
    pub at: Instant,
    /// The how manieth of all that were posted, from 1.
    pub number: usize,
    /// The conversation.
    pub to: String,
    /// The part's id.
    pub id: String,
    /// The number of the attempt.
    pub attempt: u64,
    /// All of the body.
    pub body: Value,
    /// The headers.
    pub headers: HeaderMap,
    /// The receipt, if the platform took it.
    pub receipt: Option<String>,
}

impl Posted {
    /// Its text; empty where it has none.
    #[must_use]
    pub fn text(&self) -> &str {
        self.body["text"].as_str().unwrap_or_default()
    }

    /// Whether the platform has it, be it that it did not say so.
    #[must_use]
    pub const fn taken(&self) -> bool {
        self.receipt.is_some()
    }
}

type Script = Arc<dyn Fn(&Posted) -> Answer + Send + Sync>;

/// A platform for `courier`.
pub struct Platform {
    served: Served,
    script: Arc<RwLock<Script>>,
    gate: Arc<Semaphore>,
    posted: watch::Receiver<Vec<Posted>>,
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Platform").field(&self.served.url).finish()
    }
}

#[derive(Clone)]
struct Desk {
    script: Arc<RwLock<Script>>,
    gate: Arc<Semaphore>,
    posted: Arc<watch::Sender<Vec<Posted>>>,
}

impl Platform {
    /// One that takes everything.
    pub async fn start() -> Self {
        let script: Arc<RwLock<Script>> = Arc::new(RwLock::new(Arc::new(|_| Answer::Take)));
        let gate = Arc::new(Semaphore::new(0));
        let (sender, posted) = watch::channel(Vec::new());
        let desk = Desk {
            script: script.clone(),
            gate: gate.clone(),
            posted: Arc::new(sender),
        };
        let router = Router::new().route("/send", post(take)).with_state(desk);
        Self {
            served: Served::start(router).await,
            script,
            gate,
            posted,
        }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.served.url
    }

    /// From now on it does with each part what `script` says.
    ///
    /// # Panics
    ///
    /// When an earlier script panicked.
    pub fn does(&self, script: impl Fn(&Posted) -> Answer + Send + Sync + 'static) {
        *self.script.write().expect("not poisoned") = Arc::new(script);
    }

    /// From now on it takes everything.
    pub fn takes(&self) {
        self.does(|_| Answer::Take);
    }

    /// Lets so many of [`Answer::TakeAtGate`] go on.
    pub fn open(&self, count: usize) {
        self.gate.add_permits(count);
    }

    /// Refuses connections, and breaks off those that there are.
    pub async fn down(&self) {
        self.served.down().await;
    }

    /// Listens again.
    pub async fn up(&self) {
        self.served.up().await;
    }

    /// What was posted so far, in order.
    #[must_use]
    pub fn posted(&self) -> Vec<Posted> {
        self.posted.borrow().clone()
    }

    /// What it took so far, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<Posted> {
        taken(&self.posted.borrow())
    }

    /// The texts that it took for a conversation, in order.
    #[must_use]
    pub fn texts(&self, conversation: &str) -> Vec<String> {
        let taken = self.taken().into_iter();
        taken
            .filter(|part| part.to == conversation)
            .map(|part| part.text().to_owned())
            .collect()
    }

    /// Waits until it has taken `count` parts.
    ///
    /// # Panics
    ///
    /// When they do not come.
    pub async fn wait_taken(&self, count: usize) -> Vec<Posted> {
        let posted = self
            .wait_until(|posted| posted.iter().filter(|part| part.taken()).count() >= count)
            .await;
        taken(&posted)
    }

    /// Waits until `count` parts were posted, taken or not.
    ///
    /// # Panics
    ///
    /// When they are not.
    pub async fn wait_posted(&self, count: usize) -> Vec<Posted> {
        self.wait_until(|posted| posted.len() >= count).await
    }

    /// Waits until what was posted is as it should be.
    ///
    /// # Panics
    ///
    /// When it does not get so.
    pub async fn wait_until(&self, ready: impl Fn(&[Posted]) -> bool) -> Vec<Posted> {
        let mut posted = self.posted.clone();
        let reached = posted.wait_for(|posted| ready(posted));
        match timeout(PATIENCE, reached).await {
            Ok(posted) => posted.expect("the platform lives").clone(),
            Err(_) => panic!(
                "what should be posted was not; this was: {:#?}",
                self.posted()
            ),
        }
    }
}

fn taken(posted: &[Posted]) -> Vec<Posted> {
    posted.iter().filter(|part| part.taken()).cloned().collect()
}

async fn take(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let body: Value = serde_json::from_slice(&body).expect("couriers post JSON");
    let text = |name: &str| body[name].as_str().expect("a text").to_owned();
    let mut part = Posted {
        at: Instant::now(),
        number: 0,
        to: text("to"),
        id: text("id"),
        attempt: body["attempt"].as_u64().expect("a number"),
        headers,
        receipt: None,
        body,
    };
    let script = desk.script.read().expect("not poisoned").clone();
    let mut answer = Answer::Take;
    let mut receipt = None;
    // What is decided here is decided: the caller may be gone before it hears of it.
    desk.posted.send_modify(|all| {
        part.number = all.len() + 1;
        answer = script(&part);
        if answer.takes() {
            receipt = Some(format!("r{}", part.number));
            part.receipt.clone_from(&receipt);
        }
        all.push(part);
    });
    let taken = (200, json!({ "id": receipt }).to_string());
    give(answer, taken, &desk.gate).await
}

/// Does what was decided; `taken` is what a platform that took it says.
pub(crate) async fn give(answer: Answer, taken: (u16, String), gate: &Semaphore) -> Response<Body> {
    match answer {
        Answer::Take => {}
        Answer::TakeIn(delay) => sleep(delay).await,
        Answer::TakeAtGate => gate.acquire().await.expect("never closed").forget(),
        Answer::TakeAndHang => std::future::pending().await,
        // Ends the connection's task without a word, not even to the panic hook.
        Answer::TakeAndCut | Answer::Cut => resume_unwind(Box::new("cut")),
        Answer::Refuse(status, headers, body) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            return response.body(Body::from(body)).expect("a response");
        }
    }
    let (status, body) = taken;
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from(body))
        .expect("a response")
}
