//! Turns: an event is put to the bot, and what comes back goes into the outbox as the turn is closed.
//!
//! A worker stays with a conversation as long as it has events. A bot that is down lets the conversation wait in the
//! store, not here, so that what runs is bounded however much waits.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::clock::{between, millis, system_time};
use super::work::Work;
use super::{Delivery, Running, backoff, bot_error_text, trim, typing};
use crate::bindings::types::BotError;
use crate::bot::{News, Question, Replies};
use crate::content::answer::{self, Budget};
use crate::runtime::AskMode;
use crate::store::{CloseTurn, EventBody, NewPart, Turn, TurnEnd, Uuid};

/// Lanes taken at a time.
const CLAIM: usize = 64;

/// After a store that could not be asked.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Takes lanes whose events are due, as long as there are places.
pub(super) async fn dispatch(delivery: Arc<Delivery>, work: Arc<Work>) {
    loop {
        let place = async {
            work.turns_due.wait().await;
            work.turns.clone().acquire_owned().await
        };
        let first = tokio::select! {
            biased;
            () = delivery.stopping.cancelled() => return,
            place = place => match place {
                Ok(place) => place,
                Err(_) => return,
            },
        };
        let mut places = vec![first];
        while let (true, Ok(place)) = (places.len() < CLAIM, work.turns.clone().try_acquire_owned())
        {
            places.push(place);
        }
        let Some(running) = delivery.running() else {
            return;
        };
        let now = delivery.clock.now();
        let claimed = running
            .store
            .claim_turns(running.node, work.id, places.len(), now)
            .await;
        match claimed {
            Ok(claimed) => {
                if claimed.work.len() == places.len() {
                    work.turns_due.now();
                } else if let Some(due) = claimed.next_due {
                    work.turns_due.at(Instant::now() + between(now, due));
                }
                for (turn, place) in claimed.work.into_iter().zip(places) {
                    start(&delivery, &work, turn, place);
                }
            }
            Err(error) => {
                tracing::debug!(channel = work.label(), "no turns: {error}");
                work.turns_due.at(Instant::now() + STORE_PAUSE);
            }
        }
    }
}

/// Works on a lane that is this node's.
pub(super) fn start(
    delivery: &Arc<Delivery>,
    work: &Arc<Work>,
    turn: Turn,
    place: OwnedSemaphorePermit,
) {
    let (task, work) = (delivery.clone(), work.clone());
    delivery.tasks.spawn(async move {
        if let Some(running) = task.running() {
            stay(&task, running, &work, turn).await;
        }
        drop(place);
    });
}

/// One turn after the other, until the conversation has no more or has to wait.
async fn stay(delivery: &Arc<Delivery>, running: &Running, work: &Arc<Work>, first: Turn) {
    let label = work.channel.label();
    let mut ticket = delivery
        .lanes
        .enter_always(label, first.body.conversation());
    let mut next = Some(first);
    while let Some(turn) = next.take() {
        ticket.wait().await;
        let asked_at = delivery.clock.now();
        delivery
            .metrics
            .waited(label, between(turn.received_at, asked_at));
        let end = tokio::select! {
            biased;
            () = delivery.cut.cancelled() => TurnEnd::Untouched,
            end = ask(delivery, work, &turn) => end,
        };
        next = close(delivery, running, work, &turn, asked_at, end).await;
        if let Some(next) = &next {
            // Whoever asked meanwhile goes first.
            ticket = delivery.lanes.enter_always(label, next.body.conversation());
        }
    }
}

/// Puts the event to the bot.
async fn ask(delivery: &Delivery, work: &Work, turn: &Turn) -> TurnEnd {
    let asked_at = delivery.clock.now();
    let replies = match answer(delivery, work, turn).await {
        Ok(replies) => replies,
        Err(error) => return failed(delivery, work, turn, &error, asked_at),
    };
    let name = &work.channel.connector().name;
    let renders = &work.channel.connector().description.renders;
    let address = turn.body.reply().map(str::to_owned);
    let mut budget = Budget::default();
    let mut parts: Vec<NewPart> = Vec::new();
    for reply in replies {
        match answer::parts(reply, &delivery.responses, name, renders, &mut budget) {
            Ok(said) => parts.extend(said.into_iter().map(|part| NewPart {
                id: Uuid::now_v7(),
                part,
                reply: address.clone(),
            })),
            Err(too_much) => {
                let error = super::too_much(too_much);
                return failed(delivery, work, turn, &error, asked_at);
            }
        }
    }
    let took = between(asked_at, delivery.clock.now());
    delivery.metrics.turn(work.label(), "answered", took);
    TurnEnd::Answered(parts)
}

