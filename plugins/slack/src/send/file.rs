//! Files. Slack takes their content, not their address: what can be fetched here is uploaded, in three steps of which the
//! last one makes it appear; all else is shown as a link.

use serde_json::{Value, json};
use switchboard_sdk::{HttpRequest, MediaContent, Receipt, SendError, text};

use super::{Channel, unsupported};
use crate::api;
use crate::place::without_null;
use crate::settings::{MAX_ALT_TEXT, UNIT};

/// Whose files need the bot's token.
const SLACKS_OWN: &str = "https://files.slack.com/";

pub(super) fn send(channel: &Channel<'_>, media: &MediaContent) -> Result<Receipt, SendError> {
    let source = media.source.as_deref();
    let source: Option<Value> = source.and_then(|json| serde_json::from_str(json).ok());
    let source = source.filter(Value::is_object);
    let Some(url) = &media.url else {
        // Rasa's attachment for Slack is one of Slack's own: colour, fields, actions.
        return match source {
            Some(attachment) => channel.post(json!({ "attachments": [attachment] })),
            None => unsupported("an attachment without an address"),
        };
    };
    let name = media.name.as_deref().unwrap_or_else(|| file_name(url));
    let title = media.caption.as_deref().unwrap_or(name);
    let title = text::cut(title, MAX_ALT_TEXT, UNIT);
    if let Some(content) = content(channel, url) {
        return upload(channel, name, &title, content);
    }
    let mut attachment = source.unwrap_or_else(|| json!({}));
    for (key, value) in [
        ("title", title.as_str()),
        ("title_link", url),
        ("fallback", url),
    ] {
        if attachment[key].is_null() {
            attachment[key] = json!(value);
        }
    }
    channel.post(json!({ "attachments": [attachment] }))
}

/// The file's bytes; `None` where there are none to be had, because the host may not be called, or a user's name stands
/// for the channel, in which files cannot be shared.
fn content(channel: &Channel<'_>, url: &str) -> Option<Vec<u8>> {
    if !channel.target.channel.starts_with(['C', 'D', 'G']) {
        return None;
    }
    let mut request = HttpRequest::get(url).timeout(api::SHORT);
    if url.starts_with(SLACKS_OWN) {
        request = api::signed_on(channel.settings, request).ok()?;
    }
    let answer = channel.host.fetch(request).ok()?;
    (answer.status == 200 && !answer.body.is_empty()).then_some(answer.body)
}

fn upload(
    channel: &Channel<'_>,
    name: &str,
    title: &str,
    content: Vec<u8>,
) -> Result<Receipt, SendError> {
    let Channel {
        host,
        settings,
        target,
    } = channel;
    let length = content.len().to_string();
    let arguments = [("filename", name), ("length", &length)];
    let place = api::call_with_form(*host, settings, "files.getUploadURLExternal", &arguments);
    let place = place.map_err(unseen)?;
    let (Some(url), Some(id)) = (place["upload_url"].as_str(), place["file_id"].as_str()) else {
        return Err(again("Slack names no place for the file"));
    };
    let request = HttpRequest::post(url)
        .body("application/octet-stream", content)
        .timeout(api::SHORT);
    let stored = host.fetch(request).map_err(SendError::from);
    stored
        .and_then(|answer| answer.success())
        .map_err(|error| match unseen(error) {
            // The place is good for a while. It says nothing of the token, which it is not given.
            SendError::Unauthorized(text) => again(text),
            other => other,
        })?;
    let share = json!({
        "files": [{ "id": id, "title": title }],
        "channel_id": target.channel,
        "thread_ts": target.thread,
    });
    let method = "files.completeUploadExternal";
    api::call(*host, settings, method, &without_null(share))?;
    Ok(Receipt::with_id(id))
}

/// Before the last step nobody has seen anything, whatever became of the request.
fn unseen(error: SendError) -> SendError {
    match error {
        SendError::UnknownOutcome(text) => again(text),
        other => other,
    }
}

fn again(detail: impl Into<String>) -> SendError {
    SendError::retry(None, detail)
}

/// The last piece of an address's path.
fn file_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let (_, path) = path.split_once("://").unwrap_or(("", path));
    match path.rsplit_once('/') {
        Some((_, name)) if !name.is_empty() => name,
        _ => "file",
    }
}
