//! Calls that wait for the bot: 1,000 requests to REST, each of another conversation, and a bot that holds all of them
//! until it is told. Each holds an instance, its stack, the client's connection and one to the bot.

use std::fmt::Write as _;
use std::future::IntoFuture;
use std::time::Instant;

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use switchboard_tests::{Builder, PATIENCE, Switchboard, client, resident_memory, rounded};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::time::timeout;

/// Calls at once.
const CALLS: usize = 1_000;

/// Accounts that share them: one channel takes 256 by default.
const ACCOUNTS: usize = 4;

/// How often they are parked: what one time leaves behind must not add up.
const TIMES: usize = 3;

pub(crate) fn measure(runtime: &Runtime) -> Value {
    let mut bot = Bot::start(runtime);
    let mut channels = String::from("rest:\n");
    for account in 0..ACCOUNTS {
        // Writing to a String cannot fail.
        let _ = writeln!(channels, "  - account: a{account}");
    }
    let server = Builder::new()
        .credentials(&channels)
        .endpoints(&format!(
            "bot:\n  type: rasa\n  url: {}\n  timeout: 5m\n",
            bot.url
        ))
        .start();
    println!("parked in calls of the bot       calls   until parked ms   memory MiB   KiB each");
    let client = client();
    let idle = resident_memory(server.pid());
    let mut figures = vec![tell("idle", 0, None, idle, idle)];
    for _ in 0..TIMES {
        let started = Instant::now();
        let requests: Vec<_> = (0..CALLS)
            .map(|number| runtime.spawn(ask(&client, &server, number)))
            .collect();
        runtime.block_on(bot.hold(CALLS));
        let took = started.elapsed().as_secs_f64() * 1e3;
        let memory = resident_memory(server.pid());
        figures.push(tell("parked", CALLS, Some(took), memory, idle));
        bot.release();
        for request in requests {
            runtime.block_on(request).expect("an answer");
        }
        let memory = resident_memory(server.pid());
        figures.push(tell("answered", 0, None, memory, idle));
    }
    println!();
    Value::Array(figures)
}

fn tell(state: &str, calls: usize, took: Option<f64>, memory: f64, idle: f64) -> Value {
    let shown = took.map(|took| format!("{took:.0}")).unwrap_or_default();
    let each = match calls {
        0 => String::new(),
        calls => format!("{:.1}", (memory - idle) * 1024.0 / calls as f64),
    };
    println!("{state:<28} {calls:>9} {shown:>17} {memory:>12.1} {each:>10}");
    json!({"state": state, "calls": calls, "until_parked_ms": took.map(rounded), "mib": rounded(memory)})
}

/// One request, and whether its answer is the right one.
fn ask(
    client: &reqwest::Client,
    server: &Switchboard,
    number: usize,
) -> impl Future<Output = ()> + Send + use<> {
    let client = client.clone();
    let url = server.at(&format!("/webhooks/rest/a{}/webhook", number % ACCOUNTS));
    let sender = format!("user-{number}");
    async move {
        let body = json!({"sender": sender, "message": "hello"}).to_string();
        let sent = client.post(url).body(body).send().await;
        let response = sent.expect("an answer");
        assert_eq!(response.status(), 200);
        let text = response.text().await.expect("a body");
        assert_eq!(
            text,
            json!([{"recipient_id": sender, "text": "hello"}]).to_string()
        );
    }
}

/// A bot that says what it hears, once it is let.
struct Bot {
    url: String,
    /// How many ask at the moment.
    waiting: watch::Receiver<usize>,
    /// How many times it was let.
    released: watch::Sender<usize>,
}

impl Bot {
    fn start(runtime: &Runtime) -> Self {
        let (count, waiting) = watch::channel(0);
        let (released, gate) = watch::channel(0);
        let handler = move |heard: Json<Value>| {
            let (count, mut gate) = (count.clone(), gate.clone());
            async move {
                gate.mark_unchanged();
                count.send_modify(|count| *count += 1);
                gate.changed().await.expect("the bot lives");
                count.send_modify(|count| *count -= 1);
                Json(json!([{"recipient_id": heard["sender"], "text": heard["message"]}]))
            }
        };
        let router = Router::new().fallback(post(handler));
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(axum::serve(listener, router).into_future());
        Self {
            url: format!("http://{address}"),
            waiting,
            released,
        }
    }

    /// Waits until so many ask.
    async fn hold(&mut self, calls: usize) {
        let all = self.waiting.wait_for(|waiting| *waiting == calls);
        let held = timeout(PATIENCE, all).await.expect("all come");
        drop(held.expect("the bot lives"));
    }

    fn release(&self) {
        self.released.send_modify(|times| *times += 1);
    }
}
