//! Ways to write down messages and parts, from the plain case on.

use crate::{
    Button, ChoiceStyle, ChoicesContent, Content, DeliveryStatus, Event, Json, MediaContent,
    Message, OtherEvent, Part, Receipt, StatusUpdate, TextContent,
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
