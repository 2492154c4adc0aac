//! One part: one message. A second request is made only where the first was refused, so that nothing appears twice.

mod blocks;
mod file;

use serde_json::{Value, json};
use switchboard_sdk::{Address, Content, Host, LogLevel, MediaContent, Part, Receipt, SendError};

use crate::api;
use crate::place::Target;
use crate::settings::Settings;

pub(crate) fn send(
    host: &dyn Host,
    settings: &Settings,
    to: &Address,
    part: &Part,
) -> Result<Receipt, SendError> {
    let channel = Channel {
        host,
        settings,
        target: Target::of(settings, to),
    };
    match &part.content {
        // Slack takes no blank message, and it would show nothing.
        Content::Text(content) if content.text.trim().is_empty() => {
            host.log(LogLevel::Debug, "a blank text is not sent", &[]);
            Ok(Receipt::without_id())
        }
        Content::Text(content) => channel.post(json!({ "text": content.text, "type": "mrkdwn" })),
        Content::Choices(choices) => channel.post(blocks::choices(choices)),
        Content::Image(media) => channel.image(media),
        Content::File(media) => file::send(&channel, media),
        Content::Cards(cards) => match cards.as_slice() {
            [card] => channel.post(blocks::card(card)),
            _ => unsupported("one card makes a message"),
        },
        Content::Custom(json) => channel.custom(json),
        Content::Typing => Ok(channel.show_typing()),
        Content::Audio(_) | Content::Video(_) | Content::Location(_) => {
            unsupported("Slack has audio and video as files, and no places")
        }
    }
}

fn unsupported(text: &str) -> Result<Receipt, SendError> {
    Err(SendError::Unsupported(text.to_owned()))
}

/// One conversation's end at Slack.
struct Channel<'a> {
    host: &'a dyn Host,
    settings: &'a Settings,
    target: Target,
}

impl Channel<'_> {
    /// Posts a message. In a place that the app is no member of, the user who called it there gets to see the answer.
    fn post(&self, message: Value) -> Result<Receipt, SendError> {
        let mut arguments = message.clone();
        self.complete(&mut arguments);
        let error = match api::call(self.host, self.settings, "chat.postMessage", &arguments) {
            Ok(answer) => return Ok(receipt(&answer)),
            Err(error) => error,
        };
        let url = self.target.response_url.as_deref();
        let is_outside = matches!(code(&error), Some("not_in_channel" | "channel_not_found"));
        let Some(url) = url.filter(|_| is_outside) else {
            return Err(error);
        };
        match api::respond(self.host, url, &message) {
            Ok(()) => Ok(Receipt::without_id()),
            Err(SendError::Permanent(_)) => Err(error),
            Err(other) => Err(other),
        }
    }

    /// Where the message goes, unless it says so itself. `as_user` is Rasa's: an old app speaks under its bot's name
    /// with it, and newer ones do so anyway.
    fn complete(&self, message: &mut Value) {
        let Some(keys) = message.as_object_mut() else {
            return;
        };
        // A thread belongs to its channel.
        if !keys.contains_key("channel")
            && let Some(thread) = &self.target.thread
        {
            keys.entry("thread_ts").or_insert_with(|| json!(thread));
        }
        keys.entry("channel")
            .or_insert_with(|| json!(self.target.channel));
        keys.entry("as_user").or_insert(Value::Bool(true));
    }

    /// An image that Slack cannot fetch is shown as its address.
    fn image(&self, media: &MediaContent) -> Result<Receipt, SendError> {
        let Some(url) = &media.url else {
            return unsupported("an image without an address");
        };
        match self.post(blocks::image(url, media.caption.as_deref())) {
            Err(error) if code(&error) == Some("invalid_blocks") => {
                self.post(json!({ "text": url, "type": "mrkdwn" }))
            }
            outcome => outcome,
        }
    }

    /// The arguments of `chat.postMessage`; or, where they speak of the message that was pressed, what is answered to
    /// that.
    fn custom(&self, json: &str) -> Result<Receipt, SendError> {
        let message: Option<Value> = serde_json::from_str(json).ok();
        let Some(message) = message.filter(Value::is_object) else {
            return unsupported(
                "Slack's own format is a JSON object, the arguments of `chat.postMessage`",
            );
        };
        let answers = ["replace_original", "delete_original", "response_type"];
        let is_answer = answers.iter().any(|key| !message[*key].is_null());
        match &self.target.response_url {
            Some(url) if is_answer => {
                api::respond(self.host, url, &message).map(|()| Receipt::without_id())
            }
            _ => self.post(message),
        }
    }

    /// Under a thread alone, where it goes away when the answer comes; elsewhere it would stay for two minutes. Nobody
    /// waits for it, and what is wrong with it is wrong with the answer too.
    fn show_typing(&self) -> Receipt {
        if let Some(thread) = &self.target.thread {
            let status = json!({
                "channel_id": self.target.channel,
                "thread_ts": thread,
                "status": "is typing…",
            });
            let method = "assistant.threads.setStatus";
            if let Err(error) = api::call(self.host, self.settings, method, &status) {
                let code = code(&error).unwrap_or_default();
                let text = "that the bot is typing could not be shown";
                self.host.log(LogLevel::Debug, text, &[("code", code)]);
            }
        }
        Receipt::without_id()
    }
}

/// Slack calls a message by its channel and its time.
fn receipt(answer: &Value) -> Receipt {
    match (answer["channel"].as_str(), answer["ts"].as_str()) {
        (Some(channel), Some(ts)) => Receipt::with_id([channel, ts].join(":")),
        _ => Receipt::without_id(),
    }
}

fn code(error: &SendError) -> Option<&str> {
    match error {
        SendError::Permanent(failure) => Some(&failure.code),
        _ => None,
    }
}
