//! Whatever answers.
//!
//! A bot gets one message and gives replies in Rasa's shape, all at once or one after the other. It knows nothing of
//! channels and parts: what becomes of a reply is `content`'s work.

mod echo;
mod rasa;

use std::collections::VecDeque;

use serde_json::Value;

use self::rasa::Lines;
pub use self::rasa::RasaBot;
use crate::bindings::types::{BotError, Message};
use crate::config::BotConfig;
use crate::runtime::AskMode;

/// A bot.
#[derive(Debug)]
pub enum Bot {
    /// Built in: repeats what it hears, and shows every kind of part.
    Echo,
    /// A Rasa server, or anything that speaks its REST webhook.
    Rasa(Box<RasaBot>),
}

/// The replies to one message, in order.
pub(crate) struct Replies(Source);

enum Source {
    Ready(VecDeque<Value>),
    Coming(Lines),
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
            BotConfig::Webhook(_) => {
                return Err("the bot type `webhook` is not available in this version".to_owned());
            }
        })
    }

    /// Puts a message to the bot. `input_channel` is what it is told as the channel.
    ///
    /// # Errors
    ///
    /// When it cannot be reached, fails, is late, or gives something that is no list of replies.
    pub(crate) async fn ask(
        &self,
        message: &Message,
        input_channel: &str,
        mode: AskMode,
    ) -> Result<Replies, BotError> {
        match self {
            Self::Echo => Ok(Replies::ready(echo::replies(message))),
            Self::Rasa(bot) => bot.ask(message, input_channel, mode).await,
        }
    }
}

impl std::fmt::Display for Bot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Echo => f.write_str("the built-in echo bot"),
            Self::Rasa(bot) => bot.fmt(f),
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
