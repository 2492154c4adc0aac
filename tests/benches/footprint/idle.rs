//! Channels that are configured and wait. Each has its settings, its routes and, where its connector calls out, an HTTP
//! client of its own.

use std::fmt::Write as _;
use std::time::Instant;

use serde_json::{Value, json};
use switchboard_tests::{Builder, courier, resident_memory, rounded};

/// Channels of a large installation.
const MANY: usize = 1_000;

/// A connector as `credentials.yml` names it, and what each of its accounts has besides a name.
type Kind = (&'static str, &'static str);

const REST: Kind = ("rest", "");
const CALLBACK: Kind = ("callback", "    url: http://localhost:1/\n");
const COURIER: Kind = ("courier.wasm", "    url: http://localhost:1/\n");

/// What is configured.
const CONFIGURED: [(&str, usize, &[Kind]); 5] = [
    ("one channel, rest", 1, &[REST]),
    ("rest, which calls nobody", MANY, &[REST]),
    ("callback, which calls out", MANY, &[CALLBACK]),
    ("dropped in, which calls out", MANY, &[COURIER]),
    ("a third of each", MANY, &[REST, CALLBACK, COURIER]),
];

pub(crate) fn measure() -> Value {
    println!("idle                           channels   listens after ms   memory MiB   KiB each");
    let mut figures = Vec::new();
    let mut one = 0.0;
    // What is dropped in is compiled by the first server, whose time is not taken.
    drop(builder("rest:\n").start());
    for (name, channels, kinds) in CONFIGURED {
        let builder = builder(&credentials(channels, kinds));
        let started = Instant::now();
        let server = builder.start();
        let listens = started.elapsed().as_secs_f64() * 1e3;
        let memory = resident_memory(server.pid());
        if channels == 1 {
            one = memory;
        }
        let each = (memory - one).max(0.0) * 1024.0 / channels as f64;
        println!("{name:<30} {channels:>8} {listens:>18.0} {memory:>12.1} {each:>10.1}");
        figures.push(json!({
            "configured": name,
            "channels": channels,
            "listens_ms": rounded(listens),
            "mib": rounded(memory),
            "kib_each": rounded(each),
        }));
    }
    println!();
    Value::Array(figures)
}

fn builder(credentials: &str) -> Builder {
    Builder::new()
        .compiled()
        .component("courier.wasm", courier())
        .credentials(credentials)
}

/// So many accounts, as evenly over the connectors as they go.
fn credentials(channels: usize, kinds: &[Kind]) -> String {
    let mut yaml = String::new();
    for (index, (connector, settings)) in kinds.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(yaml, "{connector}:");
        for account in (index..channels).step_by(kinds.len()) {
            let _ = write!(yaml, "  - account: a{account}\n{settings}");
        }
    }
    yaml
}
