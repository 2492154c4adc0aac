//! What the webhook bot gets to read.
//!
//! The contract's words in snake_case; what is not there is left out. The platform's address for answers (`reply`) is
//! between host and connector and does not leave the server: whoever answers later names the conversation.

use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::value::RawValue;

use crate::bindings::types::{Attachment, BotError, Location};
use crate::bot::{News, Question, call};

/// The last second that RFC 3339 can write, since 1970.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// What is posted, `kind` being the event's type.
pub(super) fn envelope(
    kind: &'static str,
    received: SystemTime,
    data: impl Serialize,
) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Envelope<T> {
        r#type: &'static str,
        timestamp: String,
        data: T,
    }
    let writable = SystemTime::UNIX_EPOCH..=SystemTime::UNIX_EPOCH + LAST;
    let received = received.clamp(*writable.start(), *writable.end());
    serde_json::to_vec(&Envelope {
        r#type: kind,
        timestamp: humantime::format_rfc3339_millis(received).to_string(),
        data,
    })
}

/// The data of a `message`.
#[derive(Serialize)]
pub(super) struct MessageData<'a> {
    id: &'a str,
    channel: &'a str,
    conversation: &'a str,
    sender: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    attachments: Vec<AttachmentData<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationData<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a RawValue>,
    input_channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform_id: Option<&'a str>,
}

/// The data of an `event`.
#[derive(Serialize)]
pub(super) struct EventData<'a> {
    id: &'a str,
    channel: &'a str,
    conversation: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform_id: Option<&'a str>,
}

#[derive(Serialize)]
struct AttachmentData<'a> {
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
}

#[derive(Serialize)]
struct LocationData<'a> {
    latitude: f64,
    longitude: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
}

impl<'a> MessageData<'a> {
    pub(super) fn new(question: &Question<'a>) -> Result<Self, BotError> {
        let message = question.message;
        Ok(Self {
            id: question.id,
            channel: question.channel,
            conversation: &message.conversation,
            sender: &message.sender,
            text: message.text.as_deref(),
            attachments: message.attachments.iter().map(Into::into).collect(),
            location: message.location.as_ref().map(Into::into),
            metadata: call::embedded(message.metadata.as_deref())?,
            input_channel: question.input_channel,
            platform_id: message.id.as_deref(),
        })
    }
}

impl<'a> EventData<'a> {
    pub(super) fn new(news: &News<'a>) -> Result<Self, BotError> {
        Ok(Self {
            id: news.id,
            channel: news.channel,
            conversation: &news.event.conversation,
            name: &news.event.name,
            data: call::embedded(Some(&news.event.data))?,
            platform_id: news.event.id.as_deref(),
        })
    }
}

impl<'a> From<&'a Attachment> for AttachmentData<'a> {
    fn from(attachment: &'a Attachment) -> Self {
        Self {
            kind: &attachment.kind,
            url: attachment.url.as_deref(),
            id: attachment.id.as_deref(),
            media_type: attachment.media_type.as_deref(),
            name: attachment.name.as_deref(),
            size: attachment.size,
        }
    }
}

impl<'a> From<&'a Location> for LocationData<'a> {
    fn from(location: &'a Location) -> Self {
        Self {
            latitude: location.latitude,
            longitude: location.longitude,
            title: location.title.as_deref(),
            address: location.address.as_deref(),
        }
    }
}
