//! What is done when the bot does not answer, and how many may wait for it: the same for every bot
//! that is elsewhere.

use std::time::Duration;

use super::super::document::Mapping;
use super::super::report::Report;
use super::super::{bounded, fields};

const RETRY_FOR: (Duration, Duration) = (Duration::ZERO, Duration::from_secs(86_400));
const CONCURRENCY: (u32, u32) = (1, 100_000);

/// The keys under `bot` that are read here.
pub(super) const NAMES: [&str; 3] = ["retry_for", "retry_timeouts", "concurrency"];

/// How a message is brought to the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryConfig {
    /// How long a bot that is down is asked again before the message becomes a dead letter; zero
    /// asks once. 10 min by default: longer than a restart, short enough that the answer still
    /// means something. At most 24 h.
    pub retry_for: Duration,
    /// Whether a bot that did not answer in time is asked again. By default it is; a bot that may
    /// have acted on the first call should not be.
    pub retry_timeouts: bool,
    /// How many conversations may wait for the bot at a time. 4096 by default. 1 to 100,000.
    pub concurrency: u32,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self {
            retry_for: Duration::from_secs(600),
            retry_timeouts: true,
            concurrency: 4096,
        }
    }
}

/// Reads the keys in the mapping under `bot`; what is not given keeps its default.
pub(super) fn read(mapping: &Mapping, report: &mut Report) -> RetryConfig {
    let mut retry = RetryConfig::default();
    if let Some(node) = mapping.given("retry_for") {
        let (name, limit) = ("bot.retry_for", &mut retry.retry_for);
        bounded::read_time(node, name, RETRY_FOR, limit, report);
    }
    if let Some(node) = mapping.given("retry_timeouts")
        && let Some(given) = fields::boolean(report, node, "bot.retry_timeouts")
    {
        retry.retry_timeouts = given;
    }
    if let Some(node) = mapping.given("concurrency") {
        let (name, limit) = ("bot.concurrency", &mut retry.concurrency);
        bounded::read_count(node, name, CONCURRENCY, limit, report);
    }
    retry
}
