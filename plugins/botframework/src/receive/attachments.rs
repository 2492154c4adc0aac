//! What was sent beside text.

use switchboard_sdk::{Attachment, JsonObject};

/// A file that was uploaded in Teams: its address is within.
const TEAMS_FILE: &str = "application/vnd.microsoft.teams.file.download.info";

/// More are not handed on; they are all in the metadata.
const MAX_ATTACHMENTS: usize = 100;

pub(super) fn attachments(body: &JsonObject) -> Vec<Attachment> {
    let attachments = body.objects("attachments");
    let attachments = attachments.iter().filter_map(attachment);
    attachments.take(MAX_ATTACHMENTS).collect()
}

/// `None` for what is the text once more: Teams sends it as HTML, too.
fn attachment(given: &JsonObject) -> Option<Attachment> {
    let media_type = given.filled("contentType");
    let url = given.filled("contentUrl");
    let name = given.filled("name");
    match media_type.as_deref() {
        Some(TEAMS_FILE) => {
            let content = given.object("content").unwrap_or_default();
            Some(Attachment {
                url: content.filled("downloadUrl").or(url),
                id: content.id("uniqueId"),
                name,
                ..Attachment::new("file")
            })
        }
        Some("text/html") if url.is_none() => None,
        Some(card) if card.starts_with("application/vnd.microsoft.card.") => Some(Attachment {
            media_type,
            name,
            ..Attachment::new("card")
        }),
        _ => Some(Attachment {
            name,
            url,
            ..Attachment {
                media_type: media_type.clone(),
                ..Attachment::new(Attachment::kind_of(
                    media_type.as_deref().unwrap_or_default(),
                ))
            }
        }),
    }
}
