//! A Rasa server, through its REST webhook.
//!
//! `POST URL` with `sender`, `message`, `input_channel` and `metadata`; the answer is a JSON array of replies, or with
//! `?stream=true` one reply a line as the bot produces them. Anything else that speaks this is as good. The header
//! `x-switchboard-message-id` is the same over retries, so that whoever stands before the bot can tell a repetition.

use std::fmt;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::call::{self, Answer, MAX_REPLIES};
use super::{Question, Replies, Source};
use crate::bindings::types::BotError;
use crate::config;
use crate::runtime::AskMode;

/// Tells a repetition.
const MESSAGE_ID: HeaderName = HeaderName::from_static("x-switchboard-message-id");

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
        let address = call::address(&self.url);
        f.debug_tuple("RasaBot").field(&address).finish()
    }
}

impl fmt::Display for RasaBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the Rasa server at {}", call::address(&self.url))
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
        let client = call::client()?;
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

    pub(super) async fn ask(&self, question: &Question<'_>) -> Result<Replies, BotError> {
        let message = question.message;
        let body = Body {
            sender: &message.conversation,
            message: message.text.as_deref().unwrap_or_default(),
            input_channel: question.input_channel,
            metadata: call::embedded(message.metadata.as_deref())?,
        };
        let body =
            serde_json::to_vec(&body).map_err(|e| BotError::InvalidMessage(e.to_string()))?;
        let mut headers = self.headers.clone();
        headers.insert(MESSAGE_ID, call::id(question.id)?);
        let mut url = self.url.clone();
        if question.mode == AskMode::PartByPart {
            url.query_pairs_mut().append_pair("stream", "true");
        }
        let mut request = self.client.post(url).headers(headers).body(body);
        if let Some((username, password)) = &self.basic_auth {
            request = request.basic_auth(username, Some(password));
        }
        let answer = Answer::to(request, self, self.timeout, hint).await?;
        replies(answer, question.mode).await
    }
}

/// Reads an answer. One that was wanted part by part comes line by line, unless the bot says that it is one array.
pub(super) async fn replies(mut answer: Answer, mode: AskMode) -> Result<Replies, BotError> {
    let streamed = mode == AskMode::PartByPart
        && answer
            .headers
            .get(CONTENT_TYPE)
            .is_none_or(|kind| !kind.as_bytes().starts_with(b"application/json"));
    if streamed {
        return Ok(Replies(Source::Coming(Box::new(Lines {
            answer,
            searched: 0,
            replies: 0,
            ended: false,
        }))));
    }
    answer.read().await?;
    let replies: Vec<Value> = serde_json::from_slice(&answer.buffer)
        .map_err(|e| answer.invalid(format_args!("gave no JSON array of replies: {e}")))?;
    if replies.len() > MAX_REPLIES {
        return Err(answer.too_many());
    }
    Ok(Replies::ready(replies))
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
    answer: Answer,
    /// How far into the buffer there is no line end.
    searched: usize,
    replies: usize,
    ended: bool,
}

impl Lines {
    pub(super) async fn next(&mut self) -> Result<Option<Value>, BotError> {
        loop {
            let buffer = &mut self.answer.buffer;
            let line = match buffer[self.searched..].iter().position(|b| *b == b'\n') {
                Some(at) => buffer.split_to(self.searched + at + 1),
                None if self.ended && buffer.is_empty() => return Ok(None),
                None if self.ended => buffer.split(),
                None => {
                    self.searched = buffer.len();
                    self.ended = !self.answer.fill().await?;
                    continue;
                }
            };
            self.searched = 0;
            if line.trim_ascii().is_empty() {
                continue;
            }
            self.replies += 1;
            if self.replies > MAX_REPLIES {
                return Err(self.answer.too_many());
            }
            return serde_json::from_slice(&line).map(Some).map_err(|e| {
                self.answer
                    .invalid(format_args!("gave a line that is not JSON: {e}"))
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::standin::{self, StandIn};

    /// A Rasa server at a stand-in.
    fn bot(standin: &StandIn) -> RasaBot {
        RasaBot::new(config::RasaBot {
            url: standin.url("/webhooks/rest/webhook?token=hunter2"),
            timeout: Duration::from_secs(20),
            params: vec![],
            headers: vec![(MESSAGE_ID, HeaderValue::from_static("theirs"))],
            basic_auth: None,
            token: None,
            token_name: "token".into(),
        })
        .expect("a client")
    }

    #[tokio::test]
    async fn the_same_id_goes_with_every_try() {
        let standin = StandIn::answering(|| standin::json(r#"[{"text":"a"},{"text":"b"}]"#)).await;
        let bot = bot(&standin);
        let message = standin::message();
        for mode in [AskMode::Whole, AskMode::PartByPart] {
            let question = Question {
                mode,
                ..standin::question(&message)
            };
            let asked = bot.ask(&question).await;
            let replies = standin::all(asked).await.expect("replies");
            assert_eq!(replies.len(), 2);
        }
        let heard = standin.heard();
        assert_eq!(heard.len(), 2);
        for request in heard {
            let ids: Vec<_> = request.headers.get_all(MESSAGE_ID).iter().collect();
            assert_eq!(ids, ["0123abcd"]);
            assert_eq!(request.json()["sender"], "conversation one");
            assert_eq!(request.json()["metadata"]["deep"], 1);
        }
        assert!(!format!("{bot} {bot:?}").contains("hunter2"));
    }

    #[tokio::test]
    async fn a_stream_that_breaks_off_gives_what_came_before() {
        let standin = StandIn::answering(|| {
            standin::broken_off("{\"text\":\"a\"}\n\n{\"text\":\"b\"}\n{\"te")
        })
        .await;
        let message = standin::message();
        let question = Question {
            mode: AskMode::PartByPart,
            ..standin::question(&message)
        };
        let mut replies = bot(&standin).ask(&question).await.expect("a beginning");
        for text in ["a", "b"] {
            let reply = replies.next().await.expect("a reply").expect("a reply");
            assert_eq!(reply["text"], text);
        }
        let error = replies.next().await.expect_err("it broke off");
        assert!(
            matches!(&error, BotError::Unavailable(text) if text.contains("broke off")),
            "{error:?}"
        );
    }
}
