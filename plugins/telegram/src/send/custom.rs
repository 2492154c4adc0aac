//! Custom JSON: what a bot wants to say to Telegram in Telegram's words. Which method is meant follows from the keys, by
//! Rasa's rules; where they know none, or not the right one, the bot names it under `method`.

use serde_json::{Map, Value};
use switchboard_sdk::SendError;

use super::Call;

/// Keys that must all be there, and what they mean; the first that fits holds. Rasa goes on to the others, and gives each
/// the keys of all, which fails. Its rule for invoices asks for a key that does not exist.
const RULES: [(&[&str], &str); 15] = [
    (&["text"], "sendMessage"),
    (&["photo"], "sendPhoto"),
    (&["audio"], "sendAudio"),
    (&["document"], "sendDocument"),
    (&["sticker"], "sendSticker"),
    (&["video"], "sendVideo"),
    (&["video_note"], "sendVideoNote"),
    (&["animation"], "sendAnimation"),
    (&["voice"], "sendVoice"),
    (&["media"], "sendMediaGroup"),
    (&["latitude", "longitude", "title", "address"], "sendVenue"),
    (&["latitude", "longitude"], "sendLocation"),
    (&["phone_number", "first_name"], "sendContact"),
    (&["game_short_name"], "sendGame"),
    (&["action"], "sendChatAction"),
];

/// The rule for invoices.
const INVOICE: [&str; 5] = ["title", "description", "payload", "currency", "prices"];

/// Methods that are not a bot's to call: they take the channel away from under the server.
const FORBIDDEN: [&str; 5] = [
    "setWebhook",
    "deleteWebhook",
    "getUpdates",
    "logOut",
    "close",
];

pub(super) fn call(json: &str) -> Result<Call, SendError> {
    let Ok(Value::Object(mut body)) = serde_json::from_str(json) else {
        return Err(unsupported("custom JSON for Telegram must be an object"));
    };
    let method = match body.remove("method") {
        Some(Value::String(method)) => named(&method)?.to_owned(),
        Some(_) => return Err(unsupported("`method` must be a text")),
        None => by_rule(&body)?.to_owned(),
    };
    body.retain(|_, value| !value.is_null());
    Ok(Call {
        method,
        body,
        instead: None,
    })
}

fn by_rule(body: &Map<String, Value>) -> Result<&'static str, SendError> {
    let has = |name: &&str| body.get(*name).is_some_and(|value| !value.is_null());
    let rule = RULES.iter().find(|(names, _)| names.iter().all(has));
    let invoice = || INVOICE.iter().all(has).then_some("sendInvoice");
    rule.map(|(_, method)| *method)
        .or_else(invoice)
        .ok_or_else(|| {
            unsupported("no rule knows this custom JSON; name the Bot API's method under `method`")
        })
}

/// A method by its name, which becomes part of an address.
fn named(method: &str) -> Result<&str, SendError> {
    let is_name = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_forbidden = FORBIDDEN
        .iter()
        .any(|name| name.eq_ignore_ascii_case(method));
    if is_name && !is_forbidden {
        return Ok(method);
    }
    Err(SendError::permanent(
        "method",
        "`method` must name a method of the Bot API, and none that moves the webhook or ends the session",
    ))
}

fn unsupported(text: &str) -> SendError {
    SendError::Unsupported(text.to_owned())
}
