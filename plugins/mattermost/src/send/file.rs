//! Files. Mattermost takes their content, not their address: what can be fetched here is uploaded, and then posted; all
//! else is shown as a link.

use serde_json::{Value, json};
use switchboard_sdk::{HttpRequest, MediaContent, Receipt, SendError};

use super::{Channel, unsupported};
use crate::api;

pub(super) fn send(channel: &Channel<'_>, media: &MediaContent) -> Result<Receipt, SendError> {
    let source = media.source.as_deref();
    let source: Option<Value> = source.and_then(|json| serde_json::from_str(json).ok());
    let source = source.filter(Value::is_object);
    let Some(url) = &media.url else {
        // One of Mattermost's own attachments: colour, fields, actions.
        return match source {
            Some(attachment) => {
                let mut post = json!({ "props": { "attachments": [attachment] } });
                super::render::sign_custom(channel, &mut post)?;
                channel.post(post)
            }
            None => unsupported("an attachment without an address"),
        };
    };
    let name = media.name.as_deref().unwrap_or_else(|| file_name(url));
    let caption = media.caption.as_deref();
    if let Some(content) = content(channel, url) {
        let id = upload(channel, name, &content)?;
        return channel.post(json!({ "message": caption.unwrap_or_default(), "file_ids": [id] }));
    }
    let mut attachment = source.unwrap_or_else(|| json!({}));
    for (key, value) in [
        ("title", caption.unwrap_or(name)),
        ("title_link", url),
        ("fallback", url),
    ] {
        if attachment[key].is_null() {
            attachment[key] = json!(value);
        }
    }
    channel.post(json!({ "props": { "attachments": [attachment] } }))
}

/// The file's bytes; `None` where there are none to be had, because the host may not be called as a rule.
fn content(channel: &Channel<'_>, url: &str) -> Option<Vec<u8>> {
    let request = HttpRequest::get(url).timeout(api::SHORT);
    let answer = channel.host.fetch(request).ok()?;
    (answer.status == 200 && !answer.body.is_empty()).then_some(answer.body)
}

/// The id of the file at Mattermost.
fn upload(channel: &Channel<'_>, name: &str, content: &[u8]) -> Result<String, SendError> {
    let boundary = boundary(content);
    let name = name.replace(['"', '\\', '\r', '\n'], "_");
    let head = [
        "--",
        &boundary,
        "\r\ncontent-disposition: form-data; name=\"channel_id\"\r\n\r\n",
        &channel.id,
        "\r\n--",
        &boundary,
        "\r\ncontent-disposition: form-data; name=\"files\"; filename=\"",
        &name,
        "\"\r\ncontent-type: application/octet-stream\r\n\r\n",
    ];
    let tail = ["\r\n--", &boundary, "--\r\n"].concat();
    let body = [head.concat().as_bytes(), content, tail.as_bytes()].concat();
    let kind = ["multipart/form-data; boundary=", &boundary].concat();
    let request = api::request(channel.settings, "POST", "/files")
        .body(&kind, body)
        .timeout(api::SHORT);
    let answer = api::call(channel.host, channel.settings, request).map_err(api::unseen)?;
    let infos = answer
        .json_object()
        .unwrap_or_default()
        .objects("file_infos");
    let id = infos.first().and_then(|info| info.filled("id"));
    id.ok_or_else(|| SendError::retry(None, "Mattermost names no file"))
}

/// What stands nowhere in the content.
fn boundary(content: &[u8]) -> String {
    let is_in = |boundary: &str| {
        let mut windows = content.windows(boundary.len());
        windows.any(|window| window == boundary.as_bytes())
    };
    let mut boundary = "switchboard".to_owned();
    while is_in(&boundary) && boundary.len() < 70 {
        boundary.push('-');
    }
    boundary
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
