//! Where something was said: the conversation that it belongs to, and the address that an answer goes to.

use serde_json::{Value, json};
use switchboard_sdk::{Address, Json, JsonObject, to_json};

use crate::settings::{Granularity, Settings};

/// User, channel and thread, as far as Slack tells.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place<'a> {
    pub(crate) user: &'a str,
    pub(crate) channel: Option<&'a str>,
    /// The time stamp of the message that begins the thread, or would.
    pub(crate) thread: Option<&'a str>,
}

impl Place<'_> {
    /// Rasa's form: `user`, `user_channel` or `user_channel_thread`; where a piece is missing, the user alone.
    pub(crate) fn conversation(&self, granularity: Granularity) -> String {
        let user = self.user;
        match (granularity, self.channel, self.thread) {
            (Granularity::Channel, Some(channel), _) => [user, channel].join("_"),
            (Granularity::Thread, Some(channel), Some(thread)) => [user, channel, thread].join("_"),
            _ => user.to_owned(),
        }
    }

    pub(crate) fn reply(&self, response_url: Option<&str>) -> Json {
        let reply = json!({
            "channel": self.channel,
            "thread_ts": self.thread,
            "user": self.user,
            "response_url": response_url,
        });
        to_json(&without_null(reply))
    }
}

/// Where a part goes.
#[derive(Debug)]
pub(crate) struct Target {
    /// A channel, or a user, whom Slack then writes directly.
    pub(crate) channel: String,
    pub(crate) thread: Option<String>,
    /// Good for half an hour and five answers, in places where the app is no member too.
    pub(crate) response_url: Option<String>,
}

impl Target {
    /// Where the message came from. A conversation in which nobody spoke yet is led to the channel that its id names, to
    /// `slack_channel`, as in Rasa, or to the user.
    pub(crate) fn of(settings: &Settings, to: &Address) -> Self {
        let reply = JsonObject::or_empty(to.reply.as_ref());
        let (channel, thread) = match reply.filled("channel").or_else(|| reply.filled("user")) {
            Some(channel) => (channel, reply.filled("thread_ts")),
            None => {
                let mut pieces = to.conversation.splitn(3, '_');
                let user = pieces.next().unwrap_or_default();
                let channel = pieces.next().or(settings.slack_channel()).unwrap_or(user);
                (channel.to_owned(), pieces.next().map(str::to_owned))
            }
        };
        Self {
            channel,
            thread: thread.filter(|_| settings.use_threads),
            response_url: reply.filled("response_url"),
        }
    }
}

/// An object without the keys that say nothing.
pub(crate) fn without_null(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    value
}
