//! One reply of a bot in Rasa's shape, taken apart.
//!
//! A reply is a JSON object with some of `text`, `quick_replies`, `buttons`, `custom`, `image`, `attachment` and
//! `elements`. Rasa sends them in this order, whatever the order in the object: choices or else text, then custom, image,
//! attachment, elements. All other keys go along with every part. A key of the wrong type costs that key, never the reply.

use serde_json::{Map, Value};

use crate::bindings::types::{
    Button, Card, ChoiceStyle, ChoicesContent, Content, MediaContent, Part, TextContent,
};

/// The parts of one reply, in the order in which they are sent.
#[must_use]
pub fn parts(reply: Value) -> Vec<Part> {
    let Value::Object(mut reply) = reply else {
        tracing::warn!("the bot gave a reply that is no JSON object; it was left out");
        return Vec::new();
    };
    let mut contents = Vec::new();
    let quick_replies = list(&mut reply, "quick_replies");
    let buttons = list(&mut reply, "buttons");
    let text = reply.remove("text").and_then(text_of);
    if !quick_replies.is_empty() {
        contents.push(choices(text, ChoiceStyle::QuickReplies, quick_replies));
    } else if !buttons.is_empty() {
        contents.push(choices(text, ChoiceStyle::Buttons, buttons));
    } else if let Some(text) = text.filter(|text| !text.is_empty()) {
        contents.push(Content::Text(TextContent { text }));
    }
    if let Some(custom) = reply.remove("custom").filter(is_something) {
        contents.push(Content::Custom(custom.to_string()));
    }
    let image = reply.remove("image").filter(is_something);
    let attachment = reply.remove("attachment").filter(is_something);
    // Rasa stores an image as an attachment too; it is sent once.
    let attachment = attachment.filter(|attachment| Some(attachment) != image.as_ref());
    if let Some(image) = image {
        contents.push(Content::Image(media(image)));
    }
    if let Some(attachment) = attachment {
        contents.push(Content::File(media(attachment)));
    }
    let elements = list(&mut reply, "elements");
    if !elements.is_empty() {
        contents.push(Content::Cards(elements.into_iter().map(card).collect()));
    }
    reply.remove("recipient_id");
    reply.retain(|_, value| !value.is_null());
    let extra = (!reply.is_empty()).then(|| Value::Object(reply).to_string());
    contents
        .into_iter()
        .map(|content| Part {
            content,
            extra: extra.clone(),
        })
        .collect()
}

/// What Python calls true: Rasa leaves out a key that is empty.
pub(super) fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Number(n) => n.as_f64() != Some(0.0),
        Value::String(s) => !s.is_empty(),
        Value::Array(a) => !a.is_empty(),
        Value::Object(o) => !o.is_empty(),
    }
}

/// The key's list; a single object is taken for a list of one.
fn list(reply: &mut Map<String, Value>, key: &str) -> Vec<Value> {
    match reply.remove(key) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(one @ Value::Object(_)) => vec![one],
        Some(_) => {
            tracing::warn!(
                key,
                "the bot gave something else than a list; it was left out"
            );
            Vec::new()
        }
    }
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Null => None,
        _ => {
            tracing::warn!(
                key = "text",
                "the bot gave something else than a text; it was left out"
            );
            None
        }
    }
}

fn choices(text: Option<String>, style: ChoiceStyle, items: Vec<Value>) -> Content {
    Content::Choices(ChoicesContent {
        text,
        style,
        buttons: items.into_iter().map(button).collect(),
    })
}

fn button(value: Value) -> Button {
    match value {
        Value::Object(mut keys) => Button {
            title: string(&mut keys, "title"),
            payload: string(&mut keys, "payload"),
            url: string(&mut keys, "url"),
            extra: (!keys.is_empty()).then(|| Value::Object(keys).to_string()),
        },
        // A bare text names the button and is what it says.
        Value::String(title) => Button {
            payload: Some(title.clone()),
            title: Some(title),
            url: None,
            extra: None,
        },
        other => Button {
            title: Some(other.to_string()),
            payload: None,
            url: None,
            extra: None,
        },
    }
}

fn card(value: Value) -> Card {
    let mut keys = match value {
        Value::Object(keys) => keys,
        other => Map::from_iter([("title".to_owned(), Value::String(other.to_string()))]),
    };
    let buttons = list(&mut keys, "buttons");
    Card {
        title: string(&mut keys, "title"),
        subtitle: string(&mut keys, "subtitle"),
        image_url: string(&mut keys, "image_url"),
        url: string(&mut keys, "url"),
        buttons: buttons.into_iter().map(button).collect(),
        extra: (!keys.is_empty()).then(|| Value::Object(keys).to_string()),
    }
}

