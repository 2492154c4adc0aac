//! Rasa's message objects: the form in which its REST and callback channels give a bot's messages to a client, one
//! object a part. What has no value is left out; an empty text is a value.
//!
//! Shared by every connector whose other side is a program and not a platform. It knows nothing of how the objects
//! travel.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{Button, ChoiceLimit, Content, JsonObject, MediaContent, Part, Rendering, to_json};

/// The kinds of part that have an object.
#[must_use]
pub const fn rendering() -> Rendering {
    Rendering::plain()
        .split_blank_lines()
        .buttons(ChoiceLimit::NONE)
        .quick_replies(ChoiceLimit::NONE)
        .image()
        .file()
        .audio()
        .video()
        .custom()
}

/// The objects for parts, in order. Parts of a kind that [`rendering`] does not name are left out; the host sends none.
#[must_use]
pub fn objects<'part>(recipient: &'part str, parts: &'part [Part]) -> Vec<Object<'part>> {
    parts
        .iter()
        .filter_map(|part| Object::of(recipient, part))
        .collect()
}

/// One part as a JSON object: `{"recipient_id": …, "text": …}`, with `buttons`, `image`, `attachment` or `custom`.
#[derive(Debug, Serialize)]
pub struct Object<'part> {
    recipient_id: &'part str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'part str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buttons: Option<Vec<ButtonObject<'part>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Value<'part>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment: Option<Value<'part>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom: Option<&'part RawValue>,
}

impl<'part> Object<'part> {
    /// The object for a part; `None` for a kind that [`rendering`] does not name.
    #[must_use]
    pub fn of(recipient: &'part str, part: &'part Part) -> Option<Self> {
        let mut object = Self {
            recipient_id: recipient,
            text: None,
            buttons: None,
            image: None,
            attachment: None,
            custom: None,
        };
        match &part.content {
            Content::Text(content) => object.text = Some(&content.text),
            Content::Choices(choices) => {
                object.text = choices.text.as_deref();
                object.buttons = Some(choices.buttons.iter().map(ButtonObject).collect());
            }
            Content::Image(media) => object.set_image(media),
            Content::File(media) => object.attachment = Some(attachment("file", media)),
            Content::Audio(media) => object.attachment = Some(attachment("audio", media)),
            Content::Video(media) => object.attachment = Some(attachment("video", media)),
            Content::Custom(json) => object.custom = Some(raw(json)),
            Content::Cards(_) | Content::Location(_) | Content::Typing => return None,
        }
        Some(object)
    }

    /// An image goes out as the bot gave it; one that was given in parts is its address, with its caption for a text.
    fn set_image(&mut self, media: &'part MediaContent) {
        if let Some(source) = &media.source {
            self.image = Some(Value::Given(raw(source)));
        } else {
            self.image = media.url.as_deref().map(Value::Address);
            self.text = media.caption.as_deref();
        }
    }

    /// The object as JSON text on one line: the line breaks of a bot's own JSON are white space, and become spaces.
    #[must_use]
    #[inline]
    pub fn to_json(&self) -> String {
        let json = to_json(self);
        if json.contains(['\n', '\r']) {
            json.replace(['\n', '\r'], " ")
        } else {
            json
        }
    }
}

/// What stands under `image` and `attachment`.
#[derive(Debug)]
enum Value<'part> {
    Given(&'part RawValue),
    Address(&'part str),
    Made(Attachment<'part>),
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Given(value) => value.serialize(serializer),
            Self::Address(url) => url.serialize(serializer),
            Self::Made(attachment) => attachment.serialize(serializer),
        }
    }
}

/// An attachment that did not come as one, in the form that Rasa's documentation and widgets use.
#[derive(Debug, Serialize)]
struct Attachment<'part> {
    r#type: &'part str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'part str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'part str>,
    payload: Payload<'part>,
}

#[derive(Debug, Serialize)]
struct Payload<'part> {
    src: Option<&'part str>,
}

fn attachment<'part>(kind: &'part str, media: &'part MediaContent) -> Value<'part> {
    match &media.source {
        Some(source) => Value::Given(raw(source)),
        None => Value::Made(Attachment {
            r#type: kind,
            title: media.name.as_deref(),
            text: media.caption.as_deref(),
            payload: Payload {
                src: media.url.as_deref(),
            },
        }),
    }
}

/// A button with all the keys that the bot gave.
#[derive(Debug)]
struct ButtonObject<'part>(&'part Button);

