//! The way of a message: its conversation's lane, the bot, the parts, and out.
//!
//! One conversation's messages reach the bot in the order of their arrival and one at a time; no conversation waits for
//! another. What was accepted lives in memory for now: a stop finishes it within a bound, a crash loses it. Delivery
//! knows nothing of HTTP.

#[cfg_attr(not(test), expect(dead_code, reason = "sends are not paced yet"))]
mod backoff;
mod breaker;
mod lanes;
#[cfg_attr(not(test), expect(dead_code, reason = "sends are not paced yet"))]
mod pace;
#[cfg_attr(not(test), expect(dead_code, reason = "sends are not paced yet"))]
mod rate;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_util::task::TaskTracker;

use self::lanes::{Lanes, Ticket};
use crate::bindings::connector::{Address, Attempt, Rendering};
use crate::bindings::types::{BotError, Event, Message, Part};
use crate::bot::{Bot, Question, Replies};
use crate::content::{lowering, reply};
use crate::runtime::{AskMode, Channel, Reply, Turns};

/// Messages that may be accepted and not yet answered, over all channels.
const MAX_PENDING: usize = 10_000;

/// Brings messages to the bot and its answers out.
#[derive(Debug)]
pub struct Delivery {
    bot: Bot,
    lanes: Lanes,
    tasks: TaskTracker,
}

/// There is no room for more messages.
#[derive(Debug)]
pub struct Full;

impl Delivery {
    /// Delivery to `bot`.
    #[must_use]
    pub fn new(bot: Bot) -> Arc<Self> {
        Arc::new(Self {
            bot,
            lanes: Lanes::default(),
            tasks: TaskTracker::new(),
        })
    }

    /// The bot that answers.
    #[must_use]
    pub fn bot(&self) -> &Bot {
        &self.bot
    }

    /// The way to the bot for one channel, `label`, whose connector calls itself `name` and renders `renders`.
    #[must_use]
    pub fn turns(self: &Arc<Self>, label: &str, name: &str, renders: Rendering) -> Arc<dyn Turns> {
        Arc::new(ChannelTurns {
            delivery: self.clone(),
            label: label.into(),
            name: name.to_owned(),
            renders,
        })
    }

    /// Takes over what a call accepted, all of it or nothing.
    ///
    /// # Errors
    ///
    /// When too many messages wait already.
    pub fn accept(
        self: &Arc<Self>,
        channel: &Arc<Channel>,
        events: Vec<Event>,
    ) -> Result<(), Full> {
        if self.tasks.len() + events.len() > MAX_PENDING {
            return Err(Full);
        }
        let mut entered = Vec::with_capacity(events.len());
        for event in events {
            // The other kinds were refused when the connector offered them.
            if let Event::Message(message) = event {
                let ticket = self
                    .lanes
                    .enter(channel.label(), &message.conversation)
                    .map_err(|_| Full)?;
                entered.push((ticket, message));
            }
        }
        for (ticket, message) in entered {
            let delivery = self.clone();
            let channel = channel.clone();
            self.tasks
                .spawn(async move { delivery.turn(&channel, message, ticket).await });
        }
        Ok(())
    }

    /// Waits until everything accepted is answered, `bound` at the longest. False if something was left.
    pub async fn drain(&self, bound: Duration) -> bool {
        self.tasks.close();
        let drained = tokio::time::timeout(bound, self.tasks.wait()).await.is_ok();
        if !drained {
            tracing::error!(
                left = self.tasks.len(),
                "messages were lost: the bot or a platform is too slow"
            );
        }
        drained
    }

    /// One accepted message: ask, and send what comes.
    async fn turn(&self, channel: &Channel, mut message: Message, mut ticket: Ticket) {
        ticket.wait().await;
        trim(&mut message);
        let label = channel.label();
        let connector = channel.connector();
        let input_channel = message.input_channel.as_deref().unwrap_or(&connector.name);
        let question = Question {
            id: &new_id(),
            channel: label,
            input_channel,
            received: SystemTime::now(),
            message: &message,
            mode: AskMode::Whole,
        };
        let mut replies = match self.bot.ask(&question).await {
            Ok(replies) => replies,
            Err(error) => return log_lost(label, message.id.as_deref(), &error),
        };
        let to = Address {
            conversation: message.conversation,
            reply: message.reply,
        };
        loop {
            match replies.next().await {
                Ok(Some(value)) => {
                    for part in lowered(value, &connector.description.renders) {
                        send(channel, to.clone(), part).await;
                    }
                }
                Ok(None) => return,
                Err(error) => return log_lost(label, message.id.as_deref(), &error),
            }
        }
    }
}

