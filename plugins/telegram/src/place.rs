//! Where a message came from, and where answers go: a chat, a topic in it, the business account in whose name the bot
//! speaks. It travels through the host as the conversation's `reply`, under the names that the Bot API gives to each;
//! where there is none, because the bot speaks first, it is read out of the conversation's name.

use serde_json::{Map, Value, json};
use switchboard_sdk::{Address, JsonObject, to_json};

use crate::settings::Granularity;

/// Stands between a chat and the business account in the name of a conversation.
const BUSINESS: &str = ":business:";

/// A place to speak in. Ids are as Telegram wrote them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// A number, or a channel's `@name`.
    pub(crate) chat: String,
    topic: Option<String>,
    message: Option<String>,
    business: Option<String>,
    /// A message that one person alone sees, and that person.
    ephemeral: Option<(String, String)>,
}

impl Place {
    /// The place of a message; `None` if it does not say in which chat.
    pub(crate) fn of(message: &JsonObject) -> Option<Self> {
        let chat = message.object("chat")?.whole_number("id")?;
        // In a group without topics, a thread is no more than a chain of replies.
        let is_topic = message.is_true("is_topic_message");
        let ephemeral = message.whole_number("ephemeral_message_id").zip(
            message
                .object("from")
                .and_then(|from| from.whole_number("id")),
        );
        Some(Self {
            chat,
            topic: message
                .whole_number("message_thread_id")
                .filter(|_| is_topic),
            // 0 in a message that has no other id than the ephemeral one.
            message: message.whole_number("message_id").filter(|id| id != "0"),
            business: message.filled("business_connection_id"),
            ephemeral,
        })
    }

    /// The private chat with somebody.
    pub(crate) fn with(person: &JsonObject) -> Option<Self> {
        Some(Self {
            chat: person.whole_number("id")?,
            ..Self::default()
        })
    }

    /// Where a part goes.
    pub(crate) fn to(address: &Address) -> Self {
        Self::from_reply(&JsonObject::or_empty(address.reply.as_ref()))
            .unwrap_or_else(|| Self::from_conversation(&address.conversation))
    }

    fn from_reply(reply: &JsonObject) -> Option<Self> {
        let ephemeral = reply
            .whole_number("ephemeral_message_id")
            .zip(reply.whole_number("receiver_user_id"));
        Some(Self {
            chat: reply.whole_number("chat_id")?,
            topic: reply.whole_number("message_thread_id"),
            message: reply.whole_number("message_id"),
            business: reply.filled("business_connection_id"),
            ephemeral,
        })
    }

    fn from_conversation(name: &str) -> Self {
        if let Some((chat, business)) = name.split_once(BUSINESS) {
            return Self {
                chat: chat.to_owned(),
                business: Some(business.to_owned()),
                ..Self::default()
            };
        }
        let (chat, topic) = name
            .split_once(':')
            .map_or((name, None), |(chat, topic)| (chat, Some(topic.to_owned())));
        Self {
            chat: chat.to_owned(),
            topic,
            ..Self::default()
        }
    }

    /// The name of the conversation that is held here: the chat's id, as in Rasa, with what tells it from others.
    pub(crate) fn conversation(&self, granularity: Granularity) -> String {
        let chat = &self.chat;
        match (&self.business, &self.topic) {
            (Some(business), _) => format!("{chat}{BUSINESS}{business}"),
            (None, Some(topic)) if granularity == Granularity::Topic => format!("{chat}:{topic}"),
            _ => chat.clone(),
        }
    }

    /// The address for answers, as JSON.
    pub(crate) fn reply(&self) -> String {
        let mut reply = Map::new();
        self.write_chat(&mut reply);
        if let Some(message) = &self.message {
            reply.insert("message_id".to_owned(), id(message));
        }
        if let Some((message, person)) = &self.ephemeral {
            reply.insert("ephemeral_message_id".to_owned(), id(message));
            reply.insert("receiver_user_id".to_owned(), id(person));
        }
        to_json(&reply)
    }

    /// Addresses a call to this place. What the call says of it already, the bot has said.
    pub(crate) fn write_chat(&self, body: &mut Map<String, Value>) {
        let mut set = |name: &str, value| {
            body.entry(name).or_insert(value);
        };
        set("chat_id", id(&self.chat));
        if let Some(topic) = &self.topic {
            set("message_thread_id", id(topic));
        }
        if let Some(business) = &self.business {
            set("business_connection_id", business.as_str().into());
        }
    }

    /// Makes an answer of a call: one that quotes where that is wanted, and one that only the asker sees where they alone
    /// saw the question, for Telegram allows no other.
    pub(crate) fn write_answer(&self, body: &mut Map<String, Value>, quotes: bool) {
        let mut set = |name: &str, value| {
            body.entry(name).or_insert(value);
        };
        if let Some((message, person)) = &self.ephemeral {
            let receiver = json!({ "receiver_user_id": id(person) });
            set("ephemeral_message_parameters", receiver);
            let question = json!({ "ephemeral_message_id": id(message) });
            set("reply_parameters", question);
        } else if let Some(message) = self.message.as_ref().filter(|_| quotes && self.is_group()) {
            let question =
                json!({ "message_id": id(message), "allow_sending_without_reply": true });
            set("reply_parameters", question);
        }
    }

    /// Whether more than two can speak here. Telegram gives negative ids to groups and channels.
    pub(crate) fn is_group(&self) -> bool {
        self.chat.starts_with('-')
    }
}

/// An id as the API wants it: a number, or else a text.
pub(crate) fn id(text: &str) -> Value {
    match text.parse::<i64>() {
        Ok(number) => number.into(),
        Err(_) => text.into(),
    }
}
