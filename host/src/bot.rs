//! Whatever answers.
//!
//! A bot gets one message and gives replies in Rasa's shape, all at once or one after the other. It knows nothing of
//! lanes, retries and parts: when it is asked is `delivery`'s business, and what becomes of a reply `content`'s.

mod call;
mod echo;
mod rasa;
#[cfg(test)]
mod standin;
mod webhook;

use std::collections::VecDeque;
use std::time::SystemTime;

use serde_json::Value;

use self::rasa::Lines;
pub use self::rasa::RasaBot;
pub use self::webhook::WebhookBot;
use crate::bindings::types::{BotError, Message, OtherEvent};
use crate::config::BotConfig;
use crate::runtime::AskMode;

/// A bot.
#[derive(Debug)]
pub enum Bot {
    /// Built in: repeats what it hears, and shows every kind of part.
    Echo,
    /// A Rasa server, or anything that speaks its REST webhook.
    Rasa(Box<RasaBot>),
    /// A server that gets each event as a signed webhook.
    Webhook(Box<WebhookBot>),
}

/// A message for the bot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// This server's id of the message: the same however often it is put to the bot. ASCII without full stops.
    pub(crate) id: &'a str,
    /// The channel's label.
    pub(crate) channel: &'a str,
    /// What the bot is told as the channel.
    pub(crate) input_channel: &'a str,
    /// When the message was received: the same over retries, like the id.
    pub(crate) received: SystemTime,
    pub(crate) message: &'a Message,
    /// How the answer is wanted. A bot that cannot stream gives all of it at once.
    pub(crate) mode: AskMode,
}

/// An event for the bot that is no message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct News<'a> {
    /// As for a question.
    pub(crate) id: &'a str,
    /// The channel's label.
    pub(crate) channel: &'a str,
    /// As for a question.
    pub(crate) received: SystemTime,
    pub(crate) event: &'a OtherEvent,
}

/// How an answer is read.
#[cfg(any(fuzzing, test))]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// Rasa's, all at once.
    Rasa,
    /// Rasa's, a line each.
    RasaLines,
    /// The webhook bot's.
    Webhook,
}

/// What a bot that answers with success says in these pieces.
///
/// # Errors
///
/// When that is no list of replies.
#[cfg(any(fuzzing, test))]
pub(crate) async fn read(shape: Shape, pieces: Vec<bytes::Bytes>) -> Result<Replies, BotError> {
    let answer = call::Answer::of(pieces);
    match shape {
        Shape::Rasa => rasa::replies(answer, AskMode::Whole).await,
        Shape::RasaLines => rasa::replies(answer, AskMode::PartByPart).await,
        Shape::Webhook => webhook::replies(answer).await,
    }
}

/// The replies to one message, in order.
pub(crate) struct Replies(Source);

enum Source {
    Ready(VecDeque<Value>),
    Coming(Box<Lines>),
}

impl Bot {
    /// The bot of `endpoints.yml`.
    ///
    /// # Errors
    ///
    /// When its HTTP client cannot be made.
    pub fn new(config: BotConfig) -> Result<Self, String> {
        Ok(match config {
            BotConfig::Echo => Self::Echo,
            BotConfig::Rasa(config) => Self::Rasa(Box::new(RasaBot::new(*config)?)),
            BotConfig::Webhook(config) => Self::Webhook(Box::new(WebhookBot::new(*config)?)),
        })
    }

    /// Puts a message to the bot.
    ///
    /// # Errors
    ///
    /// When it cannot be reached, fails, is late, or gives something that is no list of replies.
    pub(crate) async fn ask(&self, question: &Question<'_>) -> Result<Replies, BotError> {
        match self {
            Self::Echo => Ok(Replies::ready(echo::replies(question.message))),
            Self::Rasa(bot) => bot.ask(question).await,
            Self::Webhook(bot) => bot.ask(question).await,
        }
    }

    /// Tells the bot of an event that is no message. Only the webhook bot hears of it; the others have no words for such
    /// a thing and give no replies.
    ///
    /// # Errors
    ///
    /// As for [`Bot::ask`].
    pub(crate) async fn tell(&self, news: &News<'_>) -> Result<Replies, BotError> {
        match self {
            Self::Echo | Self::Rasa(_) => {
                tracing::debug!(
                    channel = news.channel,
                    message = news.id,
                    event = news.event.name,
                    "the bot does not hear of this: it takes messages only"
                );
                Ok(Replies::ready(vec![]))
            }
            Self::Webhook(bot) => bot.tell(news).await,
        }
    }
}

impl std::fmt::Display for Bot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Echo => f.write_str("the built-in echo bot"),
            Self::Rasa(bot) => bot.fmt(f),
            Self::Webhook(bot) => bot.fmt(f),
        }
    }
}

impl Replies {
    fn ready(replies: Vec<Value>) -> Self {
        Self(Source::Ready(replies.into()))
    }

    /// The next reply, `None` after the last.
    ///
    /// # Errors
    ///
    /// When the bot fails on the way; then there is no more.
    pub(crate) async fn next(&mut self) -> Result<Option<Value>, BotError> {
        match &mut self.0 {
            Source::Ready(replies) => Ok(replies.pop_front()),
            Source::Coming(lines) => lines.next().await,
        }
    }
}