/// All replies, or none: what a bot said before it broke off is not sent, because it will be asked again.
async fn answer(delivery: &Delivery, work: &Work, turn: &Turn) -> Result<Vec<Value>, BotError> {
    let id = turn.id.to_string();
    let received = system_time(turn.received_at);
    let mut replies: Replies = match &turn.body {
        EventBody::Message(message) => {
            let mut message = message.clone();
            trim(&mut message);
            let name = &work.channel.connector().name;
            let question = Question {
                id: &id,
                channel: work.label(),
                input_channel: message.input_channel.as_deref().unwrap_or(name),
                received,
                message: &message,
                mode: AskMode::Whole,
            };
            typing::shown_until(work, turn, delivery.bot.ask(&question)).await?
        }
        EventBody::Other(event) => {
            let news = News {
                id: &id,
                channel: work.label(),
                received,
                event,
            };
            delivery.bot.tell(&news).await?
        }
    };
    let mut all = Vec::new();
    while let Some(reply) = replies.next().await? {
        all.push(reply);
    }
    Ok(all)
}

/// Asked again later, or put among the dead letters.
fn failed(
    delivery: &Delivery,
    work: &Work,
    turn: &Turn,
    error: &BotError,
    asked_at: i64,
) -> TurnEnd {
    let now = delivery.clock.now();
    let text = bot_error_text(error).to_owned();
    let (channel, message) = (work.label(), turn.id.to_string());
    let is_passing = match error {
        BotError::Unavailable(_) | BotError::Overloaded(_) => true,
        BotError::TimedOut(_) => delivery.retry.retry_timeouts,
        BotError::InvalidAnswer(_) | BotError::InvalidMessage(_) | BotError::NotAvailable(_) => {
            false
        }
    };
    let at = now + millis(backoff::delay(turn.attempts + 1, None));
    let since = turn.failing_since.unwrap_or(asked_at);
    if is_passing && between(since, at) <= delivery.retry.retry_for {
        let wait = between(now, at);
        if turn.attempts == 0 {
            tracing::warn!(
                channel,
                message,
                "the bot is asked again in {wait:.1?}: {text}"
            );
        } else {
            tracing::debug!(
                channel,
                message,
                "the bot is asked again in {wait:.1?}: {text}"
            );
        }
        delivery
            .metrics
            .turn(channel, "again", between(asked_at, now));
        return TurnEnd::Again { at, error: text };
    }
    tracing::error!(
        channel,
        message,
        "the message was not answered: {text}; it is among the dead letters; hint: `switchboard dead replay {message}` \
         when that is mended"
    );
    delivery
        .metrics
        .turn(channel, "dead", between(asked_at, now));
    delivery.metrics.dead(channel, "event");
    TurnEnd::Dead { error: text }
}

/// Puts on record how the turn ended. The lane's next turn, where there is one.
async fn close(
    delivery: &Arc<Delivery>,
    running: &Running,
    work: &Arc<Work>,
    turn: &Turn,
    started_at: i64,
    end: TurnEnd,
) -> Option<Turn> {
    let is_over = matches!(end, TurnEnd::Answered(_) | TurnEnd::Dead { .. });
    let has_parts = matches!(&end, TurnEnd::Answered(parts) if !parts.is_empty());
    let again_at = match &end {
        TurnEnd::Again { at, .. } => Some(*at),
        _ => None,
    };
    let ready = if has_parts {
        work.ready_to_send()
    } else {
        None
    };
    let close = CloseTurn {
        event: turn.event,
        lane: turn.lane,
        started_at,
        end,
        go_on: !delivery.stopping.is_cancelled(),
        start: ready.is_some(),
    };
    let closed = delivery
        .insist(work.label(), || {
            let now = delivery.clock.now();
            running.store.close_turn(running.node, close.clone(), now)
        })
        .await?;
    if is_over {
        work.add_queued(-1);
    }
    if let Some(at) = again_at {
        work.turns_due
            .at(Instant::now() + between(delivery.clock.now(), at));
    }
    match (closed.send, ready) {
        (Some(send), Some(ready)) => super::sends::start(delivery, work, send, ready),
        _ if has_parts => work.sends_due.now(),
        _ => {}
    }
    closed.next
}
