//! What delivery does by the clock: joining the store, looking whether others changed it, sweeping out what is old.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::time::{Instant, MissedTickBehavior};

use super::clock::millis;
use super::metrics::Metrics;
use super::work::Work;
use super::{Delivery, Running, sends, turns};
use crate::store::{CutOff, Millis, Recovered, Retention, Store, StoreError};

/// How often joining is tried while the store cannot be used.
const JOIN_PAUSE: Duration = Duration::from_millis(500);

/// How often is looked whether others changed the store.
const LOOK: Duration = Duration::from_secs(1);

/// How often what is old is swept out, and counts are made true.
const SWEEP: Duration = Duration::from_secs(60);

/// Rows that one round of sweeping removes before it pauses.
const SWEEP_ROUNDS: usize = 100;

/// How often a node of several says that it lives, and after how long it is taken for dead.
const HEARTBEAT: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(30);

/// The longest that anything is put off: see `backoff`.
const LATEST: Duration = Duration::from_secs(24 * 3_600);

/// How long a conversation's address is kept after its last message.
const CONVERSATIONS: Duration = Duration::from_secs(400 * 24 * 3_600);

/// Joins the store and takes up what is left of the time before. Where the store cannot be used, that is tried again
/// behind the caller's back.
pub(super) async fn start(delivery: &Arc<Delivery>, store: Arc<dyn Store>) {
    let error = match join(delivery, &store).await {
        Ok(running) => return begin(delivery, running),
        Err(error) => error,
    };
    tracing::error!("nothing can be accepted but questions: {error}");
    let task = delivery.clone();
    delivery.dispatchers.spawn(async move {
        loop {
            tokio::select! {
                () = tokio::time::sleep(JOIN_PAUSE) => {}
                () = task.stopping.cancelled() => return,
            }
            if let Ok(running) = join(&task, &store).await {
                tracing::info!("the store can be used: messages are accepted");
                return begin(&task, running);
            }
        }
    });
}

fn begin(delivery: &Arc<Delivery>, running: Running) {
    let work: Vec<Arc<Work>> = running.work.values().cloned().collect();
    let store = running.store.clone();
    if delivery.running.set(running).is_err() {
        return;
    }
    delivery.wake(&work);
    for work in &work {
        delivery
            .dispatchers
            .spawn(turns::dispatch(delivery.clone(), work.clone()));
        delivery
            .dispatchers
            .spawn(sends::dispatch(delivery.clone(), work.clone()));
    }
    delivery
        .dispatchers
        .spawn(keep_house(delivery.clone(), store, work));
}

/// Until the server stops.
async fn keep_house(delivery: Arc<Delivery>, store: Arc<dyn Store>, work: Vec<Arc<Work>>) {
    let mut look = tokio::time::interval(LOOK);
    let mut sweep = tokio::time::interval_at(Instant::now() + SWEEP, SWEEP);
    let mut heartbeat = tokio::time::interval(HEARTBEAT);
    for interval in [&mut look, &mut sweep, &mut heartbeat] {
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    loop {
        tokio::select! {
            () = delivery.cut.cancelled() => return,
            _ = look.tick() => look_around(&delivery, &store, &work).await,
            _ = sweep.tick() => clean(&delivery, &store).await,
            _ = heartbeat.tick(), if store.shared() => live(&delivery, &store, &work).await,
        }
    }
}

async fn join(delivery: &Delivery, store: &Arc<dyn Store>) -> Result<Running, StoreError> {
    let now = delivery.clock.now();
    let node = store.join(now).await?;
    let turns = delivery.retry.concurrency as usize;
    // All at once: the store puts on disk together what comes together, and a thousand channels one by one are seconds.
    let work = delivery
        .channels()
        .into_iter()
        .map(async |(channel, policy)| {
            let id = store.channel(channel.label(), policy.on_unknown).await?;
            let label = channel.label().clone();
            Ok::<_, StoreError>((label, Work::new(channel, id, policy, turns)))
        });
    let work: HashMap<_, _> = try_join_all(work).await?.into_iter().collect();
    let silent_since = if store.shared() {
        now - millis(SILENCE)
    } else {
        Millis::MAX
    };
    let latest = now + millis(LATEST);
    let recovered = store.recover(node, silent_since, latest, now).await?;
    report(&delivery.metrics, &recovered);
    for depth in store.depths().await? {
        match work.get(depth.channel.as_str()) {
            Some(work) => work.set_queued(depth.turns),
            None if depth.turns + depth.parts > 0 => tracing::warn!(
                channel = depth.channel,
                messages = depth.turns,
                parts = depth.parts,
                "messages and parts wait for a channel that is not in credentials.yml any more"
            ),
            None => {}
        }
    }
    Ok(Running {
        store: store.clone(),
        node,
        work,
    })
}

fn report(metrics: &Metrics, recovered: &Recovered) {
    let turns = recovered.turns;
    if turns > 0 {
        tracing::info!(
            turns,
            "conversations are taken up where the server left them: the bot is asked again"
        );
    }
    for cut_off in &recovered.sends {
        let CutOff {
            channel,
            resent,
            parked,
        } = cut_off;
        metrics.unknown(channel, resent + parked);
        if *resent > 0 {
            tracing::warn!(
                channel,
                parts = resent,
                "parts may or may not have gone out before the server ended; they are sent again"
            );
        }
        if *parked > 0 {
            for _ in 0..*parked {
                metrics.dead(channel, "part");
            }
            tracing::error!(
                channel,
                parts = parked,
                "parts may or may not have gone out before the server ended; they are among the dead letters; hint: \
                 `switchboard dead list --channel {channel}`"
            );
        }
    }
}

/// A command beside the server may have replayed something.
async fn look_around(delivery: &Delivery, store: &Arc<dyn Store>, work: &[Arc<Work>]) {
    if let Ok(true) = store.changed_elsewhere().await {
        delivery.wake(work);
    }
}

async fn clean(delivery: &Delivery, store: &Arc<dyn Store>) {
    let retention = Retention {
        finished: delivery.keeping.keep,
        dead: delivery.keeping.keep_dead,
        conversations: CONVERSATIONS,
    };
    for _ in 0..SWEEP_ROUNDS {
        match store.sweep(retention, delivery.clock.now()).await {
            Ok(0) | Err(_) => break,
            // Others write meanwhile.
            Ok(_) => tokio::task::yield_now().await,
        }
    }
    delivery.count().await;
}

/// Of several nodes: says that this one lives, and takes over from those that do not.
async fn live(delivery: &Delivery, store: &Arc<dyn Store>, work: &[Arc<Work>]) {
    let Some(running) = delivery.running() else {
        return;
    };
    let now = delivery.clock.now();
    match store.heartbeat(running.node, now).await {
        Ok(true) => {}
        Ok(false) => {
            tracing::error!(
                "this node was silent for so long that others took it for dead; it takes no more work; hint: restart it"
            );
            delivery.stopping.cancel();
            return;
        }
        Err(error) => return tracing::warn!("no heartbeat: {error}"),
    }
    let silent_since = now - millis(SILENCE);
    let recovered = store
        .recover(running.node, silent_since, now + millis(LATEST), now)
        .await;
    if let Ok(recovered) = recovered
        && recovered != Recovered::default()
    {
        report(&delivery.metrics, &recovered);
        delivery.wake(work);
    }
}
