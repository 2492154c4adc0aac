//! Twilio's API: calls, and what its errors mean. <https://www.twilio.com/docs/api/errors>

use serde::Deserialize;
use serde_json::Value;
use switchboard_sdk::{Host, HttpRequest, HttpResponse, RateScope, Receipt, SendError};

use crate::Settings;

/// What Twilio says of a message: that it took it, or why not.
#[derive(Deserialize)]
struct Said {
    sid: Option<String>,
    /// Endpoints of all generations give it; compatible gateways do so as a text.
    code: Option<Value>,
}

/// Sends one message.
pub(crate) fn create_message(
    host: &dyn Host,
    settings: &Settings,
    parameters: &[(String, String)],
) -> Result<Receipt, SendError> {
    let url = format!(
        "{}/2010-04-01/Accounts/{}/Messages.json",
        settings.api_url, settings.account_sid
    );
    let pairs = parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let answer = call(host, settings, HttpRequest::post(&url).form(pairs))?;
    // Whatever it said: the message is on its way.
    Ok(Receipt {
        id: answer.json::<Said>().ok().and_then(|said| said.sid),
    })
}

/// A call that must succeed.
pub(crate) fn call(
    host: &dyn Host,
    settings: &Settings,
    request: HttpRequest,
) -> Result<HttpResponse, SendError> {
    let request = match &settings.api_key {
        Some(key) => request.basic_auth(&key.sid, key.secret.placeholder()),
        None => request.basic_auth(&settings.account_sid, settings.auth_token.placeholder()),
    };
    let answer = host.fetch(request)?;
    if answer.status < 400 {
        return answer.success();
    }
    match code(&answer) {
        Some(code) => Err(error(code, answer)),
        None => answer.success(),
    }
}

fn code(answer: &HttpResponse) -> Option<u32> {
    match answer.json::<Said>().ok()?.code? {
        Value::String(text) => text.parse().ok(),
        code => code.as_u64()?.try_into().ok(),
    }
}

/// What a code of Twilio's means for the part; where it means nothing, the status does.
fn error(code: u32, answer: HttpResponse) -> SendError {
    let detail = explained(&code.to_string());
    let after_ms = answer.retry_after_ms();
    match code {
        20429 | 14107 | 21611 | 30001 | 30022 | 30023 | 30027 | 63017 | 63018 | 63038 => {
            SendError::rate_limited(after_ms, RateScope::Channel, detail)
        }
        20500 | 63009 | 63010 | 63012 => SendError::retry(after_ms, detail),
        20003 | 20005 | 30002 => SendError::Unauthorized(detail),
        21610 => SendError::BlockedByUser(detail),
        63016 => SendError::WindowClosed(detail),
        _ => match answer.success() {
            Err(SendError::RateLimited(limit)) => {
                SendError::rate_limited(after_ms, limit.scope, detail)
            }
            Err(SendError::Retry(_)) => SendError::retry(after_ms, detail),
            Err(SendError::Unauthorized(_)) => SendError::Unauthorized(detail),
            _ => SendError::permanent(code.to_string(), detail),
        },
    }
}

/// A code of Twilio's with what it means, for the operator. In our own words: Twilio's name the user's number.
pub(crate) fn explained(code: &str) -> String {
    match meaning(code) {
        Some(meaning) => format!("error {code}: {meaning}"),
        None => format!("error {code}, see https://www.twilio.com/docs/errors/{code}"),
    }
}

fn meaning(code: &str) -> Option<&'static str> {
    Some(match code {
        "14107" | "20429" => "too many requests",
        "20003" => {
            "the credentials are not accepted: look at `account_sid`, `auth_token` or the API key"
        }
        "20005" | "30002" => "the account is suspended or closed",
        "21211" => "the recipient's address is not valid",
        "21408" => {
            "the account may not send to this country: allow it under Messaging > Geo permissions"
        }
        "21603" => "there is no sender: set `twilio_number` or `messaging_service_sid`",
        "21606" => "the sending number is not the account's, or cannot send this",
        "21609" => "the address for reports of delivery is not valid: look at `status_callback`",
        "21610" => "the user has sent STOP",
        "21611" | "30001" => "the sending number's queue is full",
        "21612" => "this recipient cannot be reached from this number",
        "21614" => "the recipient's number is no mobile number",
        "21617" => "the text is longer than 1600 characters",
        "21619" => "there is no text, medium or template",
        "21620" | "21623" => "Twilio cannot take the medium's address",
        "21910" => {
            "sender and recipient are on different channels: one is WhatsApp, the other is not"
        }
        "30003" => "the phone cannot be reached",
        "30004" => "the recipient or the carrier blocks the message",
        "30005" => "the number is unknown or no longer in service",
        "30006" => "a landline, or a carrier that cannot be reached",
        "30007" => "filtered by the carrier as spam",
        "30008" => "the carrier gave no reason",
        "30022" | "30023" | "30027" => "over the carrier's limit for this sender",
        "63003" | "63024" => "the recipient is not on WhatsApp",
        "63007" => "the sender is not set up for this channel: look at `twilio_number`",
        "63015" => "the recipient has not joined the WhatsApp sandbox",
        "63016" => {
            "more than 24 hours since the user's last message: only a template, `content_sid`, may be sent"
        }
        "63017" | "63018" | "63038" => "over the limit of messages for this sender",
        "63019" => "WhatsApp could not fetch the medium",
        "63032" | "63033" => "WhatsApp does not deliver to this user",
        "63034" => "the medium is too large or of a kind that WhatsApp does not take",
        _ => return None,
    })
}
