//! The Socket.IO channel beside python-socketio, the library that Rasa's channel is built on: two servers as processes
//! of their own, in turns, under the same load from this process.
//!
//! `cargo bench --bench sockets` prints two tables, and all figures again as one line of JSON: `talk` is what 1,000
//! open WebSocket sockets can say, and how long they wait for the answer; `idle` what 10,000 of them take of the
//! machine while they say nothing, and how long they take to open. `-- talk` and `-- idle` run one part, `-- quick`
//! small numbers.
//!
//! Both do the same for their clients: they confirm a session, and answer in it what somebody says. What is behind it
//! is not the same. Switchboard runs as in production: each message is on disk before the echo bot is asked, each
//! answer before it is sent, and the connector is a component in its sandbox. python-socketio keeps nothing. It has one
//! thread, as every asyncio server has; Switchboard has as many as there are processors. The load takes its share of
//! the same machine.
#![expect(
    clippy::disallowed_macros,
    reason = "a benchmark speaks to the person who runs it"
)]

mod idle;
mod sides;
mod talk;

use std::time::Duration;

use serde_json::{Map, Value, json};
use switchboard_tests::{allow_files, program};
use tokio::runtime::Runtime;

/// How much is measured.
struct Scale {
    /// How often each side is measured; the medians are told.
    rounds: usize,
    /// How long they talk each time.
    round: Duration,
    /// Sockets that talk.
    talking: usize,
    /// Sockets that say nothing.
    idle: usize,
}

/// For figures to be told.
const FULL: Scale = Scale {
    rounds: 5,
    round: Duration::from_secs(5),
    talking: 1_000,
    idle: 10_000,
};

/// To see whether it works.
const QUICK: Scale = Scale {
    rounds: 1,
    round: Duration::from_secs(1),
    talking: 100,
    idle: 1_000,
};

/// Files that are no sockets.
const OTHER_FILES: usize = 512;

/// A part of the measurement: prints its table, and gives its figures.
type Part = fn(&Runtime, &Scale) -> Value;

const PARTS: [(&str, Part); 2] = [("talk", talk::measure), ("idle", idle::measure)];

fn main() {
    // cargo adds `--bench`.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let has = |name: &str| words.iter().any(|word| word == name);
    let scale = if has("quick") { QUICK } else { FULL };
    let all = words.iter().all(|word| word == "quick");
    allow_files((scale.idle.max(scale.talking) + OTHER_FILES) as u64);
    program();
    let runtime = Runtime::new().expect("a runtime");
    let mut figures = Map::new();
    for (name, measure) in PARTS {
        if all || has(name) {
            figures.insert(name.to_owned(), measure(&runtime, &scale));
        }
    }
    println!("{}", json!(figures));
}
