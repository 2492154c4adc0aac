//! How much memory an event takes, so that a connector cannot hand over more than the host has.

use crate::bindings::types::{Attachment, Event, Location, Message, OtherEvent};

/// What the least of events takes beside its texts, bytes.
const RECORD: usize = 256;

/// The bytes of an event's texts, and something for the rest.
pub(crate) fn weight(event: &Event) -> usize {
    let texts = match event {
        Event::Message(message) => of_message(message),
        Event::Status(status) => status.id.len() + of_all([&status.detail]),
        Event::Other(other) => of_other(other),
    };
    RECORD + texts
}

fn of_message(message: &Message) -> usize {
    let Message {
        id,
        conversation,
        sender,
        text,
        attachments,
        location,
        metadata,
        input_channel,
        reply,
    } = message;
    conversation.len()
        + sender.len()
        + of_all([id, text, metadata, input_channel, reply])
        + attachments.iter().map(of_attachment).sum::<usize>()
        + location.as_ref().map_or(0, of_location)
}

fn of_other(other: &OtherEvent) -> usize {
    other.conversation.len()
        + other.name.len()
        + other.data.len()
        + of_all([&other.id, &other.reply])
}

fn of_attachment(attachment: &Attachment) -> usize {
    let Attachment {
        kind,
        url,
        id,
        media_type,
        name,
        size: _,
    } = attachment;
    RECORD + kind.len() + of_all([url, id, media_type, name])
}

fn of_location(location: &Location) -> usize {
    of_all([&location.title, &location.address])
}

fn of_all<const N: usize>(texts: [&Option<String>; N]) -> usize {
    texts.into_iter().flatten().map(String::len).sum()
}
