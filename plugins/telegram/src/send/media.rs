//! Files: Telegram fetches them from their address, or has them already and is given the id.

use switchboard_sdk::{JsonObject, MediaContent};

use super::Call;
use crate::api::Refused;

/// The ways to send a file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Photo,
    Document,
    Audio,
    Video,
}

impl Kind {
    /// What an attachment is. Rasa's users give it as `{"type": "video", "payload": {"src": "https://…"}}`.
    pub(super) fn of(media: &MediaContent) -> Self {
        let source = JsonObject::or_empty(media.source.as_ref());
        match source.filled("type").as_deref() {
            Some("image") => Self::Photo,
            Some("audio") => Self::Audio,
            Some("video") => Self::Video,
            _ => Self::Document,
        }
    }

    /// The method and its parameter.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Photo => ("sendPhoto", "photo"),
            Self::Document => ("sendDocument", "document"),
            Self::Audio => ("sendAudio", "audio"),
            Self::Video => ("sendVideo", "video"),
        }
    }

    /// What Rasa calls it where it cannot be shown.
    fn word(self) -> &'static str {
        match self {
            Self::Photo => "Image",
            _ => "Attachment",
        }
    }
}

pub(super) fn call(kind: Kind, media: &MediaContent) -> Call {
    let source = media.source.as_ref();
    let file_id = || JsonObject::or_empty(source).filled("file_id");
    let caption = media
        .caption
        .as_deref()
        .filter(|caption| !caption.is_empty());
    let Some(file) = media.url.clone().or_else(file_id) else {
        let given = source.map_or("", String::as_str);
        return Call::text(&in_words(kind, caption, given));
    };
    let (method, parameter) = kind.names();
    let mut call = Call::new(method).with(parameter, file.as_str());
    call.instead = Some(in_words(kind, caption, &file));
    if let Some(caption) = caption {
        call.set("caption", caption.into());
    }
    call
}

fn in_words(kind: Kind, caption: Option<&str>, address: &str) -> String {
    match caption {
        Some(caption) => format!("{caption}\n{address}"),
        None => format!("{}: {address}", kind.word()),
    }
}

/// Whether it is the file that Telegram does not like. From an address it fetches photos up to 5 MB, other files up to
/// 20 MB, and as documents some kinds only.
pub(super) fn cannot_be_fetched(refused: &Refused) -> bool {
    [
        "wrong type of the web page content",
        "failed to get HTTP URL content",
        "wrong file identifier",
        "wrong remote file identifier",
        "wrong HTTP URL",
        "invalid file HTTP URL",
        "file is too big",
        "PHOTO_INVALID_DIMENSIONS",
        "IMAGE_PROCESS_FAILED",
        "WEBPAGE_CURL_FAILED",
        "WEBPAGE_MEDIA_EMPTY",
    ]
    .iter()
    .any(|text| refused.says(text))
}
