//! Load: connections that are kept, with one request in flight each, and what came of it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use switchboard_tests::{Spread, Switchboard, processor_time, rounded};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a user writes, give or take.
pub(crate) const TEXT: &str =
    "I ordered the blue one last Tuesday, and today a green one came. What can I do?";

/// A platform, as the server sees it: one connection.
pub(crate) struct Client {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(server: &str) -> Self {
        let host = server.strip_prefix("http://").expect("an address");
        let stream = TcpStream::connect(host).await.expect("a connection");
        stream.set_nodelay(true).expect("an option");
        Self {
            stream,
            host: host.to_owned(),
            buffer: vec![0; 4096],
        }
    }

    /// Posts a message to the callback channel, and returns when it is taken over.
    pub(crate) async fn post(&mut self, body: &str) {
        self.exchange("/webhooks/callback/webhook", "", body, "success")
            .await;
    }

    /// Posts JSON, and returns when the answer is there, which ends with `answer`. `headers` are lines.
    pub(crate) async fn exchange(&mut self, path: &str, headers: &str, body: &str, answer: &str) {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\nuser-agent: bench\r\naccept: */*\r\n{headers}\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        let sent = self.stream.write_all(request.as_bytes()).await;
        sent.expect("the server takes the request");
        let end = format!("\r\n\r\n{answer}");
        let mut filled = 0;
        while !self.buffer[..filled].ends_with(end.as_bytes()) {
            let read = self.stream.read(&mut self.buffer[filled..]).await;
            filled += read.expect("an answer");
            let answer = &self.buffer[..filled];
            assert!(
                filled > 0 && b"HTTP/1.1 200".iter().zip(answer).all(|(a, b)| a == b),
                "{}",
                String::from_utf8_lossy(answer)
            );
        }
    }
}

/// The body of a message.
pub(crate) fn message(sender: &str, text: &str) -> String {
    json!({"sender": sender, "message": text, "metadata": {"page": "/orders"}}).to_string()
}

/// The body of the message that `sender` writes as a rule.
pub(crate) fn usual_message(sender: &str) -> String {
    message(sender, TEXT)
}

/// One load, measured once.
pub(crate) struct Round {
    /// A second.
    pub(crate) rate: f64,
    /// Milliseconds.
    pub(crate) p50: f64,
    /// Milliseconds.
    pub(crate) p99: f64,
    /// Processor time of the server, microseconds each.
    pub(crate) cpu: f64,
}

/// Runs `users` at once, each of which gives the times that it measured.
pub(crate) async fn run<F>(server: &Switchboard, users: impl Iterator<Item = F>) -> Round
where
    F: Future<Output = Vec<Duration>> + Send + 'static,
{
    let before = processor_time(server.pid());
    let started = Instant::now();
    let users: Vec<_> = users.map(tokio::spawn).collect();
    let mut times = Vec::new();
    for user in users {
        times.extend(user.await.expect("no panic"));
    }
    let elapsed = started.elapsed().as_secs_f64();
    let used = processor_time(server.pid()).saturating_sub(before);
    times.sort_unstable();
    let count = times.len() as f64;
    let at = |share: f64| times[(count * share) as usize].as_secs_f64() * 1e3;
    Round {
        rate: count / elapsed,
        p50: at(0.5),
        p99: at(0.99),
        cpu: used.as_secs_f64() * 1e6 / count,
    }
}

/// The head of the table of [`row`].
pub(crate) const HEAD: &str =
    "         a second   (least to most)     p50 ms     p99 ms   CPU µs each";

/// A line of a table of rounds, and its figures.
pub(crate) fn row(name: &str, count: usize, rounds: &[Round]) -> (String, Value) {
    let spread = |pick: fn(&Round) -> f64| Spread::of(rounds.iter().map(pick));
    let rate = spread(|round| round.rate);
    let p50 = spread(|round| round.p50).median;
    let p99 = spread(|round| round.p99).median;
    let cpu = spread(|round| round.cpu).median;
    let line = format!(
        "{count:>5} {:>11.0} {:>8.0} to {:<7.0} {p50:>8.1} {p99:>10.1} {cpu:>13.0}",
        rate.median, rate.least, rate.most
    );
    let figures = json!({
        name: count,
        "per_second": rounded(rate.median),
        "least": rounded(rate.least),
        "most": rounded(rate.most),
        "p50_ms": rounded(p50),
        "p99_ms": rounded(p99),
        "cpu_us": rounded(cpu),
    });
    (line, figures)
}
