//! How much one channel may take, so that it harms no other.

use std::time::Duration;

use super::bounded::{read_count, read_size, read_time};
use super::document::{Entry, Node, Value};
use super::nearest::{list, nearest};
use super::rate::{self, Rate};
use super::report::Report;
use super::{excerpt, fields};

/// The limits of one channel: key `limits` in `credentials.yml`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChannelLimits {
    /// The largest request body, bytes; a larger one is answered 413. 1 MiB by default: platforms
    /// send events of some kilobytes, media by address. 1 KiB to 100 MiB.
    pub body: u64,
    /// The memory of one instance, bytes. 64 MiB by default: a Rust connector takes 2, a Python one
    /// 40. 1 MiB to 1 GiB.
    pub memory: u64,
    /// How long one call may take, waiting included. 30 s by default, longer than platforms wait.
    /// 100 ms to 10 min.
    pub time: Duration,
    /// How long one call may compute. 1 s by default, a thousand times what a connector needs: only
    /// a loop gets there. 10 ms to 60 s.
    pub cpu: Duration,
    /// How many calls may run at once. 256 by default, so that one channel cannot take every
    /// instance. 1 to 10,000.
    pub concurrency: u32,
    /// How often a part may be sent. None by default: platforms differ, and say themselves when it
    /// is too often. One a day to 10,000 a second.
    pub rate: Option<Rate>,
    /// How long a part that cannot be sent is tried before it is put among the dead letters. 1 h by
    /// default, longer than most outages; meanwhile the rest of its conversation waits. 1 s to 7 d.
    pub hold: Duration,
    /// How many messages may wait for the bot; beyond it the platform is answered 503 and comes
    /// again. 100,000 by default, an hour of 28 a second. 1 to 10,000,000.
    pub queue: u32,
    /// How much the connector may keep, bytes, names included. 16 MiB by default: connectors keep
    /// tokens and cursors, not conversations. 1 KiB to 1 GiB.
    pub state: u64,
    /// The largest response body of the connector, bytes. 8 MiB by default. 1 KiB to 100 MiB.
    pub response: u64,
    /// The largest body of a request to the platform and of its answer, bytes. 8 MiB by default, as
    /// much as a picture. 1 KiB to 100 MiB.
    pub fetch_body: u64,
    /// How many requests to the platform one call may make. 100 by default: a batch of events may
    /// take one each. 1 to 10,000.
    pub fetches: u32,
    /// How many requests to the platform may be under way at once. 256 by default, as many as calls.
    /// 1 to 10,000.
    pub connections: u32,
    /// How much the connector may hand to the host at once, bytes. 12 MiB by default: a body of
    /// 8 MiB and what is around it. 64 KiB to 256 MiB.
    pub host_call: u64,
    /// How many handles an instance may hold. 1,000 by default. 16 to 100,000.
    pub handles: u32,
    /// How many entries an instance's tables of functions may have. 100,000 by default: large
    /// languages have 10,000. 1,000 to 100,000.
    pub table: u32,
    /// How many events one call may accept. 1,000 by default: platforms send batches of up to that.
    /// 1 to 100,000.
    pub events: u32,
    /// How much these events may take together, bytes. 16 MiB by default. 1 KiB to 256 MiB.
    pub events_size: u64,
    /// How often one call may ask the bot and wait for the answer. 100 by default. 1 to 10,000.
    pub asks: u32,
    /// How many lines one call may log; those beyond are counted. 100 by default. 0 to 10,000.
    pub log_lines: u32,
    /// How many lines the connector may cause in the long run; ten seconds' worth at once. 100/s by
    /// default.
    pub log_rate: Rate,
    /// The largest message of a client by Socket.IO, bytes; one that sends a larger is closed. 64 KiB
    /// by default, since a connection holds as much as its largest message took for as long as it
    /// lasts. 1 KiB to 16 MiB.
    pub packet: u64,
    /// How many clients may be connected by Socket.IO; one more is answered 503. 10,000 by default,
    /// some 200 MB. 1 to 1,000,000.
    pub sockets: u32,
    /// Between two pings of a client, and so how long it takes to miss one that is gone, 20 s aside.
    /// 25 s by default, less than proxies wait. 1 s to 10 min.
    pub ping: Duration,
    /// How many values the connector may keep. 100,000 by default, one each for as many users.
    /// 1 to 10,000,000.
    pub state_keys: u32,
}

impl Default for ChannelLimits {
    fn default() -> Self {
        Self {
            body: 1024 * 1024,
            memory: 64 * 1024 * 1024,
            time: Duration::from_secs(30),
            cpu: Duration::from_secs(1),
            concurrency: 256,
            rate: None,
            hold: Duration::from_secs(3600),
            queue: 100_000,
            response: 8 * 1024 * 1024,
            fetch_body: 8 * 1024 * 1024,
            fetches: 100,
            connections: 256,
            host_call: 12 * 1024 * 1024,
            handles: 1_000,
            table: 100_000,
            events: 1_000,
            events_size: 16 * 1024 * 1024,
            asks: 100,
            log_lines: 100,
            log_rate: Rate {
                count: 100.0,
                per: Duration::from_secs(1),
            },
            packet: 64 * 1024,
            sockets: 10_000,
            ping: Duration::from_secs(25),
            state: 16 * 1024 * 1024,
            state_keys: 100_000,
        }
    }
}

