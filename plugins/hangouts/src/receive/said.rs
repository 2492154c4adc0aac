//! What somebody wrote.
//!
//! A slash command is for the bot what an intent is for Rasa: `/order` is heard as `/order`, and `/order 7 pizzas` as
//! `/order{"text":"7 pizzas"}`, for Rasa would take all words up to a brace for the intent's name. What begins with a
//! brace already stands behind the command as it is.

use serde_json::json;
use switchboard_sdk::{Attachment, JsonObject, rasa};

/// More files are not handed on.
const MAX_FILES: usize = 100;

/// Without the mention of the bot.
pub(super) fn words(message: &JsonObject) -> Option<String> {
    let all = message.filled("text");
    let words = match message.filled("argumentText") {
        // What Chat takes off leaves its blank.
        Some(rest) if Some(&rest) != all.as_ref() => Some(rest.trim().to_owned()),
        given => given.or_else(|| all.clone()),
    };
    if message.object("slashCommand").is_some()
        && let Some(name) = command(message, &all.unwrap_or_default())
    {
        return Some(intent(&name, message));
    }
    words.filter(|words| !words.trim().is_empty())
}

/// The command's name, without its slash: as Chat has marked it in the text, else the first word that looks like one.
fn command(message: &JsonObject, text: &str) -> Option<String> {
    let marked = message.objects("annotations").iter().find_map(|mark| {
        let command = mark.object("slashCommand")?;
        command.filled("commandName")
    });
    let written = || text.split_whitespace().find(|word| word.starts_with('/'));
    let name = marked.or_else(|| written().map(str::to_owned))?;
    let name = name.trim_start_matches('/');
    (!name.is_empty()).then(|| name.to_owned())
}

fn intent(name: &str, message: &JsonObject) -> String {
    let words = message.filled("argumentText").unwrap_or_default();
    match words.trim() {
        "" => rasa::intent(name, None),
        words if words.starts_with('{') => rasa::intent(name, None) + words,
        words => rasa::intent(name, Some(&json!({ "text": words }))),
    }
}

pub(super) fn attachments(message: &JsonObject) -> Vec<Attachment> {
    let files = message.objects("attachment");
    let files = files.iter().take(MAX_FILES).map(|file| {
        let media_type = file.filled("contentType");
        let resource = file.object("attachmentDataRef").unwrap_or_default();
        let drive = file.object("driveDataRef").unwrap_or_default();
        let kind = Attachment::kind_of(media_type.as_deref().unwrap_or_default());
        let id = resource
            .filled("resourceName")
            .or_else(|| drive.filled("driveFileId"));
        Attachment {
            url: file.filled("downloadUri"),
            id: id.or_else(|| file.filled("name")),
            name: file.filled("contentName"),
            media_type,
            ..Attachment::new(kind)
        }
    });
    files.collect()
}
