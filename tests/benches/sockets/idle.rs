//! Sockets that are open and say nothing, as those of pages that somebody has left in a tab: each has its session and
//! answers pings. Every round has servers of its own, since memory that one round gave back would hide what the next
//! one takes. What the system's own buffers take is not in it, and is the same for both.

use std::time::Instant;

use serde_json::{Map, Value, json};
use switchboard_tests::resident_memory;
use tokio::runtime::Runtime;

use crate::Scale;
use crate::sides::{HEAD, SIDES, Side, row};
use crate::talk::{InSession, open};

/// Sockets that are opened before memory is looked at first: what the first ones bring along is not theirs.
const FIRST: usize = 100;

/// One measurement.
struct Round {
    /// To open all, one socket beside 63 others, and get its session confirmed: milliseconds.
    opened: f64,
    /// KiB.
    each: f64,
    /// MiB, with all of them open.
    memory: f64,
}

/// A column of a round.
type Pick = fn(&Round) -> f64;

const COLUMNS: [(&str, Pick); 3] = [
    ("until all are open, ms", |round| round.opened),
    ("KiB a socket", |round| round.each),
    ("MiB with all of them", |round| round.memory),
];

pub(crate) fn measure(runtime: &Runtime, scale: &Scale) -> Value {
    let rounds: Vec<[Round; 2]> = (0..scale.rounds)
        .map(|_| SIDES.map(|start| runtime.block_on(hold(start(scale.idle + FIRST), scale.idle))))
        .collect();
    println!("{} idle sockets", scale.idle);
    println!("{HEAD}");
    let mut figures = Map::new();
    for (name, pick) in COLUMNS {
        let values: Vec<_> = rounds
            .iter()
            .map(|round| round.each_ref().map(pick))
            .collect();
        let (line, values) = row(name, &values);
        println!("{line}");
        figures.insert(name.to_owned(), values);
    }
    println!();
    json!(figures)
}

async fn hold(side: Side, count: usize) -> Round {
    let mut held = keep(open(&side, FIRST, "first").await);
    let before = resident_memory(side.pid);
    let started = Instant::now();
    held.extend(keep(open(&side, count, "idle").await));
    let opened = started.elapsed().as_secs_f64() * 1e3;
    let memory = resident_memory(side.pid);
    for socket in &held {
        assert!(!socket.is_finished(), "a socket was closed");
    }
    for socket in held {
        socket.abort();
    }
    Round {
        opened,
        each: (memory - before) * 1024.0 / count as f64,
        memory,
    }
}

/// Answers pings from now on.
fn keep(sockets: Vec<InSession>) -> Vec<tokio::task::JoinHandle<String>> {
    let idle = |(mut socket, _): InSession| tokio::spawn(async move { socket.idle().await });
    sockets.into_iter().map(idle).collect()
}
