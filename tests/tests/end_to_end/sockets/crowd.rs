//! As many as a site has whose visitors leave the page open: sockets that say nothing, and one that does not listen.
//! None is lost, none costs much, and none holds up the others.

use std::sync::Arc;

use serde_json::{Value, json};
use switchboard_tests::{
    Builder, Dial, PATIENCE, Socket, Switchboard, allow_files, client, eventually, resident_memory,
};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// As many as a channel takes by default.
const SOCKETS: usize = 10_000;

/// Opened before memory is looked at first: what comes along with the first ones is not theirs.
const FIRST: usize = 100;

/// Opened at a time.
const OPENING: usize = 64;

/// One in so many says something.
const SAMPLE: usize = 20;

/// Pings that each answers before anybody says anything. The first comes when it connects.
const PINGS: usize = 2;

/// KiB that a socket may cost.
const MOST_EACH: f64 = 64.0;

/// Files that are no sockets of this test.
const OTHER_FILES: usize = 2_000;

fn server(more: &str) -> Switchboard {
    let credentials = format!("socketio:\n  session_persistence: true\n{more}");
    Builder::new()
        .credentials(&credentials)
        .argument(&format!("--max-connections={}", SOCKETS + OTHER_FILES))
        .start()
}

/// Somebody in a session that the server has confirmed.
struct Visitor {
    socket: Socket,
    session: String,
}

impl Visitor {
    async fn arrive(dial: &Dial, session: &str) -> Self {
        let mut socket = dial.open().await;
        let session = socket.session(Some(session)).await;
        Self { socket, session }
    }

    /// Says something, and hears the bot say it.
    async fn talk(&mut self, text: &str) {
        self.socket.utter(&self.session, text).await;
        let answer = self.socket.event("bot_uttered").await;
        assert_eq!(answer, json!({"text": format!("echo: {text}")}));
    }
}

/// How far all are.
#[derive(Clone)]
struct Crowd {
    door: Arc<Semaphore>,
    arrived: watch::Sender<usize>,
    pinged: watch::Sender<usize>,
    called_back: watch::Sender<bool>,
}

impl Crowd {
    fn new() -> Self {
        Self {
            door: Arc::new(Semaphore::new(OPENING)),
            arrived: watch::Sender::default(),
            pinged: watch::Sender::default(),
            called_back: watch::Sender::default(),
        }
    }

    /// One of it: comes, answers pings until all are called back, and then, one of some, says something.
    async fn visit(self, dial: Dial, number: usize) {
        let place = self.door.acquire().await.expect("the door is open");
        let mut socket = dial.open().await;
        drop(place);
        self.arrived.send_modify(|arrived| *arrived += 1);
        for _ in 0..PINGS {
            let ping = timeout(PATIENCE, socket.ping()).await;
            ping.expect("a ping comes").expect("the socket is open");
        }
        self.pinged.send_modify(|pinged| *pinged += 1);
        let mut called_back = self.called_back.subscribe();
        tokio::select! {
            why = socket.idle() => panic!("the socket of visitor {number} was closed: {why}"),
            _ = called_back.wait_for(|called| *called) => {}
        }
        if number.is_multiple_of(SAMPLE) {
            let session = socket.session(Some(&format!("visitor-{number}"))).await;
            let mut visitor = Visitor { socket, session };
            visitor.talk(&format!("I am {number}")).await;
        }
    }
}

