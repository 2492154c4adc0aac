//! A press of a button. Telegram shows that it is busy until the press is answered, and takes the answer in the response
//! to the update: so none is waited for, and none is forgotten.

use serde_json::json;
use switchboard_sdk::{JsonObject, Message, Refusal, Response};

use super::{CALLBACK, Update, done};
use crate::fields;
use crate::payload;
use crate::place::Place;

impl Update<'_> {
    pub(super) fn callback(&self, query: &JsonObject) -> Result<Response, Refusal> {
        self.pressed(query)?;
        Ok(match fields::text(query, "id") {
            Some(id) => Response::json(
                200,
                &json!({ "method": "answerCallbackQuery", "callback_query_id": id }),
            ),
            None => done(),
        })
    }

    fn pressed(&self, query: &JsonObject) -> Result<(), Refusal> {
        let message = fields::object(query, "message");
        let from = fields::object(query, "from");
        // A message that was sent by way of an inline query has no chat that is known.
        let place = message
            .as_ref()
            .and_then(Place::of)
            .or_else(|| Place::with(from.as_ref()?));
        let Some(place) = place else {
            self.skip("a button was pressed, and it is not known where");
            return Ok(());
        };
        let Some(data) = fields::text(query, "data") else {
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
                .and_then(|from| fields::integer(&from, "id"))
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
    let keyboard = fields::object(message, "reply_markup")?;
    let rows = keyboard.json("inline_keyboard")?;
    let rows = fields::items(&rows);
    let buttons = rows.iter().flat_map(|row| fields::items(row.get()));
    let mut buttons = buttons.filter_map(|button| JsonObject::parse(button.get().as_bytes()).ok());
    let pressed =
        buttons.find(|button| fields::text(button, "callback_data").as_deref() == Some(data))?;
    fields::text(&pressed, "text")
}
