//! Where messages are kept, and for how long.

use std::time::Duration;

use super::super::document::{Entry, Node, Value};
use super::super::nearest::{list, nearest};
use super::super::report::Report;
use super::super::{bounded, excerpt, fields};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

const DEDUPE: (Duration, Duration) = (MINUTE, DAY.saturating_mul(90));
const KEEP: (Duration, Duration) = (MINUTE, DAY.saturating_mul(400));
const KEEP_DEAD: (Duration, Duration) = (HOUR, DAY.saturating_mul(400));

const NAMES: [&str; 4] = ["type", "dedupe", "keep", "keep_dead"];

/// How long the store keeps what it need not keep any more: key `store` in `endpoints.yml`. The
/// store itself is SQLite under the data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreConfig {
    /// For how long an event that comes again is recognised. 8 days by default: platforms try again
    /// for up to a week. 1 min to 90 d.
    pub dedupe: Duration,
    /// How long a finished message is kept, so that it can be explained. 8 days by default. 1 min to
    /// 400 d.
    pub keep: Duration,
    /// How long a dead letter is kept, so that it can be sent again. 30 days by default. 1 h to
    /// 400 d.
    pub keep_dead: Duration,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            dedupe: DAY * 8,
            keep: DAY * 8,
            keep_dead: DAY * 30,
        }
    }
}

/// Reads the value of `store`; what is not given keeps its default.
pub(super) fn read(node: &Node, report: &mut Report) -> StoreConfig {
    let mut store = StoreConfig::default();
    let mapping = match &node.value {
        Value::Mapping(mapping) => mapping,
        _ if node.is_null() => return store,
        _ => {
            fields::mismatch(report, node, "store", "a mapping such as `{ dedupe: 8d }`");
            return store;
        }
    };
    for Entry { key, value } in &mapping.entries {
        if value.is_null() {
            continue;
        }
        let name = &format!("store.{}", excerpt::name(&key.text));
        match key.text.as_str() {
            "type" => check_type(value, report),
            "dedupe" => bounded::read_time(value, name, DEDUPE, &mut store.dedupe, report),
            "keep" => bounded::read_time(value, name, KEEP, &mut store.keep, report),
            "keep_dead" => {
                bounded::read_time(value, name, KEEP_DEAD, &mut store.keep_dead, report);
            }
            unknown => {
                let message = format!("the store has no setting `{}`", excerpt::name(unknown));
                let diagnostic = report.at_key(key, message);
                diagnostic.note(format!("known settings: {}", list(NAMES)));
                if let Some(meant) = nearest(unknown, NAMES) {
                    diagnostic.hint(format!("did you mean `{meant}`?"));
                }
            }
        }
    }
    store
}

fn check_type(node: &Node, report: &mut Report) {
    match node.as_text() {
        Some("sqlite") => {}
        Some("postgres" | "postgresql") => {
            let message = "the store type `postgres` is not available in this version";
            report
                .at_value(node, message)
                .hint("use `sqlite`, which keeps all in one file under the data directory");
        }
        _ => {
            fields::malformed(report, node, "store.type", "`sqlite`");
        }
    }
}
