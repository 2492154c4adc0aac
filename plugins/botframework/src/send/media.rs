//! Images on a card, other media as attachments that the channel fetches.

use serde_json::{Value, json};
use switchboard_sdk::{MediaContent, SendError};

use super::card;

type Shown = Vec<(&'static str, Value)>;

/// As with Rasa, on a hero card.
pub(super) fn image(media: &MediaContent) -> Result<Shown, SendError> {
    let attachment = match address(media)? {
        Address::At(url) => card::hero(json!({ "images": [{ "url": url }] })),
        Address::Own(attachment) => attachment,
    };
    Ok(with_caption(media, attachment))
}

/// Teams takes no files by their addresses, but shows links.
pub(super) fn file(media: &MediaContent, is_teams: bool) -> Result<Shown, SendError> {
    let url = match address(media)? {
        Address::At(url) => url,
        Address::Own(attachment) => return Ok(with_caption(media, attachment)),
    };
    if is_teams {
        let text = match caption(media) {
            Some(caption) => [caption, "\n\n", url].concat(),
            None => url.to_owned(),
        };
        return Ok(vec![("text", text.into())]);
    }
    let media_type = media
        .media_type
        .as_deref()
        .unwrap_or_else(|| by_ending(url));
    let name = media.name.as_deref().unwrap_or_else(|| last_piece(url));
    let attachment = json!({ "contentType": media_type, "contentUrl": url, "name": name });
    Ok(with_caption(media, attachment))
}

enum Address<'a> {
    At(&'a str),
    /// An attachment of the platform's own kind.
    Own(Value),
}

fn address(media: &MediaContent) -> Result<Address<'_>, SendError> {
    if let Some(url) = &media.url {
        return Ok(Address::At(url));
    }
    let source = media.source.as_deref().map(serde_json::from_str::<Value>);
    match source {
        Some(Ok(attachment)) if attachment["contentType"].is_string() => {
            Ok(Address::Own(attachment))
        }
        _ => Err(SendError::permanent(
            "no-url",
            "the attachment has no address that the channel could fetch it from",
        )),
    }
}

fn with_caption(media: &MediaContent, attachment: Value) -> Shown {
    let mut shown = vec![("attachments", json!([attachment]))];
    if let Some(caption) = caption(media) {
        shown.push(("text", caption.into()));
    }
    shown
}

fn caption(media: &MediaContent) -> Option<&str> {
    media
        .caption
        .as_deref()
        .filter(|caption| !caption.is_empty())
}

fn last_piece(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit('/').next().unwrap_or(path)
}

/// What is usual at the web; channels refuse an attachment without.
fn by_ending(url: &str) -> &'static str {
    let name = last_piece(url).to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "gif" => "image/gif",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    }
}
