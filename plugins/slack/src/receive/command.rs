//! Slash commands.
//!
//! A command is for the bot what an intent is for Rasa: `/order` is heard as `/order`, and `/order 7 pizzas` as
//! `/order{"text":"7 pizzas"}`, for Rasa would take all words up to a brace for the intent's name. What begins with a
//! brace already is passed on behind the command as it is. The words as they were typed are in the metadata.

use serde_json::json;
use switchboard_sdk::{Form, Host, Message, Refusal, rasa};

use super::{leave_out, metadata};
use crate::place::Place;
use crate::settings::Settings;

pub(super) fn command(host: &dyn Host, settings: &Settings, form: &Form) -> Result<(), Refusal> {
    let command = form.get("command").unwrap_or_default();
    let Some(user) = form.filled("user_id") else {
        leave_out(host, command, "it has no user");
        return Ok(());
    };
    let words = form.get("text").unwrap_or_default().trim();
    let name = command.trim_start_matches('/');
    let text = match words.chars().next() {
        None => rasa::intent(name, None),
        Some('{') => rasa::intent(name, None) + words,
        Some(_) => rasa::intent(name, Some(&json!({ "text": words }))),
    };
    let place = Place {
        user,
        channel: form.filled("channel_id"),
        thread: None,
    };
    let more = json!({
        "team": form.filled("team_id"),
        "channel": place.channel,
        "channel_name": form.filled("channel_name"),
        "event_type": "slash_command",
        "user_name": form.filled("user_name"),
        "trigger_id": form.filled("trigger_id"),
        "command": command,
        "command_text": words,
    });
    host.accept(
        Message {
            id: form.filled("trigger_id").map(str::to_owned),
            conversation: place.conversation(settings.granularity()),
            metadata: Some(metadata(&place, &[user], more)),
            reply: Some(place.reply(form.filled("response_url"))),
            ..Message::new(user, text)
        }
        .into(),
    )?;
    Ok(())
}
