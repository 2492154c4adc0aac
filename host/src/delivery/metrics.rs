//! What `GET /metrics` tells. Names and labels are part of the interface: README lists them.

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::store::Depth;

type Labels<const N: usize> = [(&'static str, String); N];

/// From a millisecond to ten minutes.
const SECONDS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 60.0, 600.0,
];

type Seconds = Family<Labels<1>, Histogram, fn() -> Histogram>;

fn seconds() -> Seconds {
    Family::new_with_constructor(|| Histogram::new(SECONDS))
}

/// All metrics.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    received: Family<Labels<1>, Counter>,
    duplicates: Family<Labels<1>, Counter>,
    accepted: Family<Labels<1>, Counter>,
    refused: Family<Labels<1>, Counter>,
    turns: Family<Labels<2>, Counter>,
    sent: Family<Labels<1>, Counter>,
    failed: Family<Labels<2>, Counter>,
    unknown: Family<Labels<1>, Counter>,
    dead: Family<Labels<2>, Counter>,
    waiting_turns: Family<Labels<1>, Gauge>,
    waiting_parts: Family<Labels<1>, Gauge>,
    dead_letters: Family<Labels<1>, Gauge>,
    open: Family<Labels<1>, Gauge>,
    sockets: Family<Labels<1>, Gauge>,
    accept_seconds: Seconds,
    wait_seconds: Seconds,
    turn_seconds: Seconds,
    send_seconds: Seconds,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("switchboard"),
            received: Family::default(),
            duplicates: Family::default(),
            accepted: Family::default(),
            refused: Family::default(),
            turns: Family::default(),
            sent: Family::default(),
            failed: Family::default(),
            unknown: Family::default(),
            dead: Family::default(),
            waiting_turns: Family::default(),
            waiting_parts: Family::default(),
            dead_letters: Family::default(),
            open: Family::default(),
            sockets: Family::default(),
            accept_seconds: seconds(),
            wait_seconds: seconds(),
            turn_seconds: seconds(),
            send_seconds: seconds(),
        };
        metrics.register();
        metrics
    }
}

fn on(channel: &str) -> Labels<1> {
    [("channel", channel.to_owned())]
}

fn with(channel: &str, name: &'static str, value: &str) -> Labels<2> {
    [("channel", channel.to_owned()), (name, value.to_owned())]
}

impl Metrics {
    fn register(&mut self) {
        let r = &mut self.registry;
        r.register(
            "events_received",
            "Events that connectors handed over",
            self.received.clone(),
        );
        r.register(
            "events_duplicate",
            "Events that had been accepted before",
            self.duplicates.clone(),
        );
        r.register(
            "events_accepted",
            "Events put on record",
            self.accepted.clone(),
        );
        r.register(
            "events_refused",
            "Events refused because the store was down or the queue full",
            self.refused.clone(),
        );
        r.register(
            "turns",
            "Times that the bot was asked, by outcome: answered, again, dead; asked and unanswered for those who wait",
            self.turns.clone(),
        );
        r.register(
            "parts_sent",
            "Parts that the platform took",
            self.sent.clone(),
        );
        r.register(
            "send_failures",
            "Tries to send that failed, by reason",
            self.failed.clone(),
        );
        r.register(
            "parts_unknown",
            "Tries to send of which nobody knows whether they went out",
            self.unknown.clone(),
        );
        r.register(
            "dead",
            "Events and parts put among the dead letters, by kind",
            self.dead.clone(),
        );
        r.register(
            "turns_waiting",
            "Events that wait for the bot",
            self.waiting_turns.clone(),
        );
        r.register(
            "parts_waiting",
            "Parts that wait to be sent",
            self.waiting_parts.clone(),
        );
        r.register(
            "dead_letters",
            "Dead letters on record",
            self.dead_letters.clone(),
        );
        r.register(
            "sockets",
            "Clients that are connected by Socket.IO",
            self.sockets.clone(),
        );
        r.register(
            "platform_down",
            "1 while sends are held back because the platform fails",
            self.open.clone(),
        );
        for (name, help, metric) in [
            (
                "accept",
                "From the connector's hand to the disk",
                &self.accept_seconds,
            ),
            (
                "lane_wait",
                "From accepting an event to its turn",
                &self.wait_seconds,
            ),
            ("turn", "What the bot took", &self.turn_seconds),
            ("send", "What the platform took", &self.send_seconds),
        ] {
            r.register_with_unit(name, help, Unit::Seconds, metric.clone());
        }
    }

    pub(crate) fn accepted(&self, channel: &str, taken: usize, duplicates: usize, took: Duration) {
        let count = |family: &Family<Labels<1>, Counter>, by: usize| {
            family.get_or_create(&on(channel)).inc_by(by as u64);
        };
        count(&self.received, taken + duplicates);
        count(&self.accepted, taken);
        count(&self.duplicates, duplicates);
        self.accept_seconds
            .get_or_create(&on(channel))
            .observe(took.as_secs_f64());
    }

    pub(crate) fn refused(&self, channel: &str, count: usize) {
        self.received
            .get_or_create(&on(channel))
            .inc_by(count as u64);
        self.refused
            .get_or_create(&on(channel))
            .inc_by(count as u64);
    }

    pub(crate) fn waited(&self, channel: &str, waited: Duration) {
        self.wait_seconds
            .get_or_create(&on(channel))
            .observe(waited.as_secs_f64());
    }

    pub(crate) fn turn(&self, channel: &str, outcome: &str, took: Duration) {
        self.turns
            .get_or_create(&with(channel, "outcome", outcome))
            .inc();
        self.turn_seconds
            .get_or_create(&on(channel))
            .observe(took.as_secs_f64());
    }

    pub(crate) fn sent(&self, channel: &str, took: Duration) {
        self.sent.get_or_create(&on(channel)).inc();
        self.send_seconds
            .get_or_create(&on(channel))
            .observe(took.as_secs_f64());
    }

    pub(crate) fn send_failed(&self, channel: &str, reason: &str, took: Duration) {
        self.failed
            .get_or_create(&with(channel, "reason", reason))
            .inc();
        self.send_seconds
            .get_or_create(&on(channel))
            .observe(took.as_secs_f64());
    }

    pub(crate) fn unknown(&self, channel: &str, count: u64) {
        self.unknown.get_or_create(&on(channel)).inc_by(count);
    }

    pub(crate) fn dead(&self, channel: &str, kind: &str) {
        self.dead.get_or_create(&with(channel, "kind", kind)).inc();
    }

    pub(crate) fn breaker(&self, channel: &str, is_open: bool) {
        self.open
            .get_or_create(&on(channel))
            .set(i64::from(is_open));
    }

    /// What waits, as the store counts it.
    pub(crate) fn depths(&self, depths: &[Depth]) {
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        for depth in depths {
            let labels = on(&depth.channel);
            self.waiting_turns
                .get_or_create(&labels)
                .set(count(depth.turns));
            self.waiting_parts
                .get_or_create(&labels)
                .set(count(depth.parts));
            self.dead_letters
                .get_or_create(&labels)
                .set(count(depth.dead));
        }
    }

    /// Clients that are connected.
    pub(crate) fn sockets(&self, channel: &str, count: usize) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.sockets.get_or_create(&on(channel)).set(count);
    }

    /// In the OpenMetrics text format. <https://prometheus.io/docs/specs/om/open_metrics_spec/>
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
