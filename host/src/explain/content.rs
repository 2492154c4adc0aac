//! What was said, in a few words: enough to recognise it, and safe to print.

use serde::Deserialize as _;
use serde_json::Value;

use crate::bindings::types::{Content, MediaContent, Message, Part};
use crate::store::EventBody;

/// Characters of what somebody said.
const SAID: usize = 80;

/// Characters of what went wrong: platforms and bots have their say in it.
const REASON: usize = 500;

/// What a user did, as `text "hello", image`.
pub(super) fn event(body: &EventBody) -> String {
    match body {
        EventBody::Message(message) => message_content(message),
        EventBody::Other(other) => format!("event {}", plain(&other.name, SAID)),
    }
}

fn message_content(message: &Message) -> String {
    let text = message.text.as_deref().filter(|text| !text.is_empty());
    let said = text.map(|text| format!("text {}", quoted(text)));
    let attachments = message.attachments.iter();
    let attachments = attachments.map(|attachment| plain(&attachment.kind, SAID));
    let location = message.location.iter().map(|_| "location".to_owned());
    let all: Vec<String> = said
        .into_iter()
        .chain(attachments)
        .chain(location)
        .collect();
    if all.is_empty() {
        "nothing".to_owned()
    } else {
        all.join(", ")
    }
}

/// What is sent, as `text "Hi!"` or `image https://…`.
pub(super) fn part(content: &Value) -> String {
    let Ok(part) = Part::deserialize(content) else {
        return format!("unreadable {}", plain(&content.to_string(), SAID));
    };
    match part.content {
        Content::Text(text) => format!("text {}", quoted(&text.text)),
        Content::Choices(choices) => {
            let text = choices.text.as_deref().unwrap_or_default();
            format!(
                "choices {}, {} of them",
                quoted(text),
                choices.buttons.len()
            )
        }
        Content::Image(media) => media_content("image", &media),
        Content::File(media) => media_content("file", &media),
        Content::Audio(media) => media_content("audio", &media),
        Content::Video(media) => media_content("video", &media),
        Content::Cards(cards) => {
            let title = cards.first().and_then(|card| card.title.as_deref());
            let title = quoted(title.unwrap_or_default());
            format!("cards, {} of them, the first {title}", cards.len())
        }
        Content::Location(at) => format!("location {}, {}", at.latitude, at.longitude),
        Content::Custom(json) => format!("custom {}", plain(&json, SAID)),
        Content::Typing => "typing".to_owned(),
    }
}

fn media_content(kind: &str, media: &MediaContent) -> String {
    match (&media.url, &media.source) {
        (Some(url), _) => format!("{kind} {}", plain(url, SAID)),
        (None, Some(source)) => format!("{kind} {}", plain(source, SAID)),
        (None, None) => kind.to_owned(),
    }
}

/// Shortened, in quotation marks.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", plain(text, SAID))
}

/// What went wrong.
pub(crate) fn reason(text: &str) -> String {
    plain(text, REASON)
}

/// At most `most` characters, and none that a terminal would obey: neither controls nor those that turn the direction of
/// writing.
fn plain(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == most {
            shown.push('…');
            break;
        }
        let turns = matches!(
            character,
            '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        );
        if character.is_control() || turns {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(
            quoted("a\u{1b}[31m\n\u{202e}ü"),
            r#""a\u{1b}[31m\n\u{202e}ü""#
        );
        assert_eq!(quoted(&"ä".repeat(80)), format!("\"{}\"", "ä".repeat(80)));
        assert_eq!(quoted(&"ä".repeat(81)), format!("\"{}…\"", "ä".repeat(80)));
    }

    #[test]
    fn parts_in_a_few_words() {
        let of = |content: Content| {
            let part = Part {
                content,
                extra: None,
            };
            part_value(&part)
        };
        let media = MediaContent {
            url: Some("https://example.com/a.png".into()),
            caption: None,
            name: None,
            media_type: None,
            source: None,
        };
        assert_eq!(of(Content::Image(media)), "image https://example.com/a.png");
        assert_eq!(of(Content::Custom("{\"a\":1}".into())), "custom {\"a\":1}");
        assert_eq!(of(Content::Typing), "typing");
        assert_eq!(
            part(&json!({"from": "later"})),
            r#"unreadable {"from":"later"}"#
        );
    }

    fn part_value(value: &Part) -> String {
        part(&serde_json::to_value(value).expect("a part is JSON"))
    }
}