/// An image is an address, an attachment an address or an object of the bot's own kind; Rasa's web clients know
/// `{"type", "payload": {"src"}}`.
fn media(value: Value) -> MediaContent {
    let address = |v: &Value| v.as_str().map(str::to_owned);
    let url = match &value {
        Value::String(url) => Some(url.clone()),
        Value::Object(keys) => keys
            .get("url")
            .and_then(address)
            .or_else(|| value.pointer("/payload/src").and_then(address))
            .or_else(|| value.pointer("/payload/url").and_then(address)),
        _ => None,
    };
    let caption = value.get("title").and_then(address);
    MediaContent {
        url,
        caption,
        name: None,
        media_type: None,
        source: Some(value.to_string()),
    }
}

/// Takes the key out only where it is a text, so that what has another type stays among the extras as it was given.
fn string(keys: &mut Map<String, Value>, key: &str) -> Option<String> {
    match keys.remove(key) {
        Some(Value::String(text)) => Some(text),
        Some(other) => {
            keys.insert(key.to_owned(), other);
            None
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn contents(reply: Value) -> Vec<Content> {
        parts(reply).into_iter().map(|part| part.content).collect()
    }

    fn kinds(reply: Value) -> Vec<&'static str> {
        contents(reply)
            .iter()
            .map(|content| match content {
                Content::Text(_) => "text",
                Content::Choices(choices) if choices.style == ChoiceStyle::Buttons => "buttons",
                Content::Choices(_) => "quick",
                Content::Image(_) => "image",
                Content::File(_) => "file",
                Content::Cards(_) => "cards",
                Content::Custom(_) => "custom",
                _ => "other",
            })
            .collect()
    }

    #[test]
    fn rasas_order_whatever_the_order_in_the_object() {
        let everything = json!({
            "elements": [{"title": "E"}], "attachment": {"a": 1}, "image": "http://i", "custom": {"c": 1},
            "buttons": [{"title": "b"}], "text": "t",
        });
        assert_eq!(
            kinds(everything.clone()),
            ["buttons", "custom", "image", "file", "cards"]
        );
        let mut with_quick_replies = everything;
        with_quick_replies["quick_replies"] = json!([{"title": "q"}]);
        assert_eq!(
            kinds(with_quick_replies),
            ["quick", "custom", "image", "file", "cards"]
        );
    }

    #[test]
    fn empty_keys_are_no_parts() {
        let empty = json!({
            "text": "", "custom": {}, "image": null, "attachment": null, "elements": [], "buttons": [],
            "quick_replies": null,
        });
        assert_eq!(contents(empty), []);
        assert_eq!(kinds(json!({"text": "   "})), ["text"]);
        assert_eq!(
            kinds(json!({"image": "http://i", "attachment": "http://i"})),
            ["image"]
        );
    }

    #[test]
    fn other_keys_go_along_with_every_part() {
        let parts = parts(json!({
            "recipient_id": "u", "text": "t", "image": "http://i", "button_type": "vertical", "x": null,
        }));
        assert_eq!(parts.len(), 2);
        for part in parts {
            assert_eq!(part.extra.as_deref(), Some(r#"{"button_type":"vertical"}"#));
        }
    }

    #[test]
    fn a_button_keeps_all_its_keys() {
        let given = json!({"text": "t", "buttons": [
            {"title": "Site", "payload": "/site", "type": "web_url", "url": "http://u"},
            {"title": "Odd", "payload": {"a": 1}},
        ]});
        let [Content::Choices(choices)] = &contents(given)[..] else {
            panic!("one set of choices")
        };
        assert_eq!(choices.buttons[0].url.as_deref(), Some("http://u"));
        assert_eq!(
            choices.buttons[0].extra.as_deref(),
            Some(r#"{"type":"web_url"}"#)
        );
        assert_eq!(choices.buttons[1].payload, None);
        assert_eq!(
            choices.buttons[1].extra.as_deref(),
            Some(r#"{"payload":{"a":1}}"#)
        );
    }

    #[test]
    fn wrong_types_cost_their_key_only() {
        assert_eq!(
            kinds(json!({"text": ["no"], "buttons": "no", "image": "http://i"})),
            ["image"]
        );
        assert_eq!(
            contents(json!({"text": 42})),
            [Content::Text(TextContent { text: "42".into() })]
        );
        assert_eq!(parts(json!("no object")), []);
    }
}
