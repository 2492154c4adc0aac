//! One part: one message.

mod custom;

use std::time::UNIX_EPOCH;

use serde::Serialize;
use switchboard_sdk::{
    Address, Content, Host, HttpRequest, LengthUnit, Location, MediaContent, Part,
    PermanentFailure, Receipt, SendError, text,
};

use crate::reply::Reply;
use crate::settings::{MAX_BODY, Sender, StatusCallback};
use crate::{Settings, address, api};

/// How long after a user's message WhatsApp lets us write freely, seconds.
const WINDOW: u64 = 24 * 60 * 60;

/// The parameters of a message.
type Parameters = Vec<(String, String)>;

pub(crate) fn send(
    host: &dyn Host,
    settings: &Settings,
    to: &Address,
    part: &Part,
) -> Result<Receipt, SendError> {
    let reply = Reply::read(to.reply.as_ref());
    let recipient = to.conversation.as_str();
    let mut parameters = Parameters::new();
    match &part.content {
        Content::Text(content) => put(&mut parameters, "Body", content.text.as_str()),
        Content::Image(media) => put_media(&mut parameters, media, "Image"),
        Content::File(media) => put_media(&mut parameters, media, "Attachment"),
        Content::Audio(media) => put_media(&mut parameters, media, "Audio"),
        Content::Video(media) => put_media(&mut parameters, media, "Video"),
        Content::Location(place) => put_place(&mut parameters, place, recipient),
        Content::Custom(json) => parameters = custom::parameters(json)?,
        Content::Typing => return show_typing(host, settings, recipient, &reply),
        Content::Choices(_) | Content::Cards(_) => {
            return Err(SendError::Unsupported(
                "Twilio shows choices and cards by templates only; send `content_sid` as custom JSON".to_owned(),
            ));
        }
    }
    check_window(host, &parameters, recipient, &reply)?;
    complete(&mut parameters, settings, recipient, &reply)?;
    api::create_message(host, settings, &parameters)
}

fn put(parameters: &mut Parameters, name: &str, value: impl Into<String>) {
    parameters.push((name.to_owned(), value.into()));
}

fn has(parameters: &Parameters, name: &str) -> bool {
    parameters.iter().any(|(known, _)| known == name)
}

fn put_media(parameters: &mut Parameters, media: &MediaContent, what: &str) {
    if let Some(url) = &media.url {
        if let Some(caption) = &media.caption {
            put(parameters, "Body", caption);
        }
        put(parameters, "MediaUrl", url);
    } else {
        // A form of the bot's own, as Rasa shows it.
        let source = media.source.as_deref().unwrap_or_default();
        let text = text::cut(
            &format!("{what}: {source}"),
            MAX_BODY,
            LengthUnit::Utf16Units,
        );
        put(parameters, "Body", text);
    }
}

/// A pin on WhatsApp; elsewhere words.
fn put_place(parameters: &mut Parameters, place: &Location, recipient: &str) {
    let number = |number: f64| serde_json::Value::from(number).to_string();
    let (latitude, longitude) = (number(place.latitude), number(place.longitude));
    let names: Vec<&str> = [&place.title, &place.address]
        .into_iter()
        .filter_map(|name| name.as_deref())
        .collect();
    let names = names.join("\n");
    let point = format!("{latitude}, {longitude}");
    if address::channel(recipient) == address::WHATSAPP {
        let label = place.title.as_ref().or(place.address.as_ref());
        let label = label.map_or_else(String::new, |label| format!("|{label}"));
        let action = format!("geo:{latitude},{longitude}{label}");
        put(
            parameters,
            "Body",
            if names.is_empty() { point } else { names },
        );
        put(parameters, "PersistentAction", action);
    } else if names.is_empty() {
        put(parameters, "Body", point);
    } else {
        put(parameters, "Body", format!("{names}\n{point}"));
    }
}

/// Twilio would take the message and report an hour or a minute later that it failed; told at once, the operator finds it
/// among the dead letters, and can replay it when the user has written again. Where the user's last message is not known,
/// Twilio decides.
fn check_window(
    host: &dyn Host,
    parameters: &Parameters,
    recipient: &str,
    reply: &Reply,
) -> Result<(), SendError> {
    let is_free = !has(parameters, "ContentSid") && !has(parameters, "To");
    let Some(at) = reply.at else { return Ok(()) };
    let now = host.now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let is_over = now.as_secs().saturating_sub(at) > WINDOW;
    if is_free && is_over && address::channel(recipient) == address::WHATSAPP {
        return Err(SendError::WindowClosed(
            "more than 24 hours since the user's last message: WhatsApp takes only a template, `content_sid`".to_owned(),
        ));
    }
    Ok(())
}

/// Adds what the parameters do not say themselves: who it goes to, who it comes from, where its status goes.
fn complete(
    parameters: &mut Parameters,
    settings: &Settings,
    recipient: &str,
    reply: &Reply,
) -> Result<(), SendError> {
    if !has(parameters, "To") {
        put(parameters, "To", recipient);
    }
    if !has(parameters, "From") && !has(parameters, "MessagingServiceSid") {
        let (name, value) = sender(settings, recipient, reply)?;
        put(parameters, name, value);
    }
    let callback = match &settings.status_callback {
        StatusCallback::Own => reply.status_callback.as_ref(),
        StatusCallback::At(url) => Some(url),
        StatusCallback::Off => None,
    };
    if let Some(url) = callback
        && !has(parameters, "StatusCallback")
    {
        put(parameters, "StatusCallback", url);
    }
    Ok(())
}

/// The configured sender, as long as it is on the user's channel; else the number that the user wrote to.
fn sender(
    settings: &Settings,
    recipient: &str,
    reply: &Reply,
) -> Result<(&'static str, String), SendError> {
    let written_to = reply
        .number
        .as_ref()
        .filter(|number| address::agree(number, recipient));
    let number = match (&settings.sender, written_to) {
        (Some(Sender::Service(sid)), _) => return Ok(("MessagingServiceSid", sid.clone())),
        (Some(Sender::Number(number)), _) if address::agree(number, recipient) => number.clone(),
        (_, Some(number)) => number.clone(),
        (Some(Sender::Number(number)), None) => address::on_channel_of(recipient, number),
        (None, None) => {
            return Err(SendError::Permanent(PermanentFailure {
                code: "no-sender".to_owned(),
                detail: "the user has not written yet, so there is no number to write from: set `twilio_number` or \
                         `messaging_service_sid`"
                    .to_owned(),
            }));
        }
    };
    Ok(("From", number))
}

/// What shows typing; it marks the message as read, too.
#[derive(Serialize)]
struct Typing<'a> {
    channel: &'a str,
    #[serde(rename = "messageId")]
    message_id: &'a str,
}

fn show_typing(
    host: &dyn Host,
    settings: &Settings,
    recipient: &str,
    reply: &Reply,
) -> Result<Receipt, SendError> {
    let (address::WHATSAPP, Some(message_id)) =
        (address::channel(recipient), reply.message.as_deref())
    else {
        return Err(SendError::Unsupported(
            "typing is shown on WhatsApp only, and after a message of the user".to_owned(),
        ));
    };
    let url = format!("{}/v3/Indicators/Typing.json", settings.messaging_url);
    let typing = Typing {
        channel: "WHATSAPP",
        message_id,
    };
    api::call(host, settings, HttpRequest::post(&url).json(&typing))?;
    Ok(Receipt::without_id())
}