/// Waits until as many as there are have got there. One that fails on the way fails all.
async fn all(visitors: &mut JoinSet<()>, count: &watch::Sender<usize>) {
    let number = visitors.len();
    let mut count = count.subscribe();
    tokio::select! {
        _ = count.wait_for(|count| *count == number) => {}
        Some(left) = visitors.join_next() => left.expect("a visitor stays"),
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::disallowed_macros,
    reason = "the output of a test says what it measured"
)]
async fn ten_thousand_stay_and_cost_little() {
    allow_files((SOCKETS + OTHER_FILES) as u64);
    let server = server("  limits:\n    ping: 5s\n");
    let crowd = Crowd::new();
    let mut visitors = JoinSet::new();
    let dial = Dial::to(&server.url);
    for number in 0..FIRST {
        visitors.spawn(crowd.clone().visit(dial.clone(), number));
    }
    all(&mut visitors, &crowd.arrived).await;
    let before = resident_memory(server.pid());

    for number in FIRST..SOCKETS {
        visitors.spawn(crowd.clone().visit(dial.clone(), number));
    }
    all(&mut visitors, &crowd.arrived).await;
    all(&mut visitors, &crowd.pinged).await;
    let with_all = resident_memory(server.pid());
    let each = (with_all - before) * 1024.0 / (SOCKETS - FIRST) as f64;
    println!("{SOCKETS} idle sockets: {with_all:.0} MiB, {each:.1} KiB each");
    assert!(each < MOST_EACH, "{each} KiB for each socket");

    crowd.called_back.send_replace(true);
    while let Some(left) = visitors.join_next().await {
        left.expect("a visitor is still connected");
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// Those who do not listen.
const DEAF: usize = 6;

/// Bytes of each thing that they are told.
const LONG: usize = 60_000;

/// How many of these fit into a request of the admin API.
const AT_ONCE: usize = 16;

/// What the server may take more when none of them takes any more, MiB. What passes through it leaves something behind.
const MOST_FOR_DEAF: f64 = 96.0;

/// Has the bot say long things in a session, unasked, which begin with numbers.
async fn tell(server: &Switchboard, session: &str, first: usize) {
    let path = format!("/api/v1/conversations/{session}/messages?channel=socketio");
    let long = "x".repeat(LONG);
    let said: Vec<Value> = (first..first + AT_ONCE)
        .map(|number| json!({"text": format!("{number} {long}")}))
        .collect();
    let sent = client()
        .post(server.at(&path))
        .body(json!(said).to_string());
    let response = sent.send().await.expect("an answer");
    assert_eq!(response.status(), 202);
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::disallowed_macros,
    reason = "the output of a test says what it measured"
)]
async fn who_does_not_listen_is_bounded_and_holds_up_nobody() {
    let server = server("");
    let dial = Dial::to(&server.url);
    let mut deaf = Vec::new();
    for number in 0..DEAF {
        let session = format!("deaf-{number}");
        deaf.push(Visitor::arrive(&dial.clone().receives(4_096), &session).await);
    }
    let mut other = Visitor::arrive(&dial, "other").await;
    other.talk("before").await;
    let before = resident_memory(server.pid());

    let mut told = 0;
    let behind = "reads too slowly";
    while server.log().matches(behind).count() < DEAF {
        assert!(told < 64 * AT_ONCE, "the server keeps all of it");
        for visitor in &deaf {
            tell(&server, &visitor.session, told).await;
        }
        told += AT_ONCE;
        other.talk("meanwhile").await;
    }
    let grown = resident_memory(server.pid()) - before;
    println!("{DEAF} clients hear nothing of {told} things of {LONG} bytes each: {grown:.0} MiB");
    assert!(grown < MOST_FOR_DEAF, "{grown} MiB");

    // What is in vain with them again and again is no reason to keep anything from the others.
    let keeps_back = "the platform fails";
    eventually("they are tried again", async || {
        let is_clear = failures(&server).await >= 2 * DEAF || server.log().contains(keeps_back);
        is_clear.then_some(())
    })
    .await;
    other.talk("after").await;
    let log = server.log();
    assert!(!log.contains(keeps_back), "{log}");
    assert!(!log.contains("panicked"), "{log}");
}

/// How often a part could not be sent.
async fn failures(server: &Switchboard) -> usize {
    let metrics = client().get(server.at("/metrics")).send().await;
    let metrics = metrics.expect("an answer").text().await.expect("a body");
    metrics
        .lines()
        .filter(|line| line.starts_with("switchboard_send_failures_total{"))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok())
        .sum()
}
