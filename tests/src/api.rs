//! The API of a messaging platform, as far as its connector calls it: each call is recorded and answered as the platform
//! answers when all is well, or as a test says instead.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Response, Uri};
use serde_json::Value;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};

use crate::platform::give;
use crate::served::Served;
use crate::{Answer, PATIENCE, Recorded, apis};

/// One call.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it came.
    pub at: Instant,
    /// The how manieth of all calls, from 1.
    pub number: usize,
    /// What came.
    pub request: Recorded,
    /// Whether the platform did what was asked for, be it that it did not say so.
    pub taken: bool,
}

impl Call {
    /// The path without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        let path = &self.request.path;
        path.split_once('?').map_or(path, |(path, _)| path)
    }

    /// Whether it is a call to this method of the API, such as `POST /chat.postMessage`, by the end of its path.
    #[must_use]
    pub fn is(&self, method_and_path: &str) -> bool {
        let (method, path) = method_and_path.split_once(' ').expect("a method");
        self.request.method == method && self.path().ends_with(path)
    }

    /// The body, be it JSON or a form: that is an object of texts, and of lists of texts where a name comes again. Null
    /// where there is none.
    #[must_use]
    pub fn body(&self) -> Value {
        match self.request.header("content-type") {
            Some(kind) if kind.starts_with("application/x-www-form-urlencoded") => {
                self.request.form()
            }
            _ => self.request.json(),
        }
    }
}

/// What a platform that works says to a call: the status and the body.
pub(crate) type Manners = fn(&Call) -> (u16, Value);

type Script = Arc<dyn Fn(&Call) -> Answer + Send + Sync>;

/// The API of one platform.
pub struct Api {
    served: Served,
    shared: Shared,
    calls: watch::Receiver<Vec<Call>>,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Api").field(&self.served.url).finish()
    }
}

#[derive(Clone)]
struct Shared {
    manners: Manners,
    script: Arc<RwLock<Script>>,
    documents: Arc<RwLock<HashMap<String, Value>>>,
    gate: Arc<Semaphore>,
    calls: Arc<watch::Sender<Vec<Call>>>,
}

impl Api {
    /// The API of a built-in connector's platform, by the connector's name.
    ///
    /// # Panics
    ///
    /// When there is none of that name.
    pub async fn of(connector: &str) -> Self {
        let (sender, calls) = watch::channel(Vec::new());
        let shared = Shared {
            manners: apis::of(connector),
            script: Arc::new(RwLock::new(Arc::new(|_| Answer::Take))),
            documents: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
            calls: Arc::new(sender),
        };
        let router = Router::new().fallback(answer).with_state(shared.clone());
        Self {
            served: Served::start(router.layer(DefaultBodyLimit::disable())).await,
            shared,
            calls,
        }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.served.url
    }

    /// From now on it does with each call what `script` says; [`Answer::Take`] is what the platform does.
    ///
    /// # Panics
    ///
    /// When an earlier script panicked.
    pub fn does(&self, script: impl Fn(&Call) -> Answer + Send + Sync + 'static) {
        *self.shared.script.write().expect("not poisoned") = Arc::new(script);
    }

    /// The next call that is one of these gets `answer`; all others, what the platform does.
    pub fn does_once(&self, which: impl Fn(&Call) -> bool + Send + Sync + 'static, answer: Answer) {
        let is_done = AtomicBool::new(false);
        self.does(move |call| {
            if which(call) && !is_done.swap(true, Ordering::Relaxed) {
                answer.clone()
            } else {
                Answer::Take
            }
        });
    }

    /// From now on it does what the platform does.
    pub fn works(&self) {
        self.does(|_| Answer::Take);
    }

    /// What is to be read at a path, by its end: a message that a user wrote, say. A text is the body to the letter.
    ///
    /// # Panics
    ///
    /// When an earlier script panicked.
    pub fn holds(&self, path: impl Into<String>, document: Value) {
        let mut documents = self.shared.documents.write().expect("not poisoned");
        documents.insert(path.into(), document);
    }

    /// Lets so many of [`Answer::TakeAtGate`] go on.
    pub fn open(&self, count: usize) {
        self.shared.gate.add_permits(count);
    }

    /// Refuses connections, and breaks off those that there are.
    pub async fn down(&self) {
        self.served.down().await;
    }

    /// Listens again.
    pub async fn up(&self) {
        self.served.up().await;
    }

    /// All calls so far, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.calls.borrow().clone()
    }

    /// The calls so far to a method of the API, such as `POST /chat.postMessage`.
    #[must_use]
    pub fn calls_of(&self, method_and_path: &str) -> Vec<Call> {
        let calls = self.calls().into_iter();
        calls.filter(|call| call.is(method_and_path)).collect()
    }

    /// Waits until there were `count` calls to a method of the API.
    ///
    /// # Panics
    ///
    /// When they do not come.
    pub async fn wait_for(&self, method_and_path: &str, count: usize) -> Vec<Call> {
        let these = |call: &&Call| call.is(method_and_path);
        let calls = self
            .wait_until(|calls| calls.iter().filter(these).count() >= count)
            .await;
        calls.into_iter().filter(|call| these(&call)).collect()
    }

    /// Waits until the calls are as they should be.
    ///
    /// # Panics
    ///
    /// When they do not get so.
    pub async fn wait_until(&self, ready: impl Fn(&[Call]) -> bool) -> Vec<Call> {
        let mut calls = self.calls.clone();
        let reached = calls.wait_for(|calls| ready(calls));
        match timeout(PATIENCE, reached).await {
            Ok(calls) => calls.expect("the platform lives").clone(),
            Err(_) => panic!(
                "the calls that should come did not; these did: {:#?}",
                self.calls()
            ),
        }
    }
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let path = uri.path_and_query().map(ToString::to_string);
    let mut call = Call {
        at: Instant::now(),
        number: 0,
        request: Recorded {
            path: path.unwrap_or_default(),
            method,
            headers,
            body,
        },
        taken: false,
    };
    let script = shared.script.read().expect("not poisoned").clone();
    let mut answer = Answer::Take;
    // What is decided here is decided: the caller may be gone before it hears of it.
    shared.calls.send_modify(|all| {
        call.number = all.len() + 1;
        answer = script(&call);
        call.taken = answer.takes();
        all.push(call.clone());
    });
    let document = {
        let documents = shared.documents.read().expect("not poisoned");
        let mut held = documents.iter();
        let found =
            held.find(|(path, _)| call.request.method == "GET" && call.path().ends_with(*path));
        found.map(|(_, document)| document.clone())
    };
    let (status, body) =
        document.map_or_else(|| (shared.manners)(&call), |document| (200, document));
    let body = match body {
        Value::Null => String::new(),
        Value::String(body) => body,
        body => body.to_string(),
    };
    give(answer, (status, body), &shared.gate).await
}
