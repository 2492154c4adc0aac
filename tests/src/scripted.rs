//! A bot that does what a test says with each message. It speaks both as a signed webhook and as a Rasa server: what
//! calls it tells by its headers.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, timeout};

use crate::PATIENCE;
use crate::served::Served;

/// The webhook's key.
const KEY: &[u8] = b"a key for the webhook's signature";

/// What the bot does with a message.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Says these replies, in Rasa's shape.
    Say(Vec<Value>),
    /// Says them after a while.
    SayIn(Duration, Vec<Value>),
    /// Says them when [`ScriptedBot::open`] lets it.
    SayAtGate(Vec<Value>),
    /// Never answers.
    Hang,
    /// A status and no more: 202 for a bot that will post its replies.
    Status(u16),
    /// This, as it is.
    Raw(Vec<u8>),
    /// So many bytes of nothing, one mebibyte after the other.
    Bytes(usize),
    /// The head of an answer, and half of its body.
    Cut,
}

impl Reply {
    /// One text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Say(vec![json!({ "text": text.into() })])
    }

    /// What was said, as the built-in bot repeats it.
    #[must_use]
    pub fn echo(heard: &Heard) -> Self {
        Self::text(format!("echo: {}", heard.text))
    }
}

/// One message that the bot got.
#[derive(Clone, Debug)]
pub struct Heard {
    /// When.
    pub at: Instant,
    /// The message's id, the same over tries.
    pub id: String,
    /// The conversation.
    pub conversation: String,
    /// What was said; empty where it is an event.
    pub text: String,
    /// The how manieth try this is, from 1.
    pub attempt: usize,
    /// The body.
    pub body: Value,
    /// The body's bytes.
    pub bytes: Bytes,
    /// The headers.
    pub headers: HeaderMap,
}

type Script = Arc<dyn Fn(&Heard) -> Reply + Send + Sync>;

/// A bot with a script.
pub struct ScriptedBot {
    served: Served,
    script: Arc<RwLock<Script>>,
    gate: Arc<Semaphore>,
    heard: watch::Receiver<Vec<Heard>>,
}

impl fmt::Debug for ScriptedBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScriptedBot")
            .field(&self.served.url)
            .finish()
    }
}

#[derive(Clone)]
struct Ears {
    script: Arc<RwLock<Script>>,
    gate: Arc<Semaphore>,
    heard: Arc<watch::Sender<Vec<Heard>>>,
}

impl ScriptedBot {
    /// One that repeats what it hears.
    pub async fn start() -> Self {
        let script: Arc<RwLock<Script>> = Arc::new(RwLock::new(Arc::new(Reply::echo)));
        let gate = Arc::new(Semaphore::new(0));
        let (sender, heard) = watch::channel(Vec::new());
        let ears = Ears {
            script: script.clone(),
            gate: gate.clone(),
            heard: Arc::new(sender),
        };
        let router = Router::new().fallback(hear).with_state(ears);
        Self {
            served: Served::start(router).await,
            script,
            gate,
            heard,
        }
    }

    /// `endpoints.yml` for it as a signed webhook, with more lines for `bot:`.
    #[must_use]
    pub fn webhook(&self, more: &str) -> String {
        format!(
            "bot:\n  type: webhook\n  url: {}/events\n  secret: {}\n{}",
            self.served.url,
            Self::secret(),
            indented(more)
        )
    }

    /// `endpoints.yml` for it as a Rasa server, with more lines for `bot:`.
    #[must_use]
    pub fn rasa(&self, more: &str) -> String {
        format!(
            "bot:\n  type: rasa\n  url: {}\n{}",
            self.served.url,
            indented(more)
        )
    }

    /// The webhook's secret, as Standard Webhooks writes it.
    #[must_use]
    pub fn secret() -> String {
        format!("whsec_{}", STANDARD.encode(KEY))
    }

    /// From now on it does with each message what `script` says.
    ///
    /// # Panics
    ///
    /// When an earlier script panicked.
    pub fn does(&self, script: impl Fn(&Heard) -> Reply + Send + Sync + 'static) {
        *self.script.write().expect("not poisoned") = Arc::new(script);
    }

    /// Lets so many of [`Reply::SayAtGate`] go on.
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

