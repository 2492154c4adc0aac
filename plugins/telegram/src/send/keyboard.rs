//! Buttons, as the `button_type` of the bot's reply wants them: `inline`, in a row below the message, `vertical`, one a
//! row, or `reply`, in the place of the user's keyboard, where a press says the title.

use serde_json::{Map, Value, json};
use switchboard_sdk::{Button, Host, Json, JsonObject, SendError};

use super::NO_TEXT;
use crate::payload;

/// Buttons that stand side by side; what Telegram's apps show.
const MAX_IN_ROW: usize = 8;

/// Keys of a button that the Bot API knows, beside its text. Of those that do something, a button has one.
const INLINE: [&str; 6] = [
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "copy_text",
    "pay",
];
const REPLY: [&str; 6] = [
    "request_contact",
    "request_location",
    "request_users",
    "request_chat",
    "request_poll",
    "web_app",
];

/// How it looks. In both kinds of keyboard.
const STYLE: [&str; 2] = ["style", "icon_custom_emoji_id"];

pub(super) fn of(
    host: &dyn Host,
    buttons: &[Button],
    extra: &JsonObject,
) -> Result<Value, SendError> {
    let button_type = extra.filled("button_type");
    if button_type.as_deref() == Some("reply") {
        let rows: Vec<Value> = buttons
            .iter()
            .map(|button| json!([reply(button)]))
            .collect();
        return Ok(json!({
            "keyboard": rows,
            "resize_keyboard": false,
            "one_time_keyboard": true,
        }));
    }
    // Any other name is taken for `inline`; in Rasa, the message would be lost.
    let in_row = if button_type.as_deref() == Some("vertical") {
        1
    } else {
        MAX_IN_ROW
    };
    let buttons: Result<Vec<Value>, SendError> =
        buttons.iter().map(|button| inline(host, button)).collect();
    let rows: Vec<Value> = buttons?.chunks(in_row).map(|row| json!(row)).collect();
    Ok(json!({ "inline_keyboard": rows }))
}

fn inline(host: &dyn Host, button: &Button) -> Result<Value, SendError> {
    let mut made = titled(button);
    if take(button.extra.as_ref(), &INLINE, &mut made) {
        return Ok(Value::Object(made));
    }
    let (name, value) = match &button.url {
        Some(url) if is_address(url) => ("url", url.clone()),
        _ => {
            let payload = button.payload.as_deref().filter(|text| !text.is_empty());
            let said = payload.unwrap_or_else(|| title(button));
            ("callback_data", payload::shortened(host, said)?)
        }
    };
    made.insert(name.to_owned(), Value::String(value));
    Ok(Value::Object(made))
}

fn reply(button: &Button) -> Value {
    let mut made = titled(button);
    take(button.extra.as_ref(), &REPLY, &mut made);
    Value::Object(made)
}

fn titled(button: &Button) -> Map<String, Value> {
    let mut made = Map::new();
    made.insert("text".to_owned(), title(button).into());
    take(button.extra.as_ref(), &STYLE, &mut made);
    made
}

/// What stands on it: something must.
fn title(button: &Button) -> &str {
    button.label().unwrap_or(NO_TEXT)
}

/// What Telegram opens. Of another kind, the button would cost the whole message.
pub(super) fn is_address(url: &str) -> bool {
    ["https://", "http://", "tg://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
}

/// Takes over the keys that are given; whether there were any.
fn take(extra: Option<&Json>, names: &[&str], made: &mut Map<String, Value>) -> bool {
    let before = made.len();
    let extra = JsonObject::or_empty(extra);
    for name in names {
        if let Some(value) = extra.value(name) {
            made.insert((*name).to_owned(), value);
        }
    }
    made.len() > before
}
