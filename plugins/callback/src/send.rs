//! One part: one post to the client's address.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use switchboard_sdk::collector::Object;
use switchboard_sdk::{
    Address, Attempt, Digest, Host, HttpRequest, Part, Receipt, SecretError, SendError,
};

use crate::Settings;

pub(crate) fn send(
    host: &dyn Host,
    settings: &Settings,
    to: &Address,
    part: &Part,
    attempt: &Attempt,
) -> Result<Receipt, SendError> {
    let Some(object) = Object::of(&to.conversation, part) else {
        let text = "cards, places and the sign of typing have no form in a callback";
        return Err(SendError::Unsupported(text.to_owned()));
    };
    let body = object.to_json().into_bytes();

    let mut request = HttpRequest::post(&settings.url);
    for (name, value) in &settings.params {
        request = request.query(name, value.placeholder());
    }
    if let Some(token) = &settings.token {
        request = request.query(&settings.token_name, token.placeholder());
    }
    if settings.signing_secret.is_some() {
        request = sign(host, request, &attempt.id, &body)?;
    }
    request = request.body("application/json", body);
    if let Some(auth) = &settings.basic_auth {
        request = request.basic_auth(auth.username.placeholder(), auth.password.placeholder());
    }
    for (name, value) in &settings.headers {
        if name.eq_ignore_ascii_case("authorization") {
            request.basic_auth = None;
        }
        request = request.header(name, value.placeholder());
    }

    host.fetch(request)?.success()?;
    Ok(Receipt::without_id())
}

/// Adds the headers of Standard Webhooks (<https://www.standardwebhooks.com>). The id stays the same for every attempt,
/// so that the receiver can tell a repetition; the time is that of the attempt.
fn sign(
    host: &dyn Host,
    request: HttpRequest,
    id: &str,
    body: &[u8],
) -> Result<HttpRequest, SecretError> {
    let timestamp = host.unix_time().as_secs().to_string();
    let mut signed = format!("{id}.{timestamp}.").into_bytes();
    signed.extend_from_slice(body);
    let mac = host.hmac("signing_secret", Digest::Sha256, &signed)?;
    Ok(request
        .header("webhook-id", id)
        .header("webhook-timestamp", &timestamp)
        .header("webhook-signature", &format!("v1,{}", STANDARD.encode(mac))))
}
