//! Files of a message: `attachments` say where each is, `file` and `files` of which type and size.

use switchboard_sdk::{Attachment, JsonObject};

use crate::Settings;

/// How many files of a message are handed on.
const MAX_FILES: usize = 100;

/// Where an attachment may have its address, and the kind that each means.
const LINKS: [(&str, &str); 4] = [
    ("image_url", "image"),
    ("audio_url", "audio"),
    ("video_url", "video"),
    ("title_link", "file"),
];

/// The files, and what was written beneath the first.
pub(super) fn attachments(
    settings: &Settings,
    message: &JsonObject,
) -> (Vec<Attachment>, Option<String>) {
    let mut files = message.objects("files");
    files.extend(message.object("file"));
    let shown = message.objects("attachments");
    let caption = shown.first().and_then(|shown| shown.filled("description"));
    let mut found: Vec<Attachment> = shown
        .iter()
        .filter_map(|shown| attachment(settings, shown, &files))
        .take(MAX_FILES)
        .collect();
    if found.is_empty() {
        found.extend(message.object("file").map(|file| described(&file)));
    }
    // To live chat Rocket.Chat also tells an address that whoever has it can open.
    if let Some(upload) = message.object("fileUpload")
        && let Some(url) = upload.filled("publicFilePath")
    {
        if found.is_empty() {
            found.push(described(&upload));
        }
        if let Some(first) = found.first_mut() {
            first.url = Some(absolute(settings, &url));
        }
    }
    (found, caption)
}

/// A file that an attachment shows. An attachment that shows none is a quote or a preview of a link.
fn attachment(settings: &Settings, shown: &JsonObject, files: &[JsonObject]) -> Option<Attachment> {
    let mut links = LINKS.iter();
    let (link, kind) = links.find_map(|(key, kind)| Some((shown.filled(key)?, *kind)))?;
    let id = id_in(&link).map(str::to_owned);
    let file = files
        .iter()
        .find(|file| id.is_some() && file.filled("_id") == id);
    let mut attachment = file.map_or_else(|| Attachment::new(kind), described);
    if attachment.media_type.is_none() {
        kind.clone_into(&mut attachment.kind);
    }
    attachment.name = attachment.name.or_else(|| shown.filled("title"));
    attachment.url = Some(absolute(settings, &link));
    attachment.id = id;
    Some(attachment)
}

/// What is known of a file beside its address.
fn described(file: &JsonObject) -> Attachment {
    let media_type = file.filled("type");
    let kind = media_type.as_deref().map_or("file", Attachment::kind_of);
    Attachment {
        id: file.filled("_id"),
        name: file.filled("name"),
        size: file.number("size").and_then(|size| size.parse().ok()),
        media_type: media_type.clone(),
        ..Attachment::new(kind)
    }
}

/// The id in `/file-upload/ID/NAME`.
fn id_in(link: &str) -> Option<&str> {
    let (_, rest) = link.split_once("/file-upload/")?;
    rest.split('/').next().filter(|id| !id.is_empty())
}

/// An address below the server's own, as Rocket.Chat writes it.
fn absolute(settings: &Settings, link: &str) -> String {
    match link.strip_prefix('/') {
        Some(path) => [&settings.server, "/", path].concat(),
        None => link.to_owned(),
    }
}
