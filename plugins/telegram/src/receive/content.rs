//! What a message holds beside words.

use switchboard_sdk::{Attachment, JsonObject, Location};

use crate::fields;

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
    if let Some(photo) = fields::objects(message, "photo").last() {
        all.extend(file("image", photo));
    }
    let is_animation = fields::object(message, "animation").is_some();
    for (field, kind) in FILES {
        if is_animation && field == "document" {
            continue;
        }
        all.extend(fields::object(message, field).and_then(|found| file(kind, &found)));
    }
    all.extend(fields::object(message, "contact").map(|found| contact(&found)));
    all
}

fn file(kind: &str, found: &JsonObject) -> Option<Attachment> {
    let mut names = ["file_name", "title", "emoji"].iter();
    Some(Attachment {
        kind: kind.to_owned(),
        url: None,
        id: Some(fields::text(found, "file_id")?),
        media_type: fields::text(found, "mime_type"),
        name: names.find_map(|name| fields::text(found, name)),
        size: fields::integer(found, "file_size").and_then(|size| size.parse().ok()),
    })
}

fn contact(found: &JsonObject) -> Attachment {
    let names = ["first_name", "last_name"].map(|name| fields::text(found, name));
    let names: Vec<String> = names.into_iter().flatten().collect();
    Attachment {
        kind: "contact".to_owned(),
        url: None,
        id: fields::text(found, "phone_number"),
        media_type: None,
        name: Some(names.join(" ")).filter(|name| !name.is_empty()),
        size: None,
    }
}

/// A place on the map, and the text that Rasa makes of it, its numbers as they were sent.
pub(super) fn spot(message: &JsonObject) -> Option<(String, Location)> {
    let venue = fields::object(message, "venue");
    let of_venue = || fields::object(venue.as_ref()?, "location");
    let found = fields::object(message, "location").or_else(of_venue)?;
    let longitude = fields::number(&found, "longitude")?;
    let latitude = fields::number(&found, "latitude")?;
    let named = |name: &str| fields::text(venue.as_ref()?, name);
    let location = Location {
        latitude: degrees(&latitude, 90.0)?,
        longitude: degrees(&longitude, 180.0)?,
        title: named("title"),
        address: named("address"),
    };
    let text = format!(r#"{{"lng":{longitude}, "lat":{latitude}}}"#);
    Some((text, location))
}

fn degrees(text: &str, most: f64) -> Option<f64> {
    text.parse()
        .ok()
        .filter(|degrees: &f64| degrees.abs() <= most)
}

/// What a web app of the bot's sent, as if it had been said.
pub(super) fn of_web_app(message: &JsonObject) -> Option<String> {
    fields::text(&fields::object(message, "web_app_data")?, "data")
}
