//! Sends: one part after the other of a conversation, each on record before it leaves and again when it has.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::clock::between;
use super::pace::Admission;
use super::verdict::{Blame, Verdict, judge};
use super::work::Work;
use super::{Delivery, Running};
use crate::bindings::connector::{Address, Attempt};
use crate::store::{CloseSend, Send, SendEnd};

/// Lanes taken at a time.
const CLAIM: usize = 64;

/// After a store that could not be asked.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// A place to send from, and leave to do so.
pub(super) struct Ready {
    place: OwnedSemaphorePermit,
    admission: Admission,
}

impl Work {
    /// A place and leave to send, if there are.
    pub(super) fn ready_to_send(&self) -> Option<Ready> {
        let place = self.sends.clone().try_acquire_owned().ok()?;
        let admission = self.pace.admit(Instant::now()).ok()?;
        Some(Ready { place, admission })
    }
}

/// Takes lanes whose parts are due, at the channel's pace.
pub(super) async fn dispatch(delivery: Arc<Delivery>, work: Arc<Work>) {
    loop {
        let place = async {
            work.sends_due.wait().await;
            work.sends.clone().acquire_owned().await
        };
        let first = tokio::select! {
            biased;
            () = delivery.cut.cancelled() => return,
            place = place => match place {
                Ok(place) => place,
                Err(_) => return,
            },
        };
        claim(&delivery, &work, first).await;
    }
}

/// Takes what is due, for which there is a place and leave. How many lanes.
pub(super) async fn claim(
    delivery: &Arc<Delivery>,
    work: &Arc<Work>,
    first: OwnedSemaphorePermit,
) -> usize {
    let Some(running) = delivery.running() else {
        return 0;
    };
    let mut all = match work.pace.admit(Instant::now()) {
        Ok(admission) => vec![Ready {
            place: first,
            admission,
        }],
        Err(wait) => {
            work.sends_due.at(Instant::now() + wait);
            return 0;
        }
    };
    while let (true, Some(ready)) = (all.len() < CLAIM, work.ready_to_send()) {
        all.push(ready);
    }
    let now = delivery.clock.now();
    let claimed = running
        .store
        .claim_sends(running.node, work.id, all.len(), now)
        .await;
    match claimed {
        Ok(claimed) => {
            if claimed.work.len() == all.len() {
                work.sends_due.now();
            } else if let Some(due) = claimed.next_due {
                work.sends_due.at(Instant::now() + between(now, due));
            }
            let count = claimed.work.len();
            for (send, ready) in claimed.work.into_iter().zip(all) {
                start(delivery, work, send, ready);
            }
            count
        }
        Err(error) => {
            tracing::debug!(channel = work.label(), "no sends: {error}");
            work.sends_due.at(Instant::now() + STORE_PAUSE);
            0
        }
    }
}

/// Works on a lane that is this node's, from a part that is on record as being sent.
pub(super) fn start(delivery: &Arc<Delivery>, work: &Arc<Work>, send: Send, ready: Ready) {
    let (task, work) = (delivery.clone(), work.clone());
    delivery.tasks.spawn(async move {
        let Ready { place, admission } = ready;
        if let Some(running) = task.running() {
            tokio::select! {
                biased;
                () = stay(&task, running, &work, send, admission) => {}
                // What is on its way then is on record as such, and unknown to the next start.
                () = task.cut.cancelled() => {
                    task.cut_off.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        drop(place);
    });
}

/// One part after the other, until there is none or it has to wait.
async fn stay(
    delivery: &Arc<Delivery>,
    running: &Running,
    work: &Arc<Work>,
    first: Send,
    admission: Admission,
) {
    let mut next = Some((first, admission));
    while let Some((send, admission)) = next.take() {
        let verdict = try_once(delivery, work, &send, admission).await;
        let due = match &verdict.end {
            SendEnd::Again { at, .. } | SendEnd::Untried { at } => Some(*at),
            _ => None,
        };
        // Only a lane that goes on needs leave for its next part.
        let admitted = match due {
            None => work.pace.admit(Instant::now()),
            Some(at) => Err(between(delivery.clock.now(), at)),
        };
        let waits_for_recipient = verdict.waits_for_recipient();
        let close = CloseSend {
            part: send.part,
            lane: send.lane,
            end: verdict.end,
            start: admitted.is_ok(),
        };
        let closed = delivery
            .insist(work.label(), || {
                let now = delivery.clock.now();
                running.store.close_send(running.node, close.clone(), now)
            })
            .await;
        // Somebody who came while the part was being tried found it on its way.
        if waits_for_recipient && work.channel.is_anybody_in(&send.conversation) {
            delivery.arrived(work.channel.label(), &send.conversation);
        }
        match (closed, admitted) {
            (Some(Some(send)), Ok(admission)) => next = Some((send, admission)),
            (_, Err(wait)) => work.sends_due.at(Instant::now() + wait),
            _ => {}
        }
    }
}

/// One try, and what came of it.
async fn try_once(delivery: &Delivery, work: &Work, send: &Send, admission: Admission) -> Verdict {
    let label = work.label();
    let to = Address {
        conversation: send.conversation.clone(),
        reply: send.reply.clone(),
    };
    let attempt = Attempt {
        id: send.id.to_string(),
        number: send.attempt,
    };
    let started = Instant::now();
    let sent = work.channel.send(to, send.content.clone(), attempt).await;
    if let Err(error) = &sent.outcome {
        error.log(&work.channel, "send");
    }
    let took = started.elapsed();
    let verdict = judge(sent, send, &work.policy, delivery.clock.now());
    let was_open = work.pace.is_open();
    if let Some(pause) = verdict.pause {
        work.pace.pause(Instant::now() + pause);
    }
    match verdict.blame {
        Blame::Nobody => admission.succeeded(),
        Blame::Platform => {
            if let Some(pause) = admission.failed(Instant::now()) {
                tracing::warn!(
                    channel = label,
                    "the platform fails: nothing is sent for {pause:.1?}, then one part is tried"
                );
            }
        }
        Blame::Unclear => admission.neutral(),
        Blame::Untried => admission.unused(),
    }
    let is_open = work.pace.is_open();
    if is_open != was_open {
        delivery.metrics.breaker(label, is_open);
        if !is_open {
            tracing::info!(channel = label, "the platform answers again");
        }
    }
    verdict.tell(&delivery.metrics, label, send, took);
    verdict
}
