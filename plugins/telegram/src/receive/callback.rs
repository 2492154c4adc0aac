//! A press of a button. Telegram shows that it is busy until the press is answered, and takes the answer in the response
//! to the update: so none is waited for, and none is forgotten.

use serde_json::{Value, json};
use switchboard_sdk::{JsonObject, Message, Refusal, Response};

use super::{CALLBACK, Update, done};
use crate::payload;
use crate::place::Place;

impl Update<'_> {
    pub(super) fn callback(&self, query: &JsonObject) -> Result<Response, Refusal> {
        self.pressed(query)?;
        Ok(match query.filled("id") {
            Some(id) => Response::json(
                200,
                &json!({ "method": "answerCallbackQuery", "callback_query_id": id }),
            ),
            None => done(),
        })
    }

    fn pressed(&self, query: &JsonObject) -> Result<(), Refusal> {
        let message = query.object("message");
        let from = query.object("from");
        // A message that was sent by way of an inline query has no chat that is known.
        let place = message
            .as_ref()
            .and_then(Place::of)
            .or_else(|| Place::with(from.as_ref()?));
        let Some(place) = place else {
            self.skip("a button was pressed, and it is not known where");
            return Ok(());
        };
        let Some(data) = query.filled("data") else {
            // The button of a game.
            return self.happened(&place, CALLBACK);
        };
        let text = match payload::resolved(self.host, data.clone())? {
            Some(text) => Some(text),
            None => message.and_then(|message| title(&message, &data)),
        };
        self.said(Message {
            id: self.id.clone(),
            conversation: place.conversation(self.settings.conversation_granularity),
            sender: from
                .and_then(|from| from.whole_number("id"))
                .unwrap_or_else(|| place.chat.clone()),
            text: text.or(Some(data)),
            attachments: Vec::new(),
            location: None,
            metadata: Some(self.json.clone()),
            input_channel: None,
            reply: Some(place.reply()),
        })
    }
}

/// What stands on the button that was pressed: the next best thing to a payload that is no longer kept.
fn title(message: &JsonObject, data: &str) -> Option<String> {
    let keyboard = message.object("reply_markup")?;
    let rows: Vec<Value> = keyboard.value("inline_keyboard")?;
    let mut buttons = rows.iter().filter_map(Value::as_array).flatten();
    let pressed = buttons.find(|button| button["callback_data"] == data)?;
    let title = pressed["text"].as_str().filter(|title| !title.is_empty());
    title.map(str::to_owned)
}
