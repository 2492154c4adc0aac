//! A Rasa server, through its REST webhook.
//!
//! `POST URL` with `sender`, `message`, `input_channel` and `metadata`; the answer is a JSON array of replies, or with
//! `?stream=true` one reply a line as the bot produces them. Anything else that speaks this is as good.

use std::fmt;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};
use url::Position;

use super::{Replies, Source};
use crate::bindings::types::{BotError, Message};
use crate::config;
use crate::runtime::AskMode;

/// The largest answer, bytes.
const MAX_ANSWER: usize = 8 << 20;

/// Replies in one answer.
const MAX_REPLIES: usize = 1_000;

/// Until the connection stands: a bot that is down is found out quickly.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A Rasa server.
pub struct RasaBot {
    client: Client,
    /// With the parameters of the configuration, and so perhaps a secret.
    url: Url,
    headers: HeaderMap,
    basic_auth: Option<(String, String)>,
    timeout: Duration,
}

impl fmt::Debug for RasaBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RasaBot").field(&self.address()).finish()
    }
}

impl fmt::Display for RasaBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the Rasa server at {}", self.address())
    }
}

/// What Rasa's REST webhook reads.
#[derive(Serialize)]
struct Body<'a> {
    sender: &'a str,
    message: &'a str,
    input_channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a RawValue>,
}

impl RasaBot {
    /// # Errors
    ///
    /// When the system's certificates cannot be read.
    pub(crate) fn new(config: config::RasaBot) -> Result<Self, String> {
        let client = crate::tls::client_builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| crate::error::chain(&e))?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.extend(config.headers);
        let mut url = config.url;
        for (name, value) in &config.params {
            url.query_pairs_mut().append_pair(name, value.expose());
        }
        if let Some(token) = &config.token {
            url.query_pairs_mut()
                .append_pair(&config.token_name, token.expose());
        }
        let basic_auth = config
            .basic_auth
            .map(|auth| (auth.username, auth.password.expose().to_owned()));
        Ok(Self {
            client,
            url,
            headers,
            basic_auth,
            timeout: config.timeout,
        })
    }

    /// Without the query, which may hold a token.
    fn address(&self) -> &str {
        &self.url[..Position::AfterPath]
    }

    pub(super) async fn ask(
        &self,
        message: &Message,
        input_channel: &str,
        mode: AskMode,
    ) -> Result<Replies, BotError> {
        let metadata = message
            .metadata
            .as_deref()
            .map(serde_json::from_str::<&RawValue>);
        let body = Body {
            sender: &message.conversation,
            message: message.text.as_deref().unwrap_or_default(),
            input_channel,
            metadata: metadata
                .transpose()
                .map_err(|e| BotError::InvalidMessage(e.to_string()))?,
        };
        let body =
            serde_json::to_vec(&body).map_err(|e| BotError::InvalidMessage(e.to_string()))?;
        let mut url = self.url.clone();
        if mode == AskMode::PartByPart {
            url.query_pairs_mut().append_pair("stream", "true");
        }
        let deadline = Instant::now() + self.timeout;
        let mut request = self
            .client
            .post(url)
            .headers(self.headers.clone())
            .body(body);
        if let Some((username, password)) = &self.basic_auth {
            request = request.basic_auth(username, Some(password));
        }
        let response = timeout_at(deadline, request.send())
            .await
            .map_err(|_| self.late())?
            .map_err(|e| self.failed(e))?;
        let status = response.status();
        if !status.is_success() {
            return Err(BotError::Unavailable(format!(
                "{self} answered {status}{}",
                hint(status)
            )));
        }
        let streamed = mode == AskMode::PartByPart
            && response
                .headers()
                .get(CONTENT_TYPE)
                .is_none_or(|kind| !kind.as_bytes().starts_with(b"application/json"));
        let mut lines = Lines {
            bot: self.to_string(),
            chunks: response.bytes_stream().boxed(),
            buffer: BytesMut::new(),
            searched: 0,
            received: 0,
            replies: 0,
            deadline,
            timeout: self.timeout,
            ended: false,
        };
        if streamed {
            return Ok(Replies(Source::Coming(lines)));
        }
        while lines.fill().await? {}
        let replies: Vec<Value> = serde_json::from_slice(&lines.buffer).map_err(|e| {
            BotError::InvalidAnswer(format!("{self} gave no JSON array of replies: {e}"))
        })?;
        if replies.len() > MAX_REPLIES {
            return Err(lines.too_many());
        }
        Ok(Replies::ready(replies))
    }

    fn late(&self) -> BotError {
        late(&self.to_string(), self.timeout)
    }

    fn failed(&self, error: reqwest::Error) -> BotError {
        let text = crate::error::chain(&error.without_url());
        BotError::Unavailable(format!("{self} cannot be reached: {text}"))
    }
}

fn late(bot: &str, timeout: Duration) -> BotError {
    BotError::TimedOut(format!("{bot} did not answer within {timeout:?}"))
}

fn hint(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "; hint: `rest:` must be in the bot's own credentials.yml",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "; hint: `token` of the bot in endpoints.yml"
        }
        _ => "",
    }
}

/// Replies that come a line at a time.
pub(super) struct Lines {
    bot: String,
    chunks: BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    buffer: BytesMut,
    /// How far into the buffer there is no line end.
    searched: usize,
    received: usize,
    replies: usize,
    deadline: Instant,
    timeout: Duration,
    ended: bool,
}

impl Lines {
    pub(super) async fn next(&mut self) -> Result<Option<Value>, BotError> {
        loop {
            let line = match self.buffer[self.searched..]
                .iter()
                .position(|b| *b == b'\n')
            {
                Some(at) => self.buffer.split_to(self.searched + at + 1),
                None if self.ended && self.buffer.is_empty() => return Ok(None),
                None if self.ended => self.buffer.split(),
                None => {
                    self.searched = self.buffer.len();
                    self.fill().await?;
                    continue;
                }
            };
            self.searched = 0;
            if line.trim_ascii().is_empty() {
                continue;
            }
            self.replies += 1;
            if self.replies > MAX_REPLIES {
                return Err(self.too_many());
            }
            return serde_json::from_slice(&line).map(Some).map_err(|e| {
                BotError::InvalidAnswer(format!("{} gave a line that is not JSON: {e}", self.bot))
            });
        }
    }

    /// Reads some more; false at the end.
    async fn fill(&mut self) -> Result<bool, BotError> {
        let chunk = timeout_at(self.deadline, self.chunks.next())
            .await
            .map_err(|_| late(&self.bot, self.timeout))?;
        let Some(chunk) = chunk else {
            self.ended = true;
            return Ok(false);
        };
        let chunk = chunk.map_err(|e| {
            let text = crate::error::chain(&e.without_url());
            BotError::Unavailable(format!("{} broke off its answer: {text}", self.bot))
        })?;
        self.received += chunk.len();
        if self.received > MAX_ANSWER {
            let text = format!(
                "{} gave an answer of more than {MAX_ANSWER} bytes",
                self.bot
            );
            return Err(BotError::InvalidAnswer(text));
        }
        self.buffer.extend_from_slice(&chunk);
        Ok(true)
    }

    fn too_many(&self) -> BotError {
        BotError::InvalidAnswer(format!("{} gave more than {MAX_REPLIES} replies", self.bot))
    }
}