const NAMES: [&str; 25] = [
    "body",
    "memory",
    "time",
    "cpu",
    "concurrency",
    "rate",
    "hold",
    "queue",
    "state",
    "state_keys",
    "response",
    "fetch_body",
    "fetches",
    "connections",
    "host_call",
    "handles",
    "table",
    "events",
    "events_size",
    "asks",
    "log_lines",
    "log_rate",
    "packet",
    "sockets",
    "ping",
];

const BODY: (u64, u64) = (1024, 100 * 1024 * 1024);
const MEMORY: (u64, u64) = (1024 * 1024, 1024 * 1024 * 1024);
const TIME: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(600));
const CPU: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(60));
const CONCURRENCY: (u32, u32) = (1, 10_000);
const HOLD: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(7 * 86_400));
const QUEUE: (u32, u32) = (1, 10_000_000);
const STATE: (u64, u64) = (1024, 1024 * 1024 * 1024);
const STATE_KEYS: (u32, u32) = (1, 10_000_000);
const RESPONSE: (u64, u64) = (1024, 100 * 1024 * 1024);
const FETCH_BODY: (u64, u64) = (1024, 100 * 1024 * 1024);
const FETCHES: (u32, u32) = (1, 10_000);
const CONNECTIONS: (u32, u32) = (1, 10_000);
const HOST_CALL: (u64, u64) = (64 * 1024, 256 * 1024 * 1024);
const HANDLES: (u32, u32) = (16, 100_000);
const TABLE: (u32, u32) = (1_000, 100_000);
const EVENTS: (u32, u32) = (1, 100_000);
const EVENTS_SIZE: (u64, u64) = (1024, 256 * 1024 * 1024);
const ASKS: (u32, u32) = (1, 10_000);
const PACKET: (u64, u64) = (1024, 16 * 1024 * 1024);
const SOCKETS: (u32, u32) = (1, 1_000_000);
const PING: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(600));
const LOG_LINES: (u32, u32) = (0, 10_000);

/// Reads the value of `limits`; what is not given keeps its default.
pub(crate) fn read(node: &Node, report: &mut Report) -> ChannelLimits {
    let mut limits = ChannelLimits::default();
    let Value::Mapping(mapping) = &node.value else {
        fields::mismatch(
            report,
            node,
            "limits",
            "a mapping such as `{ body: 2 MiB }`",
        );
        return limits;
    };
    for Entry { key, value } in &mapping.entries {
        if value.is_null() {
            continue;
        }
        let name = &format!("limits.{}", excerpt::name(&key.text));
        match key.text.as_str() {
            "body" => read_size(value, name, BODY, &mut limits.body, report),
            "memory" => read_size(value, name, MEMORY, &mut limits.memory, report),
            "time" => read_time(value, name, TIME, &mut limits.time, report),
            "cpu" => read_time(value, name, CPU, &mut limits.cpu, report),
            "concurrency" => {
                read_count(value, name, CONCURRENCY, &mut limits.concurrency, report);
            }
            "rate" => limits.rate = rate::read(value, name, report),
            "hold" => read_time(value, name, HOLD, &mut limits.hold, report),
            "queue" => read_count(value, name, QUEUE, &mut limits.queue, report),
            "state" => read_size(value, name, STATE, &mut limits.state, report),
            "state_keys" => {
                read_count(value, name, STATE_KEYS, &mut limits.state_keys, report);
            }
            "response" => read_size(value, name, RESPONSE, &mut limits.response, report),
            "fetch_body" => read_size(value, name, FETCH_BODY, &mut limits.fetch_body, report),
            "fetches" => read_count(value, name, FETCHES, &mut limits.fetches, report),
            "connections" => {
                read_count(value, name, CONNECTIONS, &mut limits.connections, report);
            }
            "host_call" => read_size(value, name, HOST_CALL, &mut limits.host_call, report),
            "handles" => read_count(value, name, HANDLES, &mut limits.handles, report),
            "table" => read_count(value, name, TABLE, &mut limits.table, report),
            "events" => read_count(value, name, EVENTS, &mut limits.events, report),
            "events_size" => {
                read_size(value, name, EVENTS_SIZE, &mut limits.events_size, report);
            }
            "packet" => read_size(value, name, PACKET, &mut limits.packet, report),
            "sockets" => read_count(value, name, SOCKETS, &mut limits.sockets, report),
            "ping" => read_time(value, name, PING, &mut limits.ping, report),
            "asks" => read_count(value, name, ASKS, &mut limits.asks, report),
            "log_lines" => read_count(value, name, LOG_LINES, &mut limits.log_lines, report),
            "log_rate" => {
                if let Some(rate) = rate::read(value, name, report) {
                    limits.log_rate = rate;
                }
            }
            unknown => {
                let message = format!("unknown limit `{}`", excerpt::name(unknown));
                let diagnostic = report.at_key(key, message);
                diagnostic.note(format!("limits: {}", list(NAMES)));
                if let Some(meant) = nearest(unknown, NAMES) {
                    diagnostic.hint(format!("did you mean `{meant}`?"));
                }
            }
        }
    }
    limits
}
