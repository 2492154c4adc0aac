//! Slash commands, which work in private channels and direct messages too.
//!
//! A command is for the bot what an intent is for Rasa: `/order` is heard as `/order`, and `/order 7 pizzas` as
//! `/order{"text":"7 pizzas"}`, for Rasa would take all words up to a brace for the intent's name. What begins with a
//! brace already is passed on behind the command as it is. The words as they were typed are in the metadata.

use serde_json::json;
use switchboard_sdk::{Host, JsonObject, Message, Refusal, rasa};

use super::{COMMON, leave_out};
use crate::place::{Place, is_segment};
use crate::settings::Settings;

/// What stands before the id in the address for answers. The rest of it is not believed: it is the server's own.
const ANSWERS: &str = "/hooks/commands/";

pub(super) fn command(
    host: &dyn Host,
    settings: &Settings,
    body: &JsonObject,
) -> Result<(), Refusal> {
    let (Some(user), Some(channel)) = (body.id("user_id"), body.id("channel_id")) else {
        leave_out(host, "a command", "it has no user or no channel");
        return Ok(());
    };
    let command = body.filled("command").unwrap_or_default();
    let words = body.filled("text").unwrap_or_default();
    let words = words.trim();
    let name = command.trim_start_matches('/');
    let text = match words.chars().next() {
        None => rasa::intent(name, None),
        Some('{') => rasa::intent(name, None) + words,
        Some(_) => rasa::intent(name, Some(&json!({ "text": words }))),
    };
    let root = body.filled("root_id");
    let place = Place {
        user: &user,
        channel: &channel,
        root: root.as_deref(),
    };
    let answers = body.filled("response_url");
    let answers = answers.as_deref().and_then(|url| url.rsplit_once(ANSWERS));
    let answers = answers.map(|(_, id)| id).filter(|id| is_segment(id));
    let mut metadata = body.pick(&COMMON);
    for name in ["command", "trigger_id", "root_id"] {
        if let Some(value) = body.filled(name) {
            metadata.insert(name, &value);
        }
    }
    metadata.insert("command_text", words);
    host.accept(
        Message {
            id: body.filled("trigger_id"),
            conversation: place.conversation(settings.granularity),
            metadata: Some(metadata.to_json()),
            reply: Some(place.reply(answers)),
            ..Message::new(user.clone(), text)
        }
        .into(),
    )?;
    Ok(())
}
