//! What a message holds beside words.

use switchboard_sdk::{Attachment, JsonObject, Location};

/// Fields that hold a file, and what it is in the field's words. An animation comes as a document, too, for programs that
/// do not know it, and is then taken once.
const FILES: [(&str, &str); 7] = [
    ("voice", "audio"),
    ("audio", "audio"),
    ("video", "video"),
    ("video_note", "video"),
    ("animation", "video"),
    ("document", "file"),
    ("sticker", "sticker"),
];

/// What came along. Each file by its id: an address would have the access token in it.
pub(super) fn attachments(message: &JsonObject) -> Vec<Attachment> {
    let mut all = Vec::new();
    // The same picture in several sizes, the largest last.
    if let Some(photo) = message.objects("photo").last() {
        all.extend(file("image", photo));
    }
    let is_animation = message.object("animation").is_some();
    for (field, kind) in FILES {
        if is_animation && field == "document" {
            continue;
        }
        all.extend(message.object(field).and_then(|found| file(kind, &found)));
    }
    all.extend(message.object("contact").map(|found| contact(&found)));
    all
}

fn file(kind: &str, found: &JsonObject) -> Option<Attachment> {
    let mut names = ["file_name", "title", "emoji"].iter();
    Some(Attachment {
        id: Some(found.filled("file_id")?),
        media_type: found.filled("mime_type"),
        name: names.find_map(|name| found.filled(name)),
        size: found.value("file_size"),
        ..Attachment::new(kind)
    })
}

fn contact(found: &JsonObject) -> Attachment {
    let names = ["first_name", "last_name"].map(|name| found.filled(name));
    let names: Vec<String> = names.into_iter().flatten().collect();
    Attachment {
        id: found.filled("phone_number"),
        name: Some(names.join(" ")).filter(|name| !name.is_empty()),
        ..Attachment::new("contact")
    }
}

/// A place on the map, and the text that Rasa makes of it, its numbers as they were sent.
pub(super) fn spot(message: &JsonObject) -> Option<(String, Location)> {
    let venue = message.object("venue").unwrap_or_default();
    let of_venue = || venue.object("location");
    let found = message.object("location").or_else(of_venue)?;
    let longitude = found.number("longitude")?;
    let latitude = found.number("latitude")?;
    let location = Location {
        title: venue.filled("title"),
        address: venue.filled("address"),
        ..Location::at(&latitude, &longitude)?
    };
    let text = format!(r#"{{"lng":{longitude}, "lat":{latitude}}}"#);
    Some((text, location))
}

/// What a web app of the bot's sent, as if it had been said.
pub(super) fn of_web_app(message: &JsonObject) -> Option<String> {
    message.object("web_app_data")?.filled("data")
}