impl Serialize for ButtonObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let button = self.0;
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in [
            ("title", &button.title),
            ("payload", &button.payload),
            ("url", &button.url),
        ] {
            if let Some(value) = value {
                map.serialize_entry(name, value)?;
            }
        }
        if let Some(extra) = &button.extra {
            let extra = JsonObject::parse(extra.as_bytes())
                .expect("the contract makes the extra keys of a button a JSON object");
            for (name, value) in extra.iter() {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

fn raw(json: &str) -> &RawValue {
    serde_json::from_str(json).expect("the contract makes it one JSON value")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ChoiceStyle, ChoicesContent, TextContent};

    fn json(part: impl Into<Part>) -> String {
        Object::of("u1", &part.into())
            .expect("a kind with an object")
            .to_json()
    }

    #[test]
    fn a_text() {
        assert_eq!(
            json(Part::text("hi")),
            r#"{"recipient_id":"u1","text":"hi"}"#
        );
        assert_eq!(json(Part::text("")), r#"{"recipient_id":"u1","text":""}"#);
    }

    #[test]
    fn buttons_keep_every_key() {
        let site = Button {
            url: Some("https://example.com".to_owned()),
            extra: Some(r#"{"type":"web_url","n":1.0}"#.to_owned()),
            ..Button::new("Site", "/site")
        };
        let bare = Button {
            payload: None,
            ..Button::new("Bare", "")
        };
        assert_eq!(
            json(Part::buttons("Pick:", [site, bare])),
            r#"{"recipient_id":"u1","text":"Pick:","buttons":[{"title":"Site","payload":"/site","url":"https://example.com","type":"web_url","n":1.0},{"title":"Bare"}]}"#
        );
    }

    #[test]
    fn quick_replies_come_out_as_buttons() {
        assert_eq!(
            json(Part::quick_replies("Colour?", [Button::new("Red", "/red")])),
            r#"{"recipient_id":"u1","text":"Colour?","buttons":[{"title":"Red","payload":"/red"}]}"#
        );
    }

    #[test]
    fn choices_may_lack_text_and_buttons() {
        let choices = |text: Option<&str>| {
            json(Content::Choices(ChoicesContent {
                text: text.map(str::to_owned),
                style: ChoiceStyle::Buttons,
                buttons: Vec::new(),
            }))
        };
        assert_eq!(choices(None), r#"{"recipient_id":"u1","buttons":[]}"#);
        assert_eq!(
            choices(Some("E : S")),
            r#"{"recipient_id":"u1","text":"E : S","buttons":[]}"#
        );
    }

    #[test]
    fn images() {
        let url = "https://example.com/cat.png";
        assert_eq!(
            json(Part::image(url)),
            r#"{"recipient_id":"u1","image":"https://example.com/cat.png"}"#
        );
        let captioned = MediaContent {
            caption: Some("A cat".to_owned()),
            ..MediaContent::at(url)
        };
        assert_eq!(
            json(Content::Image(captioned)),
            r#"{"recipient_id":"u1","text":"A cat","image":"https://example.com/cat.png"}"#
        );
        let given = MediaContent {
            caption: Some("A cat".to_owned()),
            source: Some(r#"{"url":"u","title":"A cat"}"#.to_owned()),
            ..MediaContent::at("u")
        };
        assert_eq!(
            json(Content::Image(given)),
            r#"{"recipient_id":"u1","image":{"url":"u","title":"A cat"}}"#
        );
    }

    #[test]
    fn attachments() {
        let given = MediaContent {
            source: Some(r#""https://example.com/doc.pdf""#.to_owned()),
            ..MediaContent::at("https://example.com/doc.pdf")
        };
        assert_eq!(
            json(Content::File(given)),
            r#"{"recipient_id":"u1","attachment":"https://example.com/doc.pdf"}"#
        );
        assert_eq!(
            json(Content::Video(MediaContent::at(
                "https://example.com/v.mp4"
            ))),
            r#"{"recipient_id":"u1","attachment":{"type":"video","payload":{"src":"https://example.com/v.mp4"}}}"#
        );
        let named = MediaContent {
            name: Some("Doc".to_owned()),
            caption: Some("a document".to_owned()),
            ..MediaContent::at("u")
        };
        assert_eq!(
            json(Content::Audio(named)),
            r#"{"recipient_id":"u1","attachment":{"type":"audio","title":"Doc","text":"a document","payload":{"src":"u"}}}"#
        );
    }

    #[test]
    fn custom_stays_as_the_bot_wrote_it() {
        assert_eq!(
            json(Part::custom(r#"{ "b":1e400, "a":[null] }"#)),
            r#"{"recipient_id":"u1","custom":{ "b":1e400, "a":[null] }}"#
        );
        assert_eq!(
            json(Part::custom("{\r\n \"a\": \"\\n\"\n}")),
            r#"{"recipient_id":"u1","custom":{   "a": "\n" }}"#
        );
    }

    #[test]
    fn what_the_host_lowers_has_no_object() {
        let parts = [
            Part::from(Content::Typing),
            Part::from(Content::Text(TextContent {
                text: "seen".to_owned(),
            })),
            Part::from(Content::Cards(Vec::new())),
        ];
        let objects = objects("u1", &parts);
        assert_eq!(objects.len(), 1);
        assert_eq!(
            objects[0].to_json(),
            r#"{"recipient_id":"u1","text":"seen"}"#
        );
    }
}
