//! Durable delivery through the real server, as a process of its own, on this machine's disk.
//!
//! `cargo bench --bench durable` prints four tables, and all figures again as one line of JSON: messages taken over
//! beside a loop that makes an fsync for each, signed events of Slack beside unsigned messages, round trips from the
//! platform to the bot and back, and a start after kill -9 with what a queue costs and how fast it is worked off.
//! `-- inbound`, `-- signed`, `-- round-trips` and `-- recovery` run one part, `-- quick` small numbers. The load and the
//! stand-ins run in this process and share the machine with the server.
#![expect(
    clippy::disallowed_macros,
    reason = "a benchmark speaks to the person who runs it"
)]

mod inbound;
mod load;
mod recovery;
mod round_trips;
mod signed;
mod standin;

use std::time::Duration;

use serde_json::{Map, Value, json};
use switchboard_tests::program;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How much is measured.
struct Scale {
    /// How often each load is measured; the medians are told.
    rounds: usize,
    /// How long each time.
    round: Duration,
    /// Messages in the queue when memory is looked at; kill -9 comes at the second.
    queued: [usize; 3],
}

/// For figures to be told.
const FULL: Scale = Scale {
    rounds: 5,
    round: Duration::from_secs(3),
    queued: [20_000, 100_000, 300_000],
};

/// To see whether it works.
const QUICK: Scale = Scale {
    rounds: 1,
    round: Duration::from_secs(1),
    queued: [1_000, 5_000, 10_000],
};

/// A part of the measurement: prints its table, and gives its figures.
type Part = fn(&Runtime, &Scale) -> Value;

const PARTS: [(&str, Part); 4] = [
    ("inbound", inbound::measure),
    ("signed", signed::measure),
    ("round-trips", round_trips::measure),
    ("recovery", recovery::measure),
];

fn main() {
    // cargo adds `--bench`.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let has = |name: &str| words.iter().any(|word| word == name);
    let quick = has("quick");
    let all = words.iter().all(|word| word == "quick");
    program();
    let runtime = Runtime::new().expect("a runtime");
    let mut figures = Map::new();
    for (name, measure) in PARTS {
        if all || has(name) {
            let scale = if quick { QUICK } else { FULL };
            figures.insert(name.to_owned(), measure(&runtime, &scale));
        }
    }
    println!("{}", json!(figures));
}

/// A folder on the disk that this was built on: the system's own temporary folder may be memory.
fn data_folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder")
}
