//! A bot that is called back: it gets each event as JSON, signed by the Standard Webhooks scheme.
//!
//! Rasa's webhook has room for a text; this one gets all that the platform said, and need not answer at once. The scheme
//! (<https://www.standardwebhooks.com>) has ready-made verifiers in most languages: headers `webhook-id`, the same over
//! retries and restarts so that a bot can tell a repetition, `webhook-timestamp`, the seconds of this try so that a bot
//! can refuse an old recording, and `webhook-signature`, one for each secret so that a secret can be replaced while
//! messages flow. The body's `timestamp` is when the event was received and belongs to the event, not to the try.
//!
//! The replies stand in the answer, in Rasa's shape as for every bot; or the bot answers 202 and posts them to the
//! server's API when it has them. It has no streamed answers: who wants to reply bit by bit posts them.

mod body;
mod signature;

use std::fmt;
use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::body::{EventData, MessageData};
use self::signature::Signer;
use super::call::{self, Answer, MAX_REPLIES};
use super::{News, Question, Replies};
use crate::bindings::types::BotError;
use crate::config;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// A bot behind a signed webhook.
pub struct WebhookBot {
    client: Client,
    /// May hold a secret in its query.
    url: Url,
    signer: Signer,
    headers: HeaderMap,
    timeout: Duration,
}

impl fmt::Debug for WebhookBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = call::address(&self.url);
        f.debug_tuple("WebhookBot").field(&address).finish()
    }
}

impl fmt::Display for WebhookBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the webhook bot at {}", call::address(&self.url))
    }
}

impl WebhookBot {
    /// # Errors
    ///
    /// When the system's certificates cannot be read.
    pub(crate) fn new(config: config::WebhookBot) -> Result<Self, String> {
        let mut headers: HeaderMap = HeaderMap::new();
        for (name, value) in config.headers {
            headers.append(name, value);
        }
        Ok(Self {
            client: call::client()?,
            url: config.url,
            signer: Signer::new(config.secrets.iter().map(config::SealedKey::expose)),
            headers,
            timeout: config.timeout,
        })
    }

    pub(super) async fn ask(&self, question: &Question<'_>) -> Result<Replies, BotError> {
        let data = MessageData::new(question)?;
        self.post(question.id, "message", question.received, data)
            .await
    }

    pub(super) async fn tell(&self, news: &News<'_>) -> Result<Replies, BotError> {
        let data = EventData::new(news)?;
        self.post(news.id, "event", news.received, data).await
    }

    async fn post(
        &self,
        id: &str,
        kind: &'static str,
        received: SystemTime,
        data: impl Serialize,
    ) -> Result<Replies, BotError> {
        let body = body::envelope(kind, received, data)
            .map_err(|e| BotError::InvalidMessage(e.to_string()))?;
        let timestamp = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        // What the scheme says goes over what the operator added.
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ID, call::id(id)?);
        headers.insert(TIMESTAMP, timestamp.into());
        headers.insert(SIGNATURE, self.signer.sign(id, timestamp, &body));
        let request = self.client.post(self.url.clone());
        let request = request.headers(headers).body(body);
        let answer = Answer::to(request, self, self.timeout, hint).await?;
        replies(answer).await
    }
}

/// Reads an answer.
pub(super) async fn replies(mut answer: Answer) -> Result<Replies, BotError> {
    if answer.status == StatusCode::ACCEPTED {
        return Ok(Replies::ready(vec![]));
    }
    answer.read().await?;
    let replies = parse(&answer.buffer).map_err(|e| {
        answer.invalid(format_args!(
            "gave no replies in JSON: {e}; hint: a list of replies, an object with the list under `messages`, or an \
             empty body for none"
        ))
    })?;
    if replies.len() > MAX_REPLIES {
        return Err(answer.too_many());
    }
    Ok(Replies::ready(replies))
}

/// The two shapes are told apart by hand: tried one after the other, neither would say what is wrong with it.
fn parse(body: &[u8]) -> serde_json::Result<Vec<Value>> {
    #[derive(Deserialize)]
    struct Object {
        messages: Vec<Value>,
    }
    match body.trim_ascii().first() {
        None => Ok(vec![]),
        Some(b'[') => serde_json::from_slice(body),
        Some(_) => serde_json::from_slice::<Object>(body).map(|object| object.messages),
    }
}

fn hint(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "; hint: the bot must verify with the secret in endpoints.yml, and its clock must be right"
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            "; hint: `url` of the bot in endpoints.yml, path included"
        }
        status if status.is_redirection() => {
            "; hint: redirects are not followed, `url` must be the address itself"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests;
