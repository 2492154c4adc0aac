//! Questions: a connector waits for the bot's answer to put it into its own response.
//!
//! A question takes its turn in the conversation's lane like an event, but it is nobody's to keep: who asked is still
//! there and hears what went wrong.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::SystemTime;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::lanes::Ticket;
use super::{Delivery, bot_error_text, too_much, trim};
use crate::bindings::connector::Rendering;
use crate::bindings::types::{BotError, Message, Part};
use crate::bot::{Question, Replies};
use crate::content::answer::{self, Budget};
use crate::runtime::{AskMode, Reply, Turns};
use crate::store::Uuid;

/// The way to the bot for one channel's connector.
pub(super) struct ChannelTurns {
    pub(super) delivery: Weak<Delivery>,
    pub(super) label: Arc<str>,
    /// What the connector calls itself.
    pub(super) name: String,
    pub(super) renders: Rendering,
}

impl Turns for ChannelTurns {
    fn ask(&self, message: Message, mode: AskMode) -> BoxFuture<'_, Result<Reply, BotError>> {
        async move {
            let Some(delivery) = self.delivery.upgrade() else {
                return Err(BotError::Unavailable("the server is stopping".into()));
            };
            let started = Instant::now();
            let asked = self.asked(&delivery, message, mode).await;
            let outcome = match &asked {
                Ok(_) => "asked",
                Err(error) => {
                    log_unanswered(&self.label, error);
                    "unanswered"
                }
            };
            delivery
                .metrics
                .turn(&self.label, outcome, started.elapsed());
            asked
        }
        .boxed()
    }
}

impl ChannelTurns {
    async fn asked(
        &self,
        delivery: &Arc<Delivery>,
        mut message: Message,
        mode: AskMode,
    ) -> Result<Reply, BotError> {
        let entered = delivery.lanes.enter(&self.label, &message.conversation);
        let mut ticket = entered.map_err(|full| {
            BotError::Overloaded(format!("{full} messages of this conversation wait already"))
        })?;
        ticket.wait().await;
        trim(&mut message);
        let id = Uuid::now_v7().to_string();
        let question = Question {
            id: &id,
            channel: &self.label,
            input_channel: message.input_channel.as_deref().unwrap_or(&self.name),
            received: SystemTime::now(),
            message: &message,
            mode,
        };
        let mut answer = Answer {
            replies: delivery.bot.ask(&question).await?,
            delivery: delivery.clone(),
            lowered: VecDeque::new(),
            budget: Budget::default(),
            name: self.name.clone(),
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
}

fn log_unanswered(channel: &str, error: &BotError) {
    tracing::error!(
        channel,
        "the message was not answered: {}",
        bot_error_text(error)
    );
}

/// An answer on its way to a connector. The lane is held until it ends.
struct Answer {
    replies: Replies,
    delivery: Arc<Delivery>,
    lowered: VecDeque<Part>,
    budget: Budget,
    name: String,
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
            let Some(said) = self.replies.next().await? else {
                return Ok(None);
            };
            let responses = &self.delivery.responses;
            let lowered =
                answer::parts(said, responses, &self.name, &self.renders, &mut self.budget);
            self.lowered = lowered.map_err(too_much)?.into();
        }
    }

    /// One step of a stream, which ends after an error.
    async fn step(answer: Option<Self>) -> Option<(Result<Part, BotError>, Option<Self>)> {
        let mut answer = answer?;
        match answer.next().await.transpose()? {
            Ok(part) => Some((Ok(part), Some(answer))),
            Err(error) => {
                log_unanswered(&answer.label, &error);
                Some((Err(error), None))
            }
        }
    }
}
