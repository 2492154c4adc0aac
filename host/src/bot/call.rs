//! What the bots behind HTTP have in common: a message is posted, and the answer is read within bounds.
//!
//! A bot is not trusted to be quick, small or well-formed: one deadline covers the whole call, from the connection to the
//! answer's last byte, and what was received is counted. The operator reads the texts of the errors, so they name the bot
//! and its address, but never the address's query, which may hold a token. What an answer means is not known here.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};
use url::Position;

use crate::bindings::types::BotError;

/// The largest answer, bytes.
pub(super) const MAX_ANSWER: usize = 8 << 20;

/// Replies in one answer.
pub(super) const MAX_REPLIES: usize = 1_000;

/// Until the connection stands: a bot that is down is found out quickly.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A client for calls of a bot.
///
/// # Errors
///
/// When the system's certificates cannot be read.
pub(super) fn client() -> Result<Client, String> {
    crate::tls::client_builder()?
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|e| crate::error::chain(&e))
}

/// A bot's address for people: without the query.
pub(super) fn address(url: &Url) -> &str {
    &url[..Position::AfterPath]
}

/// A message's JSON as it goes into a body: the very text.
///
/// # Errors
///
/// When it is none.
pub(super) fn embedded(json: Option<&str>) -> Result<Option<&RawValue>, BotError> {
    json.map(serde_json::from_str)
        .transpose()
        .map_err(|e| BotError::InvalidMessage(e.to_string()))
}

/// An id as a header's value.
///
/// # Errors
///
/// When it is not one line of ASCII text, which no id of this server's making is.
pub(super) fn id(id: &str) -> Result<HeaderValue, BotError> {
    HeaderValue::from_str(id)
        .map_err(|_| BotError::InvalidMessage("its id does not fit into a header".to_owned()))
}

/// What a bot answers with success, its body still on the way.
pub(super) struct Answer {
    bot: String,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// What was received and not yet taken out.
    pub(super) buffer: BytesMut,
    chunks: BoxStream<'static, reqwest::Result<Bytes>>,
    received: usize,
    deadline: Instant,
    timeout: Duration,
}

impl Answer {
    /// Calls `bot`. `timeout` bounds everything, the reading of the answer included; `hint` says what the operator can do
    /// about a status.
    ///
    /// # Errors
    ///
    /// When the bot cannot be reached, is late, or answers anything but success.
    pub(super) async fn to(
        request: RequestBuilder,
        bot: &impl fmt::Display,
        timeout: Duration,
        hint: fn(StatusCode) -> &'static str,
    ) -> Result<Self, BotError> {
        let bot = bot.to_string();
        let deadline = Instant::now() + timeout;
        let mut response = timeout_at(deadline, request.send())
            .await
            .map_err(|_| late(&bot, timeout))?
            .map_err(|error| {
                let text = crate::error::chain(&error.without_url());
                BotError::Unavailable(format!("{bot} cannot be reached: {text}"))
            })?;
        let status = response.status();
        if !status.is_success() {
            let hint = hint(status);
            return Err(BotError::Unavailable(format!(
                "{bot} answered {status}{hint}"
            )));
        }
        Ok(Self {
            bot,
            status,
            headers: std::mem::take(response.headers_mut()),
            buffer: BytesMut::new(),
            chunks: response.bytes_stream().boxed(),
            received: 0,
            deadline,
            timeout,
        })
    }

    /// One that came in these pieces.
    #[cfg(any(fuzzing, test))]
    pub(super) fn of(pieces: Vec<Bytes>) -> Self {
        let pieces = pieces.into_iter().map(Ok);
        let timeout = Duration::from_secs(60);
        Self {
            bot: "the bot".to_owned(),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            buffer: BytesMut::new(),
            chunks: futures_util::stream::iter(pieces).boxed(),
            received: 0,
            deadline: Instant::now() + timeout,
            timeout,
        }
    }

    /// Reads some more into the buffer; false at the end.
    ///
    /// # Errors
    ///
    /// When the bot is late, breaks off, or gives more than [`MAX_ANSWER`].
    pub(super) async fn fill(&mut self) -> Result<bool, BotError> {
        let chunk = timeout_at(self.deadline, self.chunks.next())
            .await
            .map_err(|_| late(&self.bot, self.timeout))?;
        let Some(chunk) = chunk else {
            return Ok(false);
        };
        let chunk = chunk.map_err(|e| {
            let text = crate::error::chain(&e.without_url());
            BotError::Unavailable(format!("{} broke off its answer: {text}", self.bot))
        })?;
        self.received += chunk.len();
        if self.received > MAX_ANSWER {
            return Err(self.invalid(format_args!(
                "gave an answer of more than {MAX_ANSWER} bytes"
            )));
        }
        self.buffer.extend_from_slice(&chunk);
        Ok(true)
    }

    /// Reads to the end.
    ///
    /// # Errors
    ///
    /// As [`Answer::fill`].
    pub(super) async fn read(&mut self) -> Result<(), BotError> {
        while self.fill().await? {}
        Ok(())
    }

    /// The bot did `what`, and so its answer cannot be understood.
    pub(super) fn invalid(&self, what: impl fmt::Display) -> BotError {
        BotError::InvalidAnswer(format!("{} {what}", self.bot))
    }

    pub(super) fn too_many(&self) -> BotError {
        self.invalid(format_args!("gave more than {MAX_REPLIES} replies"))
    }
}

fn late(bot: &str, timeout: Duration) -> BotError {
    BotError::TimedOut(format!("{bot} did not answer within {timeout:?}"))
}