    /// What it heard so far, in order.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.borrow().clone()
    }

    /// What was said in a conversation so far, each try of it, in order.
    #[must_use]
    pub fn texts(&self, conversation: &str) -> Vec<String> {
        let heard = self.heard.borrow();
        heard
            .iter()
            .filter(|heard| heard.conversation == conversation)
            .map(|heard| heard.text.clone())
            .collect()
    }

    /// Waits until it has heard `count` messages, each try of them.
    ///
    /// # Panics
    ///
    /// When they do not come.
    pub async fn wait_for(&self, count: usize) -> Vec<Heard> {
        self.wait_until(|heard| heard.len() >= count).await
    }

    /// Waits until what it has heard is as it should be.
    ///
    /// # Panics
    ///
    /// When it does not get so.
    pub async fn wait_until(&self, ready: impl Fn(&[Heard]) -> bool) -> Vec<Heard> {
        let mut heard = self.heard.clone();
        let reached = heard.wait_for(|heard| ready(heard));
        match timeout(PATIENCE, reached).await {
            Ok(heard) => heard.expect("the bot lives").clone(),
            Err(_) => panic!(
                "what the bot should hear it did not; this it did: {:#?}",
                self.heard()
            ),
        }
    }
}

fn indented(lines: &str) -> String {
    lines.lines().map(|line| format!("  {line}\n")).collect()
}

async fn hear(State(ears): State<Ears>, headers: HeaderMap, bytes: Bytes) -> Response<Body> {
    let body: Value = serde_json::from_slice(&bytes).expect("the server sends JSON");
    let header = |name: &str| {
        let value = headers.get(name)?.to_str().expect("a text");
        Some(value.to_owned())
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (id, conversation, said) = if let Some(id) = header("webhook-id") {
        if let Err(why) = verify(&id, &headers, &bytes) {
            let refused = Response::builder().status(StatusCode::UNAUTHORIZED);
            return refused.body(Body::from(why)).expect("a response");
        }
        let data = &body["data"];
        (id, text(&data["conversation"]), text(&data["text"]))
    } else {
        let id = header("x-switchboard-message-id").expect("the message's id");
        (id, text(&body["sender"]), text(&body["message"]))
    };
    let mut heard = Heard {
        at: Instant::now(),
        id,
        conversation,
        text: said,
        attempt: 1,
        body,
        bytes,
        headers,
    };
    let script = ears.script.read().expect("not poisoned").clone();
    let mut reply = Reply::Hang;
    ears.heard.send_modify(|all| {
        heard.attempt += all.iter().filter(|known| known.id == heard.id).count();
        reply = script(&heard);
        all.push(heard);
    });
    say(reply, &ears.gate).await
}

/// The scheme of <https://www.standardwebhooks.com>, from its description.
fn verify(id: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.ok_or_else(|| format!("no {name}"))
    };
    let timestamp = header("webhook-timestamp")?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds: u64 = timestamp.parse().map_err(|_| "no seconds".to_owned())?;
    if now.expect("after 1970").as_secs().abs_diff(seconds) > 300 {
        return Err("too old".to_owned());
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).expect("a key");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let signature = header("webhook-signature")?;
    if signature.split(' ').any(|one| one == expected) {
        Ok(())
    } else {
        Err("not signed with the key".to_owned())
    }
}

async fn say(reply: Reply, gate: &Semaphore) -> Response<Body> {
    let body = match reply {
        Reply::Say(replies) => Value::Array(replies).to_string().into(),
        Reply::SayIn(delay, replies) => {
            sleep(delay).await;
            Value::Array(replies).to_string().into()
        }
        Reply::SayAtGate(replies) => {
            gate.acquire().await.expect("never closed").forget();
            Value::Array(replies).to_string().into()
        }
        Reply::Hang => std::future::pending().await,
        Reply::Status(status) => {
            let response = Response::builder().status(status);
            return response.body(Body::empty()).expect("a response");
        }
        Reply::Raw(bytes) => bytes.into(),
        Reply::Bytes(count) => {
            const PIECE: usize = 1 << 20;
            let pieces = (0..count.div_ceil(PIECE)).map(|_| Ok::<_, Infallible>(vec![b' '; PIECE]));
            Body::from_stream(stream::iter(pieces))
        }
        Reply::Cut => {
            let pieces = stream::unfold(0, |sent| async move {
                let piece = if sent == 0 {
                    Ok("[{\"text\": \"half of")
                } else {
                    // So that what was said before has left.
                    sleep(Duration::from_millis(50)).await;
                    Err(std::io::Error::other("cut"))
                };
                Some((piece, sent + 1))
            });
            Body::from_stream(pieces)
        }
    };
    Response::builder()
        .header("content-type", "application/json")
        .body(body)
        .expect("a response")
}
