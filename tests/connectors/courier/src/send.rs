//! One part: one post to the platform, whose answer says what became of it.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use switchboard_sdk::{
    Address, Attempt, Content, Host, HttpRequest, HttpResponse, Part, RateLimit, RateScope,
    Receipt, SendError,
};

use crate::Settings;

pub(crate) fn send(
    host: &dyn Host,
    settings: &Settings,
    to: &Address,
    part: &Part,
    attempt: &Attempt,
) -> Result<Receipt, SendError> {
    let mut body = shown(&part.content)?;
    body.insert("to".to_owned(), json!(to.conversation));
    body.insert("reply".to_owned(), value(to.reply.as_deref()));
    body.insert("id".to_owned(), json!(attempt.id));
    body.insert("attempt".to_owned(), json!(attempt.number));
    let url = format!("{}/send", settings.url.trim_end_matches('/'));
    let mut request = HttpRequest::post(&url)
        .timeout(Duration::from_millis(settings.timeout_ms.into()))
        .json(&body);
    if let Some(token) = &settings.token {
        request = request.header("authorization", &format!("Bearer {token}"));
    }
    outcome(host.fetch(request)?)
}

/// The keys that show the content.
fn shown(content: &Content) -> Result<Map<String, Value>, SendError> {
    let value = match content {
        Content::Text(text) => json!({ "text": text.text }),
        Content::Choices(choices) => {
            let buttons: Vec<Value> = choices
                .buttons
                .iter()
                .map(|button| json!({ "title": button.title, "payload": button.payload }))
                .collect();
            json!({ "text": choices.text, "buttons": buttons })
        }
        Content::Image(image) => json!({ "image": image.url, "text": image.caption }),
        Content::Custom(custom) => json!({ "custom": value(Some(custom)) }),
        Content::Typing => json!({ "typing": true }),
        other => {
            return Err(SendError::Unsupported(format!(
                "couriers carry no {other:?}"
            )));
        }
    };
    match value {
        Value::Object(map) => Ok(map),
        _ => unreachable!("objects, all of them"),
    }
}

/// The host checked that it is JSON.
fn value(json: Option<&str>) -> Value {
    json.and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default()
}

/// What the platform's statuses mean, where they differ from what they mean elsewhere.
fn outcome(response: HttpResponse) -> Result<Receipt, SendError> {
    let text = || String::from_utf8_lossy(&response.body).into_owned();
    match response.status {
        403 => Err(SendError::BlockedByUser(text())),
        410 => Err(SendError::WindowClosed(text())),
        429 => Err(SendError::RateLimited(RateLimit {
            after_ms: response
                .retry_after()
                .map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
            scope: match response.header("x-scope") {
                Some("conversation") => RateScope::Conversation,
                _ => RateScope::Channel,
            },
            detail: "the platform asks for patience".to_owned(),
        })),
        _ => {
            #[derive(Deserialize)]
            struct Taken {
                id: Option<String>,
            }
            // It has the part, whatever else it says.
            let taken = response.success()?.json::<Taken>();
            Ok(Receipt {
                id: taken.ok().and_then(|taken| taken.id),
            })
        }
    }
}
