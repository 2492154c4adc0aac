//! REST echo through the component, with instances that are reused and with a fresh one for each call, against a bare
//! axum handler that does the same JSON work: server and handler as processes of their own, in one run, under the same
//! connections, in turns.
//!
//! `cargo bench --bench rest` prints requests per second, percentiles and processor time per request of the three, their
//! ratios to the handler, the time from start to the first answer, and the memory of the idle server.
#![expect(
    clippy::disallowed_macros,
    reason = "a benchmark speaks to the person who runs it"
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Json;
use axum::routing::post;
use serde_json::{Map, Value, json};
use switchboard_tests::{
    Builder, Spread, client, processor_time, program, resident_memory, rounded,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// Connections at a time, each with one request in flight.
const CONNECTIONS: usize = 16;
/// How often each of the two is measured.
const ROUNDS: usize = 7;
/// How long each time.
const ROUND: Duration = Duration::from_secs(3);
/// The path of the bare handler.
const BARE: &str = "/webhooks/rest/webhook";
/// The channels that are measured.
const CHANNELS: &str = "
rest:
  - account: reused
  - account: fresh
    isolation: fresh
";

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    if std::env::args().any(|argument| argument == "--bare") {
        runtime.block_on(bare());
        return;
    }
    program();
    let (start, memory) = start_and_idle(&runtime);
    println!("start to first answer: {start:?}; idle memory: {memory:.1} MiB");

    let server = Builder::new().credentials(CHANNELS).start();
    let mut bare = Bare::start();
    let sides = [
        Side::new(&server.url, "/webhooks/rest/reused/webhook", server.pid()),
        Side::new(&server.url, "/webhooks/rest/fresh/webhook", server.pid()),
        Side::new(&bare.url, BARE, bare.child.id()),
    ];
    let rounds: Vec<[Round; 3]> = (0..ROUNDS)
        .map(|_| sides.each_ref().map(|side| measure(&runtime, side)))
        .collect();
    let _ = bare.child.kill();
    let _ = bare.child.wait();

    println!("{CONNECTIONS} connections, medians of {ROUNDS} rounds of {ROUND:?} each");
    println!("                      reused   to axum        fresh   to axum    bare axum");
    let mut figures = Map::new();
    for (name, pick) in [
        ("requests/s", (|round| round.rate) as fn(&Round) -> f64),
        ("p50 µs", |round| round.p50),
        ("p99 µs", |round| round.p99),
        ("CPU µs/request", |round| round.cpu),
    ] {
        let median = |side: usize| Spread::of(rounds.iter().map(|all| pick(&all[side]))).median;
        let ratio = |side: usize| {
            Spread::of(rounds.iter().map(|all| pick(&all[side]) / pick(&all[2]))).median
        };
        println!(
            "{name:<16} {:>11.1} {:>9.2} {:>12.1} {:>9.2} {:>12.1}",
            median(0),
            ratio(0),
            median(1),
            ratio(1),
            median(2)
        );
        let values = json!({
            "reused": rounded(median(0)),
            "reused_to_axum": rounded(ratio(0)),
            "fresh": rounded(median(1)),
            "fresh_to_axum": rounded(ratio(1)),
            "axum": rounded(median(2)),
        });
        figures.insert(name.to_owned(), values);
    }
    println!("{}", json!(figures));
}

/// One of those that are compared.
struct Side {
    address: String,
    path: &'static str,
    pid: u32,
}

impl Side {
    fn new(url: &str, path: &'static str, pid: u32) -> Self {
        let address = url.strip_prefix("http://").expect("an address").to_owned();
        Self { address, path, pid }
    }
}

/// One measurement.
struct Round {
    rate: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
}

fn measure(runtime: &Runtime, side: &Side) -> Round {
    let before = processor_time(side.pid);
    let started = Instant::now();
    let mut latencies = runtime.block_on(async {
        let connections = (0..CONNECTIONS).map(|number| {
            let (address, path) = (side.address.clone(), side.path);
            tokio::spawn(async move { hammer(&address, path, number).await })
        });
        let mut all = Vec::new();
        for connection in connections.collect::<Vec<_>>() {
            all.extend(connection.await.expect("no panic"));
        }
        all
    });
    let elapsed = started.elapsed().as_secs_f64();
    let cpu = processor_time(side.pid)
        .saturating_sub(before)
        .as_secs_f64();
    latencies.sort_unstable();
    let count = latencies.len();
    let at = |share: f64| latencies[(count as f64 * share) as usize].as_secs_f64() * 1e6;
    Round {
        rate: count as f64 / elapsed,
        p50: at(0.5),
        p99: at(0.99),
        cpu: cpu * 1e6 / count as f64,
    }
}

/// Posts one message after the other, and checks each answer.
async fn hammer(address: &str, path: &str, number: usize) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("an option");
    let body =
        json!({"sender": format!("user-{number}"), "message": "hello there", "metadata": {"a": 1}})
            .to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nuser-agent: bench\r\naccept: */*\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let expected =
        format!("[{{\"recipient_id\":\"user-{number}\",\"text\":\"echo: hello there\"}}]");
    let mut latencies = Vec::new();
    let mut buffer = vec![0; 4096];
    let end = Instant::now() + ROUND;
    while Instant::now() < end {
        let sent = Instant::now();
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut filled = 0;
        while !buffer[..filled].ends_with(expected.as_bytes()) {
            let read = stream.read(&mut buffer[filled..]).await.expect("an answer");
            assert!(read > 0, "{}", String::from_utf8_lossy(&buffer[..filled]));
            filled += read;
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200"));
        latencies.push(sent.elapsed());
    }
    latencies
}

/// From the start of the program to the first answer, best of five, and resident MiB of the server that did nothing else.
fn start_and_idle(runtime: &Runtime) -> (Duration, f64) {
    let credentials = "rest:\ncallback:\n  url: http://localhost:1\n";
    let mut best = Duration::MAX;
    let mut memory = 0.0;
    for _ in 0..5 {
        let builder = Builder::new().credentials(credentials);
        let started = Instant::now();
        let server = builder.start();
        let request = client().post(server.at("/webhooks/rest/webhook"));
        let sent = async { request.body(r#"{"message": "hi"}"#).send().await };
        let response = runtime.block_on(sent).expect("an answer");
        best = best.min(started.elapsed());
        assert_eq!(response.status(), 200);
        memory = resident_memory(server.pid());
    }
    (best, memory)
}

/// The other side: this program again, as nothing but axum.
struct Bare {
    child: Child,
    url: String,
}

impl Bare {
    fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().expect("a path"))
            .arg("--bare")
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("an address");
        Self {
            child,
            url: line.trim().to_owned(),
        }
    }
}

/// Parses the same body and builds the same answer.
async fn bare() {
    let handler = |body: Json<Value>| async move {
        let sender = body["sender"].as_str().unwrap_or("default");
        let text = body["message"].as_str().unwrap_or_default().trim();
        Json(json!([{"recipient_id": sender, "text": format!("echo: {text}")}]))
    };
    let router = axum::Router::new().route(BARE, post(handler));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("http://{}", listener.local_addr().expect("an address"));
    axum::serve(listener, router).await.expect("it serves");
}
