//! What delivery keeps for one channel: its places, its pace, and who to wake.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::breaker::Breaker;
use super::pace::Pace;
use super::wake::Wake;
use crate::bucket::Bucket;
use crate::config::{ChannelEntry, OnUnknown};
use crate::runtime::Channel;
use crate::store::{ChannelId, StateLimits};

/// How a channel's messages are treated: what its entry in `credentials.yml` says.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// What happens to a part of which nobody knows whether it went out.
    pub on_unknown: OnUnknown,
    /// How long a part that cannot be sent is tried.
    pub hold: Duration,
    /// Messages that may wait for the bot.
    pub queue: u32,
    /// Sends a second.
    pub rate: Option<f64>,
    /// Calls of the connector at a time.
    pub concurrency: usize,
    /// What the connector may keep.
    pub state: StateLimits,
    /// Whether the bot is shown to be writing.
    pub typing: bool,
}

impl Policy {
    /// What the entry says.
    #[must_use]
    pub fn new(entry: &ChannelEntry) -> Self {
        let limits = &entry.limits;
        Self {
            on_unknown: entry.on_unknown,
            typing: entry.typing,
            hold: limits.hold,
            queue: limits.queue,
            rate: limits.rate.map(crate::config::Rate::per_second),
            concurrency: limits.concurrency as usize,
            state: StateLimits {
                bytes: limits.state,
                keys: limits.state_keys.into(),
            },
        }
    }
}

/// One channel at work.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) channel: Arc<Channel>,
    pub(super) id: ChannelId,
    pub(super) policy: Policy,
    /// Conversations that may be with the bot at a time.
    pub(super) turns: Arc<Semaphore>,
    /// Conversations that may be sent to at a time.
    pub(super) sends: Arc<Semaphore>,
    pub(super) pace: Pace,
    pub(super) turns_due: Wake,
    pub(super) sends_due: Wake,
    /// Messages that wait for the bot, as far as this process knows.
    queued: AtomicI64,
}

impl Work {
    pub(super) fn new(
        channel: Arc<Channel>,
        id: ChannelId,
        policy: Policy,
        turns: usize,
    ) -> Arc<Self> {
        // One at a time, evenly: what platforms count differs, and this is within every way of counting.
        let rate = policy.rate.map(|per_second| Bucket::new(per_second, 1.0));
        Arc::new(Self {
            channel,
            id,
            policy,
            turns: Arc::new(Semaphore::new(turns)),
            sends: Arc::new(Semaphore::new(sends_at_a_time(policy.concurrency))),
            pace: Pace::new(rate, Breaker::default()),
            turns_due: Wake::default(),
            sends_due: Wake::default(),
            queued: AtomicI64::new(0),
        })
    }

    pub(super) fn label(&self) -> &str {
        self.channel.label()
    }

    /// Whether `more` messages may wait as well.
    pub(super) fn has_room(&self, more: usize) -> bool {
        let queued = self.queued.load(Ordering::Relaxed).max(0).unsigned_abs();
        queued + more as u64 <= self.policy.queue.into()
    }

    pub(super) fn add_queued(&self, more: i64) {
        self.queued.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn set_queued(&self, queued: u64) {
        self.queued
            .store(queued.try_into().unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

/// A platform that hangs must not take the places in which its own requests are received.
fn sends_at_a_time(calls: usize) -> usize {
    (calls * 3 / 4).max(1)
}
