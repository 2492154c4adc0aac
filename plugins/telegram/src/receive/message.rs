//! A message in a chat: what somebody says or sends, or a service message, by which Telegram tells what became of the
//! chat.

use switchboard_sdk::{JsonObject, Message, Refusal};

use super::{Update, content, text};
use crate::place::Place;
use crate::{activate, send};

/// What service messages tell, and the event that each becomes where it is not named after the field. Not all that there
/// are: those that bots act on.
const SERVICE: [(&str, &str); 32] = [
    ("new_chat_members", "member-joined"),
    ("left_chat_member", "member-left"),
    ("migrate_to_chat_id", "chat-migrated"),
    ("migrate_from_chat_id", "chat-migrated"),
    ("new_chat_title", ""),
    ("new_chat_photo", ""),
    ("delete_chat_photo", ""),
    ("group_chat_created", ""),
    ("supergroup_chat_created", ""),
    ("channel_chat_created", ""),
    ("message_auto_delete_timer_changed", ""),
    ("pinned_message", ""),
    ("successful_payment", ""),
    ("refunded_payment", ""),
    ("users_shared", ""),
    ("chat_shared", ""),
    ("connected_website", ""),
    ("write_access_allowed", ""),
    ("passport_data", ""),
    ("proximity_alert_triggered", ""),
    ("boost_added", ""),
    ("forum_topic_created", ""),
    ("forum_topic_edited", ""),
    ("forum_topic_closed", ""),
    ("forum_topic_reopened", ""),
    ("video_chat_scheduled", ""),
    ("video_chat_started", ""),
    ("video_chat_ended", ""),
    ("poll", ""),
    ("dice", ""),
    ("game", ""),
    ("story", ""),
];

impl Update<'_> {
    pub(super) fn message(&self, message: &JsonObject) -> Result<(), Refusal> {
        let Some(place) = Place::of(message) else {
            self.skip("the message does not say in which chat it is");
            return Ok(());
        };
        if let Some(supergroup) = message.whole_number("migrate_to_chat_id") {
            send::remember_move(self.host, &place.chat, &supergroup)?;
        }
        if self.is_our_own(message, &place)? {
            self.skip("the message is the bot's own, or its owner's");
            return Ok(());
        }
        let words = match words(message) {
            Some(words) => {
                let Some(text) = self.to_bot(&words, &place)? else {
                    self.skip("the command is another bot's");
                    return Ok(());
                };
                Some(text)
            }
            None => content::of_web_app(message),
        };
        match self.read(message, &place, words) {
            Some(said) => self.said(said),
            None => self.service(message, &place),
        }
    }

    /// A message whose text was edited is said anew, as in Rasa; other changes, and a place that moves on, are told as
    /// events.
    pub(super) fn edit(&self, message: &JsonObject) -> Result<(), Refusal> {
        if words(message).is_some() && self.settings.edited_messages {
            return self.message(message);
        }
        match Place::of(message) {
            Some(place) => self.happened(&place, "message-edited"),
            None => {
                self.skip("the message that was edited does not say in which chat it is");
                Ok(())
            }
        }
    }

    fn to_bot(&self, words: &str, place: &Place) -> Result<Option<String>, Refusal> {
        let name = if words.contains('@') {
            activate::own_name(self.host, self.settings)?
        } else {
            None
        };
        Ok(text::to_bot(words, name.as_deref(), place.is_group()))
    }

    /// What the bot gets to hear; `None` if nothing is said or sent.
    fn read(&self, message: &JsonObject, place: &Place, words: Option<String>) -> Option<Message> {
        let spot = content::spot(message);
        let attachments = content::attachments(message);
        if words.is_none() && spot.is_none() && attachments.is_empty() {
            return None;
        }
        let (spot_as_text, location) = spot.unzip();
        Some(Message {
            id: self.id.clone(),
            conversation: place.conversation(self.settings.conversation_granularity),
            sender: sender(message).unwrap_or_else(|| place.chat.clone()),
            text: words.or(spot_as_text),
            attachments,
            location,
            metadata: Some(self.json.clone()),
            input_channel: None,
            reply: Some(place.reply()),
        })
    }

    fn service(&self, message: &JsonObject, place: &Place) -> Result<(), Refusal> {
        let told = SERVICE
            .iter()
            .find(|(field, _)| message.json(field).is_some());
        match told {
            Some((field, "")) => self.happened(place, field),
            Some((_, name)) => self.happened(place, name),
            None => {
                self.skip("the message holds nothing that is known here");
                Ok(())
            }
        }
    }

    /// Whether the bot said it itself, or the owner of the business account in whose name it speaks.
    fn is_our_own(&self, message: &JsonObject, place: &Place) -> Result<bool, Refusal> {
        let Some(from) = message.object("from") else {
            return Ok(false);
        };
        if message.json("business_connection_id").is_some() {
            return Ok(from.whole_number("id").is_some_and(|id| id != place.chat));
        }
        if !from.is_true("is_bot") {
            return Ok(false);
        }
        let own = activate::own_name(self.host, self.settings)?;
        let name = from.filled("username");
        Ok(own
            .zip(name)
            .is_some_and(|(own, name)| own.eq_ignore_ascii_case(&name)))
    }
}

/// A text, or what is written beside media.
fn words(message: &JsonObject) -> Option<String> {
    let mut names = ["text", "caption"].iter();
    names.find_map(|name| message.filled(name))
}

/// Who wrote it: a channel or a group that speaks as itself, or a person.
fn sender(message: &JsonObject) -> Option<String> {
    let mut names = ["sender_chat", "from"].iter();
    names.find_map(|name| message.object(name)?.whole_number("id"))
}