fn log_lost(channel: &str, message: Option<&str>, error: &BotError) {
    tracing::error!(
        channel,
        message,
        "the message was not answered: {}",
        bot_error_text(error)
    );
}

/// The error's text for people.
pub(crate) fn bot_error_text(error: &BotError) -> &str {
    match error {
        BotError::Unavailable(text)
        | BotError::TimedOut(text)
        | BotError::InvalidAnswer(text)
        | BotError::Overloaded(text)
        | BotError::InvalidMessage(text)
        | BotError::NotAvailable(text) => text,
    }
}

/// A name for something that has none.
fn new_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

async fn send(channel: &Channel, to: Address, part: Part) {
    let id = new_id();
    match channel
        .send(
            to,
            part,
            Attempt {
                id: id.clone(),
                number: 1,
            },
        )
        .await
    {
        Ok(Ok(_receipt)) => {
            tracing::debug!(channel = &**channel.label(), part = id, "sent");
        }
        Ok(Err(error)) => tracing::error!(
            channel = &**channel.label(),
            part = id,
            "the part was not delivered: {error:?}"
        ),
        Err(error) => error.log(channel, "send"),
    }
}

fn lowered(reply: serde_json::Value, renders: &Rendering) -> Vec<Part> {
    reply::parts(reply)
        .into_iter()
        .flat_map(|part| lowering::lower(part, renders))
        .collect()
}

/// As Rasa does, so that `"\n/restart\n"` is `/restart`.
fn trim(message: &mut Message) {
    if let Some(text) = &mut message.text
        && text.trim().len() != text.len()
    {
        *text = text.trim().to_owned();
    }
}

/// Delivery as one channel's connector sees it.
struct ChannelTurns {
    delivery: Arc<Delivery>,
    label: Arc<str>,
    name: String,
    renders: Rendering,
}

impl Turns for ChannelTurns {
    fn ask(&self, mut message: Message, mode: AskMode) -> BoxFuture<'_, Result<Reply, BotError>> {
        async move {
            let lanes = &self.delivery.lanes;
            let mut ticket = lanes
                .enter(&self.label, &message.conversation)
                .map_err(|full| {
                    BotError::Overloaded(format!(
                        "{full} messages of this conversation wait already"
                    ))
                })?;
            ticket.wait().await;
            trim(&mut message);
            let input_channel = message.input_channel.as_deref().unwrap_or(&self.name);
            let question = Question {
                id: &new_id(),
                channel: &self.label,
                input_channel,
                received: SystemTime::now(),
                message: &message,
                mode,
            };
            let asked = self.delivery.bot.ask(&question).await;
            let replies = asked.inspect_err(|e| log_lost(&self.label, message.id.as_deref(), e))?;
            let mut answer = Answer {
                replies,
                lowered: VecDeque::new(),
                renders: self.renders,
                label: self.label.clone(),
                _ticket: ticket,
            };
            if mode == AskMode::PartByPart {
                let parts = futures_util::stream::unfold(Some(answer), Answer::step);
                return Ok(Reply::new(parts));
            }
            let mut parts = Vec::new();
            while let Some(part) = answer.next().await? {
                parts.push(part);
            }
            Ok(Reply::ready(parts))
        }
        .boxed()
    }
}

/// An answer on its way to a connector. The lane is held until it ends.
struct Answer {
    replies: Replies,
    lowered: VecDeque<Part>,
    renders: Rendering,
    label: Arc<str>,
    _ticket: Ticket,
}

impl Answer {
    async fn next(&mut self) -> Result<Option<Part>, BotError> {
        loop {
            if let Some(part) = self.lowered.pop_front() {
                return Ok(Some(part));
            }
            let reply = self.replies.next().await;
            match reply.inspect_err(|error| log_lost(&self.label, None, error))? {
                Some(reply) => self.lowered = lowered(reply, &self.renders).into(),
                None => return Ok(None),
            }
        }
    }

    /// One step of a stream, which ends after an error.
    async fn step(answer: Option<Self>) -> Option<(Result<Part, BotError>, Option<Self>)> {
        let mut answer = answer?;
        match answer.next().await.transpose()? {
            Ok(part) => Some((Ok(part), Some(answer))),
            Err(error) => Some((Err(error), None)),
        }
    }
}
