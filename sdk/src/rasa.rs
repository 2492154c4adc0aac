//! What Rasa's REST and callback channels take: `{"sender", "message", "input_channel", "metadata"}`.
//!
//! Stricter than Rasa where Rasa fails or answers nothing: a `message` that is no text is refused, and so is a sender
//! that is a list or a truth value, or half of a character, which a client can mend and a platform cannot. As lenient where clients rely on it: no sender, a number as sender, an empty text.

use crate::json::{object, wrong};
use crate::request::BODY;
use crate::{Json, JsonError, JsonKind, JsonObject, Message, Request, to_json};

/// The text by which Rasa is told an intent and entities without reading them out of words: `/inform{"city":"Rome"}`.
/// `entities` is a JSON object as a rule; `None` for an intent alone.
#[must_use]
#[inline]
pub fn intent(name: &str, entities: Option<&serde_json::Value>) -> String {
    match entities {
        Some(entities) => ["/", name, &to_json(entities)].concat(),
        None => ["/", name].concat(),
    }
}

/// The conversation of all who name none.
const DEFAULT_SENDER: &str = "default";

/// A message of a REST client.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbound {
    /// The conversation, and whom the answer goes to.
    pub sender: String,
    /// What was written; may be empty.
    pub text: String,
    /// What the bot is told as its `input_channel`, where the client gave one.
    pub input_channel: Option<String>,
    /// Anything, byte for byte as it came.
    pub metadata: Option<Json>,
}

impl Inbound {
    /// Reads the body of a request, as it is.
    ///
    /// # Errors
    ///
    /// A body that is no JSON object, a key of the wrong type, or half of a character in a text.
    #[inline]
    pub fn parse(request: &Request) -> Result<Self, JsonError> {
        let body = object(BODY, &request.body)?;
        Ok(Self {
            sender: sender(&body)?,
            text: body.text("message")?,
            input_channel: body
                .optional_text("input_channel")?
                .filter(|name| !name.is_empty()),
            metadata: body.json("metadata"),
        })
    }

    /// The message for the bot.
    #[must_use]
    pub fn into_message(self) -> Message {
        Message {
            input_channel: self.input_channel,
            metadata: self.metadata,
            ..Message::new(self.sender, self.text)
        }
    }
}

#[inline]
fn sender(body: &JsonObject) -> Result<String, JsonError> {
    match body.kind("sender") {
        None | Some(JsonKind::Null) => Ok(DEFAULT_SENDER.to_owned()),
        Some(JsonKind::String) => body.text("sender"),
        Some(JsonKind::Number) => Ok(body.json("sender").unwrap_or_default()),
        Some(found) => Err(wrong("sender", "a string or a number", &found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake;

    #[test]
    fn a_client_is_told_of_half_of_a_character() {
        let request = fake::post("/p", r#"{"sender":"u1","message":"hi \ud800"}"#);
        let error = Inbound::parse(&request).expect_err("no text").to_string();
        assert_eq!(error, "`message` must be a string of Unicode text");
    }

    #[test]
    fn metadata_are_handed_on_as_they_came() {
        let request = fake::post(
            "/p",
            r#"{"message":"hi","metadata":{"b":"\ud800", "a":1.0}}"#,
        );
        let inbound = Inbound::parse(&request).expect("a message");
        assert_eq!(inbound.sender, DEFAULT_SENDER);
        assert_eq!(
            inbound.metadata.as_deref(),
            Some(r#"{"b":"\ud800", "a":1.0}"#)
        );
    }

    #[test]
    fn intents_are_written_with_their_entities() {
        assert_eq!(intent("greet", None), "/greet");
        let entities = serde_json::json!({ "city": "Rome" });
        assert_eq!(
            intent("inform", Some(&entities)),
            r#"/inform{"city":"Rome"}"#
        );
    }
}
