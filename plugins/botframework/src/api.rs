//! Calls to the service of a conversation, and what its refusals mean.

use switchboard_sdk::{
    Host, HttpRequest, HttpResponse, JsonObject, LengthUnit, RateScope, Receipt, SendError, text,
};

use crate::{Settings, token};

/// Posts an activity to a conversation.
pub(crate) fn post(
    host: &dyn Host,
    settings: &Settings,
    service_url: &str,
    conversation: &str,
    activity: &[u8],
) -> Result<Receipt, SendError> {
    let base = settings.api_url.as_deref().unwrap_or(service_url);
    let base = base.trim_end_matches('/');
    let url = [
        base,
        "/v3/conversations/",
        &segment(conversation),
        "/activities",
    ]
    .concat();
    let call = |token: &str| {
        let request = HttpRequest::post(&url).bearer_auth(token);
        host.fetch(request.body("application/json", activity.to_vec()))
    };
    let mut answer = call(&token::token(host, settings)?)?;
    // A token may end before its time, when the secret is changed.
    if answer.status == 401 {
        answer = call(&token::renewed(host, settings)?)?;
    }
    if !(200..300).contains(&answer.status) {
        return Err(refused(&answer));
    }
    let body = answer.json_object().unwrap_or_default();
    Ok(Receipt {
        id: body.filled("id"),
    })
}

/// An id as a piece of a path. What a path may hold stays; Teams writes a thread as `;messageid=1`, which is no parameter
/// of the path.
fn segment(id: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut segment = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:@".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            let digit = |value: u8| char::from(HEX[usize::from(value)]);
            segment.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    segment
}

/// What says in an error of Teams that the user has blocked the bot or taken it away.
const BLOCKED: [&str; 3] = [
    "MessageWritesBlocked",
    "ConversationBlockedByUser",
    "BotBlockedByUser",
];

fn refused(answer: &HttpResponse) -> SendError {
    let status = answer.status;
    let body = answer.json_object().unwrap_or_default();
    let error = body.object("error").unwrap_or_default();
    let code = error.filled("code").unwrap_or_default();
    let code = text::cut(&code, 100, LengthUnit::Bytes);
    let detail = |more: &str| {
        let blank = if code.is_empty() { "" } else { " " };
        format!("the service answers {status}{blank}{code}{more}")
    };
    let after_ms = answer.retry_after_ms();
    match status {
        // Teams counts for each conversation.
        429 => SendError::rate_limited(after_ms, RateScope::Conversation, detail("")),
        408 | 412 | 425 | 500..=599 => SendError::retry(after_ms, detail("")),
        401 => SendError::Unauthorized(detail(
            "; is the token of `app_id` taken at this service, and is the bot's `tenant_id` needed?",
        )),
        403 if is_blocked(&error, &code) => SendError::BlockedByUser(detail("")),
        _ => SendError::permanent(
            if code.is_empty() {
                status.to_string()
            } else {
                code.clone()
            },
            detail(match status {
                300..=399 => ", and redirects are not followed",
                403 => "; the bot may not write here: was it taken out of the conversation?",
                404 => "; there is no such conversation any more",
                413 => "; the message is too large for the channel",
                _ => "",
            }),
        ),
    }
}

/// The code itself, or one within the message, which holds JSON then.
fn is_blocked(error: &JsonObject, code: &str) -> bool {
    let message = error.filled("message").unwrap_or_default();
    BLOCKED
        .iter()
        .any(|blocked| code == *blocked || message.contains(blocked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_pieces_of_a_path() {
        assert_eq!(segment("a:conv1"), "a:conv1");
        assert_eq!(
            segment("19:x@thread.tacv2;messageid=1"),
            "19:x@thread.tacv2%3Bmessageid%3D1"
        );
        assert_eq!(segment("../v3?a#b%ä"), "..%2Fv3%3Fa%23b%25%C3%A4");
    }
}
