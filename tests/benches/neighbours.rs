//! What a connector that misbehaves costs the others: a quiet REST channel beside a hostile one, on a server with one
//! thread.
//!
//! `cargo bench --bench neighbours` prints the latencies of REST alone and beside each kind of misbehaviour, their ratio,
//! and the memory of the server before and after. The calm and the disturbed rounds take turns, since a machine's own
//! noise comes in waves. Names of misbehaviours as arguments pick some.
#![expect(
    clippy::disallowed_macros,
    reason = "a benchmark speaks to the person who runs it"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use switchboard_tests::{Builder, Recorder, Switchboard, client, hostile, resident_memory};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// What the hostile connector is told to do. `burn` alone ends well each time, so that it is never left alone.
const MISBEHAVIOURS: [&str; 24] = [
    "burn",
    "loop",
    "log_loop",
    "state_loop",
    "fetch_loop",
    "ask_loop",
    "sleep",
    "stack",
    "memory",
    "handles",
    "replies",
    "panic",
    "headers",
    "split",
    "status",
    "gigabyte",
    "gigabyte_in_pieces",
    "log",
    "host_call",
    "events",
    "asks",
    "state_flood",
    "fetches",
    "fetch_body",
];
/// Between requests to REST: far from what the server can do, so that what is measured is waiting.
const PACE: Duration = Duration::from_millis(2);
/// Connections of the hostile channel, each of which asks again as soon as it has an answer.
const HOSTILE_CONNECTIONS: usize = 4;
const ROUND: Duration = Duration::from_secs(3);
const ROUNDS: usize = 7;

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    let picked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    println!(
        "REST, a request every {PACE:?}; milliseconds, medians of {ROUNDS} rounds of {ROUND:?}"
    );
    println!(
        "beside             calm p50      p99   disturbed p50      p99   p99 ratio   provoked   MiB before   after"
    );
    for misbehaviour in MISBEHAVIOURS {
        if picked.is_empty() || picked.iter().any(|name| name == misbehaviour) {
            runtime.block_on(compare(misbehaviour));
        }
    }
}

async fn compare(misbehaviour: &'static str) {
    let target = Recorder::start().await;
    let server = Arc::new(start(&target));
    // Everything that is made at the first call is made.
    rest(&server, Duration::from_secs(1)).await;
    let before = resident_memory(server.pid());
    let (mut calm, mut disturbed) = (Vec::new(), Vec::new());
    let provoked = Arc::new(AtomicUsize::new(0));
    for _ in 0..ROUNDS {
        calm.push(rest(&server, ROUND).await);
        let stop = Arc::new(AtomicBool::new(false));
        let hostile: Vec<_> = (0..HOSTILE_CONNECTIONS)
            .map(|_| {
                let (server, stop, provoked) = (server.clone(), stop.clone(), provoked.clone());
                tokio::spawn(provoke(server, misbehaviour, stop, provoked))
            })
            .collect();
        disturbed.push(rest(&server, ROUND).await);
        stop.store(true, Ordering::Relaxed);
        for connection in hostile {
            connection.await.expect("no panic");
        }
    }
    let after = resident_memory(server.pid());
    let calm_times = (
        median(&calm, |round| round.0),
        median(&calm, |round| round.1),
    );
    let disturbed_times = (
        median(&disturbed, |round| round.0),
        median(&disturbed, |round| round.1),
    );
    let ratios: Vec<(f64, f64)> = calm
        .iter()
        .zip(&disturbed)
        .map(|(calm, disturbed)| (0.0, disturbed.1 / calm.1))
        .collect();
    println!(
        "{misbehaviour:<18} {:>7.2} {:>8.2} {:>15.2} {:>8.2} {:>11.2} {:>10} {before:>12.1} {after:>7.1}",
        calm_times.0,
        calm_times.1,
        disturbed_times.0,
        disturbed_times.1,
        median(&ratios, |round| round.1),
        provoked.load(Ordering::Relaxed),
    );
}

fn median(rounds: &[(f64, f64)], pick: fn(&(f64, f64)) -> f64) -> f64 {
    let mut values: Vec<f64> = rounds.iter().map(pick).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn start(target: &Recorder) -> Switchboard {
    Builder::new()
        .credentials(&format!(
            "rest:\nhostile.wasm:\n  url: {}\n  limits:\n    cpu: 1s\n    time: 1s\n",
            target.url()
        ))
        .component("hostile.wasm", &hostile())
        .variable("TOKIO_WORKER_THREADS", "1")
        .start()
}

async fn provoke(
    server: Arc<Switchboard>,
    misbehaviour: &'static str,
    stop: Arc<AtomicBool>,
    provoked: Arc<AtomicUsize>,
) {
    let client = client();
    let url = server.at(&format!("/webhooks/hostile/do/{misbehaviour}"));
    while !stop.load(Ordering::Relaxed) {
        let response = client.post(&url).send().await.expect("an answer");
        if response.status() == reqwest::StatusCode::SERVICE_UNAVAILABLE {
            // The connector is left alone. A platform would wait for longer.
            sleep(Duration::from_millis(20)).await;
        } else {
            provoked.fetch_add(1, Ordering::Relaxed);
        }
        let _ = response.bytes().await;
    }
}

/// REST's p50 and p99, milliseconds. A request that is due while another is waited for counts from when it was due.
async fn rest(server: &Switchboard, time: Duration) -> (f64, f64) {
    let host = server.url.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(host).await.expect("a connection");
    stream.set_nodelay(true).expect("an option");
    let body = json!({"sender": "u", "message": "hello there"}).to_string();
    let request = format!(
        "POST /webhooks/rest/webhook HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut times = Vec::new();
    let mut buffer = [0; 4096];
    let mut due = interval(PACE);
    due.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let end = Instant::now() + time;
    while Instant::now() < end {
        let before = Instant::now();
        let due = due.tick().await.into_std();
        // Where nothing was to be waited for, our own timer's lateness is not the server's.
        let at = if due > before { Instant::now() } else { due };
        let sent = stream.write_all(request.as_bytes()).await;
        sent.expect("the server takes the request");
        let mut filled = 0;
        while !buffer[..filled].ends_with(b"}]") {
            let read = stream.read(&mut buffer[filled..]).await.expect("an answer");
            assert!(read > 0, "the connection ended");
            filled += read;
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200"));
        times.push(at.elapsed());
    }
    times.sort_unstable();
    let at = |share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1e3;
    (at(0.5), at(0.99))
}
