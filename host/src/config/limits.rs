//! How much one channel may take, so that it harms no other.

use std::time::Duration;

use super::document::{Datum, Entry, Node, Value};
use super::nearest::{list, nearest};
use super::report::Report;
use super::units::{Bytes, Time, duration, size};
use super::{excerpt, fields};

/// The limits of one channel: key `limits` in `credentials.yml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

impl Default for ChannelLimits {
    fn default() -> Self {
        Self {
            body: 1024 * 1024,
            memory: 64 * 1024 * 1024,
            time: Duration::from_secs(30),
            cpu: Duration::from_secs(1),
            concurrency: 256,
        }
    }
}

const NAMES: [&str; 5] = ["body", "memory", "time", "cpu", "concurrency"];

const BODY: (u64, u64) = (1024, 100 * 1024 * 1024);
const MEMORY: (u64, u64) = (1024 * 1024, 1024 * 1024 * 1024);
const TIME: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(600));
const CPU: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(60));
const CONCURRENCY: (u32, u32) = (1, 10_000);

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
        match key.text.as_str() {
            "body" => read_size(value, "limits.body", BODY, &mut limits.body, report),
            "memory" => read_size(value, "limits.memory", MEMORY, &mut limits.memory, report),
            "time" => read_time(value, "limits.time", TIME, &mut limits.time, report),
            "cpu" => read_time(value, "limits.cpu", CPU, &mut limits.cpu, report),
            "concurrency" => read_concurrency(value, &mut limits.concurrency, report),
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

fn read_size(
    node: &Node,
    name: &str,
    (least, most): (u64, u64),
    limit: &mut u64,
    report: &mut Report,
) {
    match size(node) {
        Some(bytes) if (least..=most).contains(&bytes) => *limit = bytes,
        Some(_) => out_of_range(report, node, name, &Bytes(least), &Bytes(most)),
        None => fields::malformed(report, node, name, "a size such as `512KiB` or `2 MiB`"),
    }
}

/// Reads a duration between two bounds.
pub(crate) fn read_time(
    node: &Node,
    name: &str,
    (least, most): (Duration, Duration),
    limit: &mut Duration,
    report: &mut Report,
) {
    match duration(node) {
        Some(time) if (least..=most).contains(&time) => *limit = time,
        Some(_) => out_of_range(report, node, name, &Time(least), &Time(most)),
        None => fields::malformed(
            report,
            node,
            name,
            "a duration such as `500ms`, `10s` or `2m`",
        ),
    }
}

fn read_concurrency(node: &Node, limit: &mut u32, report: &mut Report) {
    let (least, most) = CONCURRENCY;
    match fields::typed(node) {
        Some(Datum::Integer(count)) => match u32::try_from(count) {
            Ok(count) if (least..=most).contains(&count) => *limit = count,
            _ => out_of_range(report, node, "limits.concurrency", &least, &most),
        },
        _ => fields::mismatch(report, node, "limits.concurrency", "an integer"),
    }
}

fn out_of_range(
    report: &mut Report,
    node: &Node,
    name: &str,
    least: &dyn std::fmt::Display,
    most: &dyn std::fmt::Display,
) {
    report.at_value(node, format!("`{name}` must be from {least} to {most}"));
}
