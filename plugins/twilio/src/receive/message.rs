//! What a user said.

use std::time::Duration;

use serde_json::{Map, Value};
use switchboard_sdk::{Attachment, Form, Location, Message, to_json};

use crate::reply::Reply;
use crate::settings::Sender;
use crate::{Settings, address};

/// The most media that Twilio puts into a message.
const MAX_MEDIA: usize = 10;

/// Parameters that the message has another place for, or that repeat another.
const ELSEWHERE: [&str; 10] = [
    "ApiVersion",
    "Body",
    "From",
    "Latitude",
    "Longitude",
    "NumMedia",
    "NumSegments",
    "SmsMessageSid",
    "SmsSid",
    "SmsStatus",
];

/// The message, or why there is none for the bot.
pub(super) fn read(
    form: &Form,
    settings: &Settings,
    now: Duration,
    status_callback: Option<String>,
) -> Result<Message, &'static str> {
    let from = form.filled("From").ok_or("a message from nobody")?;
    let to = form.filled("To");
    let is_ours = match &settings.sender {
        Some(Sender::Number(number)) => address::on_channel_of(from, number) == from,
        _ => false,
    };
    if is_ours || to == Some(from) {
        return Err("a message of our own");
    }
    let body = form.get("Body").unwrap_or_default();
    let location = location(form);
    // The payload is what a button means; Twilio repeats its title as the body.
    let pressed = form
        .filled("ButtonPayload")
        .or_else(|| form.filled("ListId"));
    let text = match (&location, pressed) {
        (Some((text, _)), _) => Some(text.clone()),
        (None, Some(payload)) => Some(payload.to_owned()),
        (None, None) => Some(written(body, from)).filter(|text| !text.trim().is_empty()),
    };
    let attachments = attachments(form);
    let is_form = ["InteractiveData", "FlowData"].map(|name| form.filled(name).is_some());
    if text.is_none() && attachments.is_empty() && !is_form.contains(&true) {
        return Err("a message without text, media or place");
    }
    let mut metadata = metadata(form);
    if (location.is_some() || pressed.is_some()) && !body.is_empty() {
        metadata.insert("body".to_owned(), body.into());
    }
    let id = ["MessageSid", "SmsMessageSid", "SmsSid"]
        .into_iter()
        .find_map(|name| form.filled(name))
        .map(str::to_owned);
    let reply = Reply {
        message: id.clone(),
        number: to.map(str::to_owned),
        at: Some(now.as_secs()),
        status_callback,
    };
    Ok(Message {
        id,
        text,
        attachments,
        location: location.map(|(_, location)| location),
        metadata: Some(to_json(&metadata)),
        reply: Some(reply.to_json()),
        ..Message::new(from, "")
    })
}

/// Some carriers deliver the `@` of an SMS as `¡`, which has its code in the other of two character sets; Rasa turns all of
/// them back. Here only those in the middle of a word, as in an address, so that Spanish stays what it is.
fn written(body: &str, from: &str) -> String {
    if !address::channel(from).is_empty() {
        return body.to_owned();
    }
    let mut before = ' ';
    let mend = |c: char| {
        let is_at = c == '¡' && before.is_ascii_alphanumeric();
        before = c;
        if is_at { '@' } else { c }
    };
    body.chars().map(mend).collect()
}

/// The place, and the text by which Rasa's users know it.
fn location(form: &Form) -> Option<(String, Location)> {
    let number = |name| form.filled(name).map(str::trim);
    let (latitude, longitude) = (number("Latitude")?, number("Longitude")?);
    let location = Location {
        title: form.filled("Label").map(str::to_owned),
        address: form.filled("Address").map(str::to_owned),
        ..Location::at(latitude, longitude)?
    };
    let text = format!(r#"/locationData{{"Latitude":{latitude},"Longitude":{longitude}}}"#);
    Some((text, location))
}

/// Each medium that has an address, whatever `NumMedia` says.
fn attachments(form: &Form) -> Vec<Attachment> {
    let medium = |index| {
        let url = form.filled(&format!("MediaUrl{index}"))?;
        let media_type = form.filled(&format!("MediaContentType{index}"));
        Some(Attachment {
            url: Some(url.to_owned()),
            media_type: media_type.map(str::to_owned),
            ..Attachment::new(kind(media_type.unwrap_or_default()))
        })
    };
    (0..MAX_MEDIA).filter_map(medium).collect()
}

fn kind(media_type: &str) -> &'static str {
    if media_type.starts_with("text/") && media_type.ends_with("vcard") {
        "contact"
    } else {
        Attachment::kind_of(media_type)
    }
}

/// All other parameters that say something, also those that Twilio will add: `ProfileName` as `profile_name`.
fn metadata(form: &Form) -> Map<String, Value> {
    let mut metadata = Map::new();
    for (name, value) in form.pairs() {
        let is_media = name.starts_with("MediaUrl") || name.starts_with("MediaContentType");
        if value.is_empty() || is_media || ELSEWHERE.contains(&name.as_str()) {
            continue;
        }
        let value = match (name.as_str(), value.as_str()) {
            ("Forwarded" | "FrequentlyForwarded", "true") => Value::Bool(true),
            ("Forwarded" | "FrequentlyForwarded", "false") => Value::Bool(false),
            (_, text) => text.into(),
        };
        metadata.entry(snake_case(name)).or_insert(value);
    }
    metadata
}

fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}
