//! One part: one message.

mod custom;

use serde::Serialize;
use switchboard_sdk::{
    Address, Content, Host, HttpRequest, LengthUnit, Location, MediaContent, Part, Receipt,
    SendError, text, to_json,
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
    let user = to.conversation.as_str();
    let mut said = Parameters::new();
    match &part.content {
        Content::Text(content) => put(&mut said, "Body", content.text.as_str()),
        Content::Image(media) => put_media(&mut said, media, "Image"),
        Content::File(media) => put_media(&mut said, media, "Attachment"),
        Content::Audio(media) => put_media(&mut said, media, "Audio"),
        Content::Video(media) => put_media(&mut said, media, "Video"),
        Content::Location(place) => put_place(&mut said, place, user),
        Content::Custom(json) => said = custom::parameters(json)?,
        Content::Typing => return show_typing(host, settings, user, &reply),
        Content::Choices(_) | Content::Cards(_) => {
            return Err(SendError::Unsupported(
                "Twilio shows choices and cards by templates only; send `content_sid` as custom JSON".to_owned(),
            ));
        }
    }
    check_window(host, &said, user, &reply)?;
    api::create_message(host, settings, &complete(said, settings, user, &reply)?)
}

fn put(parameters: &mut Parameters, name: &str, value: impl Into<String>) {
    parameters.push((name.to_owned(), value.into()));
}

fn get<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    let mut all = parameters.iter();
    all.find_map(|(known, value)| (known == name).then_some(value.as_str()))
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
fn put_place(parameters: &mut Parameters, place: &Location, user: &str) {
    let (latitude, longitude) = (to_json(&place.latitude), to_json(&place.longitude));
    let names: Vec<&str> = [&place.title, &place.address]
        .into_iter()
        .filter_map(|name| name.as_deref())
        .collect();
    let names = names.join("\n");
    let point = format!("{latitude}, {longitude}");
    if address::channel(user) == address::WHATSAPP {
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

/// Twilio would take the message and report later that it failed; told at once, the operator finds it among the dead
/// letters, and can replay it when the user has written again. Where the user's last message is not known, Twilio decides.
fn check_window(
    host: &dyn Host,
    said: &Parameters,
    user: &str,
    reply: &Reply,
) -> Result<(), SendError> {
    let is_free = get(said, "ContentSid").is_none() && get(said, "To").is_none();
    let Some(at) = reply.at else { return Ok(()) };
    let is_over = host.unix_time().as_secs().saturating_sub(at) > WINDOW;
    if is_free && is_over && address::channel(user) == address::WHATSAPP {
        return Err(SendError::WindowClosed(
            "more than 24 hours since the user's last message: WhatsApp takes only a template, `content_sid`".to_owned(),
        ));
    }
    Ok(())
}

/// The message with what the bot did not say itself: who it goes to, who it comes from, where its status goes.
fn complete(
    mut said: Parameters,
    settings: &Settings,
    user: &str,
    reply: &Reply,
) -> Result<Parameters, SendError> {
    let mut parameters = Parameters::new();
    let recipient = get(&said, "To").unwrap_or(user);
    if get(&said, "To").is_none() {
        put(&mut parameters, "To", user);
    }
    if get(&said, "From").is_none() && get(&said, "MessagingServiceSid").is_none() {
        let (name, value) = sender(settings, recipient, reply)?;
        put(&mut parameters, name, value);
    }
    let is_to_be_reported = get(&said, "StatusCallback").is_none();
    parameters.append(&mut said);
    let callback = match &settings.status_callback {
        StatusCallback::Own => reply.status_callback.as_ref(),
        StatusCallback::At(url) => Some(url),
        StatusCallback::Off => None,
    };
    if let Some(url) = callback.filter(|_| is_to_be_reported) {
        put(&mut parameters, "StatusCallback", url);
    }
    Ok(parameters)
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
            return Err(SendError::permanent(
                "no-sender",
                "the user has not written yet, so there is no number to write from: set `twilio_number` or \
                 `messaging_service_sid`",
            ));
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
    user: &str,
    reply: &Reply,
) -> Result<Receipt, SendError> {
    let (address::WHATSAPP, Some(message_id)) = (address::channel(user), reply.message.as_deref())
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
