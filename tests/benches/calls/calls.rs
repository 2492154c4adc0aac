//! One call: many small batches of each kind in turns, so that a machine that is disturbed disturbs all alike.

use std::fs;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use switchboard::bindings::connector::Request;
use switchboard::runtime::bench;
use switchboard::server::{Options, Server};
use switchboard_sdk::rasa::Inbound;
use switchboard_tests::{Spread, rounded};

use crate::bare::Bare;

/// Batches of each kind.
const ROUNDS: usize = 501;

/// Calls in a batch.
const CALLS: usize = 100;

/// The channels that are measured.
const CHANNELS: &str = "
callback:
  - account: reused
    url: http://localhost:1/
  - account: fresh
    url: http://localhost:1/
    isolation: fresh
";

/// Microseconds a call, of each batch.
#[derive(Default)]
struct Times {
    native: Vec<f64>,
    reused: Pair,
    fresh: Pair,
}

#[derive(Default)]
struct Pair {
    bare: Vec<f64>,
    host: Vec<f64>,
}

pub(crate) async fn measure() -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let credentials = folder.path().join("credentials.yml");
    fs::write(&credentials, CHANNELS).expect("a file");
    let options = Options {
        credentials: Some(credentials),
        data_dir: folder.path().join("data"),
        ..Options::default()
    };
    let server = Server::prepare(&options).await.expect("it starts");
    let [reused, fresh] = [0, 1].map(|index| server.channels[index].channel.clone());
    let bare = Bare::link(bench::component(reused.connector()));
    let mut kept = bare.instantiate().await;
    let route: Arc<str> = "webhook".into();

    let mut times = Times::default();
    for _ in 0..ROUNDS {
        times
            .native
            .push(batch(request_to_sdk, async |request| native(&request)).await);
        let time = batch(request, async |request| {
            kept.receive(&route, &request).await
        })
        .await;
        times.reused.bare.push(time);
        let through = async |request| bench::receive(&reused, route.clone(), request).await;
        times.reused.host.push(batch(request, through).await);
        let once = async |request| bare.instantiate().await.receive(&route, &request).await;
        times.fresh.bare.push(batch(request, once).await);
        let through = async |request| bench::receive(&fresh, route.clone(), request).await;
        times.fresh.host.push(batch(request, through).await);
    }
    // What all three do is the same: the message is taken and the answer is right.
    let received = bench::receive(&fresh, route.clone(), request()).await;
    let received = received.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(received.events.len(), 1);
    let answer = received.answer.expect("an answer");
    assert_eq!(kept.receive(&route, &request()).await, Ok(answer));
    tell(&times)
}

fn tell(times: &Times) -> Value {
    let native = Spread::of(times.native.iter().copied()).median;
    println!("one call, µs: medians of {ROUNDS} rounds of {CALLS} calls each");
    println!("           native    wasmtime        host   host over wasmtime");
    let mut figures = json!({"native_us": rounded(native)});
    for (name, pair) in [("reused", &times.reused), ("fresh", &times.fresh)] {
        let [bare, host] = [&pair.bare, &pair.host].map(|all| Spread::of(all.iter().copied()));
        let over = pair
            .host
            .iter()
            .zip(&pair.bare)
            .map(|(host, bare)| host - bare);
        let over = Spread::of(over).median;
        println!(
            "{name:<8} {native:>8.2} {:>11.2} {:>11.2} {over:>20.2}",
            bare.median, host.median
        );
        figures[name] = json!({
            "wasmtime_us": rounded(bare.median),
            "host_us": rounded(host.median),
            "over_us": rounded(over),
        });
    }
    println!();
    figures
}

/// Microseconds for each of a batch of calls. What they are called with is made before.
async fn batch<T, R>(make: fn() -> T, mut call: impl AsyncFnMut(T) -> R) -> f64 {
    let arguments: Vec<T> = (0..CALLS).map(|_| make()).collect();
    let started = Instant::now();
    for argument in arguments {
        black_box(call(argument).await);
    }
    started.elapsed().as_secs_f64() * 1e6 / CALLS as f64
}

/// What the connector does with a request, by the same code.
fn native(
    request: &switchboard_sdk::Request,
) -> (switchboard_sdk::Event, switchboard_sdk::Response) {
    let inbound = Inbound::parse(request).expect("a message");
    let answer = switchboard_sdk::Response::text(200, "success");
    (inbound.into_message().into(), answer)
}

/// A request as a client makes it.
fn request() -> Request {
    let body = r#"{"sender": "user-1", "message": "I ordered the blue one, and a green one came.", "metadata": {"page": "/orders"}}"#;
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    Request {
        method: "POST".to_owned(),
        path: "/webhooks/callback/webhook".to_owned(),
        params: Vec::new(),
        query: String::new(),
        query_params: Vec::new(),
        headers: vec![
            header("host", "bot.example.com"),
            header("user-agent", "bench"),
            header("accept", "*/*"),
            header("content-type", "application/json"),
            header("content-length", "112"),
        ],
        body: body.as_bytes().to_vec(),
        remote_address: "127.0.0.1:40000".to_owned(),
        url: "https://bot.example.com/webhooks/callback/webhook".to_owned(),
    }
}

fn request_to_sdk() -> switchboard_sdk::Request {
    let request = request();
    switchboard_sdk::Request {
        method: request.method,
        path: request.path,
        params: request.params,
        query: request.query,
        query_params: request.query_params,
        headers: request.headers,
        body: request.body,
        remote_address: request.remote_address,
        url: request.url,
    }
}
