//! A post that an outgoing webhook tells of. It says neither in which thread the post is nor what its files are: where
//! that matters, the post is fetched.

use switchboard_sdk::{Attachment, Host, JsonObject, LogLevel, Message, Refusal, SendError};

use super::{COMMON, leave_out};
use crate::place::{Place, is_segment};
use crate::settings::{API, Settings};
use crate::{api, me};

/// How many files are handed on; Mattermost lets a post have ten.
const MAX_FILES: usize = 10;

pub(super) fn message(
    host: &dyn Host,
    settings: &Settings,
    body: &JsonObject,
) -> Result<(), Refusal> {
    let (Some(user), Some(channel)) = (body.id("user_id"), body.id("channel_id")) else {
        leave_out(host, "a post", "it has no user or no channel");
        return Ok(());
    };
    if me::is(host, &user)? {
        leave_out(host, "a post", "the bot wrote it");
        return Ok(());
    }
    let files = file_ids(body);
    let written = body.optional_text("text").ok().flatten();
    if written.is_none() && files.is_empty() {
        leave_out(host, "a post", "it has neither text nor files");
        return Ok(());
    }
    let trigger = body.filled("trigger_word").unwrap_or_default();
    let id = body.id("post_id");
    let is_worth_it = settings.in_threads() || !files.is_empty();
    let post = id.as_deref().filter(|_| is_worth_it);
    let post = post.and_then(|id| fetched(host, settings, id));
    let root = post.as_ref().and_then(|post| post.filled("root_id"));
    let root = root
        .or_else(|| id.clone())
        .filter(|_| settings.in_threads());

    let mut metadata = body.pick(&COMMON);
    for name in ["post_id", "trigger_word", "file_ids"] {
        if let Some(value) = body.filled(name) {
            metadata.insert(name, &value);
        }
    }
    if let Some(root) = &root {
        metadata.insert("root_id", root);
    }
    if let Some(milliseconds) = body.id("timestamp").as_deref().and_then(milliseconds) {
        metadata.insert("timestamp", &milliseconds);
    }
    let place = Place {
        user: &user,
        channel: &channel,
        root: root.as_deref(),
    };
    let message = Message {
        id,
        conversation: place.conversation(settings.granularity),
        sender: user.clone(),
        text: written.map(|written| without_trigger(&written, &trigger).to_owned()),
        attachments: attachments(settings, &files, post.as_ref()),
        location: None,
        metadata: Some(metadata.to_json()),
        input_channel: None,
        reply: Some(place.reply(None)),
    };
    host.accept(message.into())?;
    Ok(())
}

/// The text behind the trigger word; all of it where there is nothing behind, as in Rasa. A word that only begins with
/// the trigger is one to cut as well, but not where the trigger is a sign: `!help` says `help`.
fn without_trigger<'text>(text: &'text str, trigger: &str) -> &'text str {
    let start = text.get(..trigger.len());
    let is_there = start.is_some_and(|start| start.eq_ignore_ascii_case(trigger));
    if trigger.is_empty() || !is_there {
        return text;
    }
    let rest = text.get(trigger.len()..).unwrap_or_default();
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let rest = if is_word(trigger.chars().next_back()) && is_word(rest.chars().next()) {
        let (_, rest) = rest.split_once(char::is_whitespace).unwrap_or_default();
        rest
    } else {
        rest.strip_prefix([':', ',']).unwrap_or(rest)
    };
    match rest.trim_start() {
        "" => text,
        rest => rest,
    }
}

/// One text with commas between; a list would do as well.
fn file_ids(body: &JsonObject) -> Vec<String> {
    let ids = match body.filled("file_ids") {
        Some(ids) => ids.split(',').map(|id| id.trim().to_owned()).collect(),
        None => body.value::<Vec<String>>("file_ids").unwrap_or_default(),
    };
    let ids = ids.into_iter().filter(|id| is_segment(id));
    ids.take(MAX_FILES).collect()
}

/// What cannot be had is done without: there is no second request to hope for.
fn fetched(host: &dyn Host, settings: &Settings, id: &str) -> Option<JsonObject> {
    if !is_segment(id) {
        return None;
    }
    let request = api::request(settings, "GET", &["/posts/", id].concat()).timeout(api::SHORT);
    let answer = api::call(host, settings, request);
    match answer.and_then(|answer| answer.json_object().map_err(unreadable)) {
        Ok(post) => Some(post),
        Err(error) => {
            let reason = api::reason(&error);
            let text = "a post could not be fetched: its thread and files are not known";
            host.log(LogLevel::Debug, text, &[("reason", reason)]);
            None
        }
    }
}

fn unreadable(error: impl ToString) -> SendError {
    SendError::permanent("answer", error.to_string())
}

/// The files by their ids, and what the post says of them.
fn attachments(settings: &Settings, ids: &[String], post: Option<&JsonObject>) -> Vec<Attachment> {
    let known = post.and_then(|post| post.object("metadata"));
    let known = known.map_or_else(Vec::new, |known| known.objects("files"));
    let attachment = |id: &String| {
        let info = known
            .iter()
            .find(|info| info.filled("id").as_ref() == Some(id));
        let of = |name: &str| info.and_then(|info| info.filled(name));
        let media_type = of("mime_type");
        let kind = media_type.as_deref().map_or("file", Attachment::kind_of);
        Attachment {
            url: Some([&settings.site, API, "/files/", id].concat()),
            id: Some(id.clone()),
            name: of("name"),
            size: info.and_then(|info| info.value("size")),
            media_type,
            ..Attachment::new(kind)
        }
    };
    ids.iter().map(attachment).collect()
}

/// A form has seconds, JSON milliseconds. Seconds have eleven digits from the year 5138 on.
fn milliseconds(time: &str) -> Option<u64> {
    let time: u64 = time.parse().ok()?;
    if time < 100_000_000_000 {
        time.checked_mul(1_000)
    } else {
        Some(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trigger_words() {
        for (text, trigger, rest) in [
            ("bot what is up", "bot", "what is up"),
            ("bot one two  three", "bot", "one two  three"),
            ("bot", "bot", "bot"),
            ("bot ", "bot", "bot "),
            ("bot: hi", "bot", "hi"),
            ("bot,hi", "bot", "hi"),
            ("bot\nhi", "bot", "hi"),
            ("Bot hi", "bot", "hi"),
            ("bots are nice", "bot", "are nice"),
            ("bots", "bot", "bots"),
            ("!help me", "!", "help me"),
            ("@echo buttons", "@echo", "buttons"),
            ("hi there", "", "hi there"),
            ("hi there", "bot", "hi there"),
            ("bot /inform{\"a\":1}", "bot", "/inform{\"a\":1}"),
            ("é", "e\u{301}\u{301}", "é"),
            ("日本 語", "日", "語"),
        ] {
            assert_eq!(without_trigger(text, trigger), rest, "{text} {trigger}");
        }
    }

    #[test]
    fn both_units_of_time() {
        assert_eq!(milliseconds("1714557600"), Some(1_714_557_600_000));
        assert_eq!(milliseconds("1714557600123"), Some(1_714_557_600_123));
        for no_time in ["", "-1", "1.5", "99999999999999999999"] {
            assert_eq!(milliseconds(no_time), None, "{no_time}");
        }
    }
}
