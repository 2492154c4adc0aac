//! Ways to write down messages and parts, from the plain case on.

use crate::{
    Attachment, Button, ChoiceStyle, ChoicesContent, Content, DeliveryStatus, Event, Json,
    Location, MediaContent, Message, OtherEvent, Part, Receipt, StatusUpdate, TextContent,
};

impl Message {
    /// A text from someone, in a conversation that is named after them. Set the rest by struct update:
    /// `Message { metadata, ..Message::new(sender, text) }`.
    #[must_use]
    pub fn new(sender: impl Into<String>, text: impl Into<String>) -> Self {
        let sender = sender.into();
        Self {
            id: None,
            conversation: sender.clone(),
            sender,
            text: Some(text.into()),
            attachments: Vec::new(),
            location: None,
            metadata: None,
            input_channel: None,
            reply: None,
        }
    }
}

impl Attachment {
    /// An attachment of which nothing is known but its kind. Set the rest by struct update:
    /// `Attachment { url, ..Attachment::new("image") }`.
    #[must_use]
    pub fn new(kind: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            url: None,
            id: None,
            media_type: None,
            name: None,
            size: None,
        }
    }

    /// The kind for a media type: `image`, `audio` or `video`, and `file` for every other.
    #[must_use]
    pub fn kind_of(media_type: &str) -> &'static str {
        match media_type.split_once('/') {
            Some(("image", _)) => "image",
            Some(("audio", _)) => "audio",
            Some(("video", _)) => "video",
            _ => "file",
        }
    }
}

impl Location {
    /// A place by its degrees, each a number as JSON writes it; `None` if one is no number, or further than there is: 90
    /// for the latitude, 180 for the longitude. Set the rest by struct update.
    #[must_use]
    #[inline]
    pub fn at(latitude: &str, longitude: &str) -> Option<Self> {
        let degrees = |text, most: f64| {
            let degrees: f64 = serde_json::from_str(text).ok()?;
            (degrees.abs() <= most).then_some(degrees)
        };
        Some(Self {
            latitude: degrees(latitude, 90.0)?,
            longitude: degrees(longitude, 180.0)?,
            title: None,
            address: None,
        })
    }
}

impl StatusUpdate {
    /// News of the part that the platform calls `id`, as its [`Receipt`] said.
    #[must_use]
    pub fn new(id: impl Into<String>, status: DeliveryStatus) -> Self {
        Self {
            id: id.into(),
            status,
            detail: None,
        }
    }
}

impl OtherEvent {
    /// Something that happened in a conversation and is no message, its name in kebab-case. Set the rest by struct
    /// update: `OtherEvent { id, ..OtherEvent::new(conversation, name, data) }`.
    #[must_use]
    pub fn new(
        conversation: impl Into<String>,
        name: impl Into<String>,
        data: impl Into<Json>,
    ) -> Self {
        Self {
            id: None,
            conversation: conversation.into(),
            name: name.into(),
            data: data.into(),
            reply: None,
        }
    }
}

impl From<Message> for Event {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

impl From<StatusUpdate> for Event {
    fn from(update: StatusUpdate) -> Self {
        Self::Status(update)
    }
}

impl From<OtherEvent> for Event {
    fn from(event: OtherEvent) -> Self {
        Self::Other(event)
    }
}

impl Part {
    /// A text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Content::Text(TextContent { text: text.into() }).into()
    }

    /// A question with buttons.
    #[must_use]
    pub fn buttons(text: impl Into<String>, buttons: impl Into<Vec<Button>>) -> Self {
        Content::Choices(ChoicesContent {
            text: Some(text.into()),
            style: ChoiceStyle::Buttons,
            buttons: buttons.into(),
        })
        .into()
    }

    /// A question with quick replies.
    #[must_use]
    pub fn quick_replies(text: impl Into<String>, buttons: impl Into<Vec<Button>>) -> Self {
        Content::Choices(ChoicesContent {
            text: Some(text.into()),
            style: ChoiceStyle::QuickReplies,
            buttons: buttons.into(),
        })
        .into()
    }

    /// An image at an address.
    #[must_use]
    pub fn image(url: impl Into<String>) -> Self {
        Content::Image(MediaContent::at(url)).into()
    }

    /// The platform's own format, as JSON text.
    #[must_use]
    pub fn custom(json: impl Into<String>) -> Self {
        Content::Custom(json.into()).into()
    }
}

impl From<Content> for Part {
    fn from(content: Content) -> Self {
        Self {
            content,
            extra: None,
        }
    }
}

impl Button {
    /// A button that gives the bot a payload as the user's message.
    #[must_use]
    pub fn new(title: impl Into<String>, payload: impl Into<String>) -> Self {
        Self {
            title: Some(title.into()),
            payload: Some(payload.into()),
            url: None,
            extra: None,
        }
    }

    /// What to write on it: its title, or else its payload, or else its address, whichever is not blank.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        let texts = [&self.title, &self.payload, &self.url];
        let mut texts = texts.into_iter().flatten().map(String::as_str);
        texts.find(|text| !text.trim().is_empty())
    }
}

impl MediaContent {
    /// Media at an address.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: Some(url.into()),
            caption: None,
            name: None,
            media_type: None,
            source: None,
        }
    }
}

impl Receipt {
    /// The platform took the part and gave it no id.
    #[must_use]
    pub const fn without_id() -> Self {
        Self { id: None }
    }

    /// The platform took the part and calls it `id`.
    #[must_use]
    pub fn with_id(id: impl Into<String>) -> Self {
        Self {
            id: Some(id.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_on_earth() {
        let at = |latitude, longitude| {
            Location::at(latitude, longitude).map(|place| (place.latitude, place.longitude))
        };
        assert_eq!(at("-33.5", " 1.5e2"), Some((-33.5, 150.0)));
        assert_eq!(at("90", "-180"), Some((90.0, -180.0)));
        for (latitude, longitude) in [
            ("90.1", "0"),
            ("0", "181"),
            ("NaN", "0"),
            ("", "0"),
            ("0", "x"),
        ] {
            assert_eq!(at(latitude, longitude), None, "{latitude} {longitude}");
        }
    }

    #[test]
    fn kinds_of_media() {
        for (media_type, kind) in [
            ("image/png", "image"),
            ("audio/ogg; codecs=opus", "audio"),
            ("video/mp4", "video"),
            ("application/pdf", "file"),
            ("image", "file"),
            ("", "file"),
        ] {
            assert_eq!(Attachment::kind_of(media_type), kind, "{media_type}");
        }
    }

    #[test]
    fn something_stands_on_a_button() {
        let mut button = Button::new("Yes", "/yes");
        assert_eq!(button.label(), Some("Yes"));
        button.title = Some(" ".to_owned());
        assert_eq!(button.label(), Some("/yes"));
        button.payload = None;
        button.url = Some("https://a.example".to_owned());
        assert_eq!(button.label(), Some("https://a.example"));
        button.url = None;
        assert_eq!(button.label(), None);
    }
}
