//! Where something was said: the conversation that it belongs to, and the address that an answer goes to.

use serde_json::{Value, json};
use switchboard_sdk::{Address, Json, JsonObject};

use crate::settings::{Granularity, Settings};

/// User, channel and thread, as far as Mattermost tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) user: &'a str,
    pub(crate) channel: &'a str,
    /// The post that begins the thread, or would.
    pub(crate) root: Option<&'a str>,
}

impl Place<'_> {
    /// `user`, `user_channel` or `user_channel_thread`; where there is no thread, without it.
    pub(crate) fn conversation(&self, granularity: Granularity) -> String {
        let (user, channel) = (self.user, self.channel);
        match (granularity, self.root) {
            (Granularity::Sender, _) => user.to_owned(),
            (Granularity::Thread, Some(root)) => [user, channel, root].join("_"),
            (Granularity::Channel | Granularity::Thread, _) => [user, channel].join("_"),
        }
    }

    /// `command` is the id that answers to a slash command go to.
    pub(crate) fn reply(&self, command: Option<&str>) -> Json {
        let reply = json!({
            "channel_id": self.channel,
            "root_id": self.root,
            "user_id": self.user,
            "command": command,
        });
        without_null(reply).to_string()
    }
}

/// Where a part goes.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) spot: Spot,
    /// The post that begins the thread, where answers go into threads.
    pub(crate) root: Option<String>,
    /// To whom alone an ephemeral post is shown.
    pub(crate) user: Option<String>,
    /// Good for half an hour and five answers, in places where the bot is no member too.
    pub(crate) command: Option<String>,
}

/// A channel, by what is known of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    Channel(String),
    /// The direct channel with a user.
    User(String),
    /// By its name in the team.
    Named(String),
}

impl Target {
    /// Where the message came from. A conversation in which nobody spoke yet is led to what its id names.
    pub(crate) fn of(settings: &Settings, to: &Address) -> Self {
        let reply = JsonObject::or_empty(to.reply.as_ref());
        let (spot, root, user) = match reply.filled("channel_id") {
            Some(channel) => {
                let root = reply.filled("root_id");
                (Spot::Channel(channel), root, reply.filled("user_id"))
            }
            None => unheard(&to.conversation),
        };
        Self {
            spot,
            root: root.filter(|_| settings.in_threads()),
            user,
            command: reply.filled("command"),
        }
    }
}

/// Mattermost's own ids have no underscore.
fn unheard(conversation: &str) -> (Spot, Option<String>, Option<String>) {
    if let Some(name) = conversation.strip_prefix('~') {
        return (Spot::Named(name.to_owned()), None, None);
    }
    let mut pieces = conversation.splitn(3, '_').map(str::to_owned);
    let user = pieces.next();
    let spot = match pieces.next() {
        Some(channel) => Spot::Channel(channel),
        None => Spot::User(user.clone().unwrap_or_default()),
    };
    (spot, pieces.next(), user)
}

/// An object without the keys that say nothing.
pub(crate) fn without_null(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    value
}

/// Whether a text can be a segment of a path as it is, as the ids and names of Mattermost are. It comes from whoever
/// calls.
pub(crate) fn is_segment(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(is_plain)
}
