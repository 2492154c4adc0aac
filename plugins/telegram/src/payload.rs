//! Payloads of buttons that are longer than Telegram takes. It is given a short name for each, under which the payload is
//! kept for a time.
//!
//! The name is an HMAC of the payload, so that one that is sent to many is kept once, and nobody can name another's. Numbered
//! text in the place of the buttons, as the host makes it where a channel declares a limit, was the other way; but
//! payloads such as `/inform{"city":"…"}` pass 64 bytes easily.

use std::time::Duration;

use switchboard_sdk::{Digest, Host, Refusal, SendError, StateError, signature};

/// What Telegram takes, bytes.
const MAX: usize = 64;

/// How a name begins; also its key among what the channel keeps.
const PREFIX: &str = "kept:";

/// Hexadecimal digits in a name: 160 bits.
const DIGITS: usize = 40;

/// How long a payload is kept after the last time that it was sent, 30 days: longer than people scroll back.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What Telegram is given in the payload's place.
pub(crate) fn shortened(host: &dyn Host, payload: &str) -> Result<String, SendError> {
    if payload.len() <= MAX && !payload.starts_with(PREFIX) {
        return Ok(payload.to_owned());
    }
    let mut digits = signature::hex(host, "access_token", Digest::Sha256, payload.as_bytes())?;
    digits.truncate(DIGITS);
    let name = format!("{PREFIX}{digits}");
    host.state_set(&name, payload.as_bytes(), Some(KEPT))
        .map_err(not_kept)?;
    Ok(name)
}

/// The payload of a button that was pressed; `None` if it was kept and no longer is.
pub(crate) fn resolved(host: &dyn Host, data: String) -> Result<Option<String>, Refusal> {
    if !data.starts_with(PREFIX) {
        return Ok(Some(data));
    }
    let payload = host.state_get(&data)?;
    Ok(payload.and_then(|payload| String::from_utf8(payload).ok()))
}

/// Nothing was sent by then.
fn not_kept(error: StateError) -> SendError {
    match error {
        StateError::Unavailable(detail) => SendError::retry(None, detail),
        StateError::OverLimit(text) | StateError::NotAvailable(text) => {
            let detail = format!("a button's payload over {MAX} bytes could not be kept: {text}");
            SendError::permanent("payload", detail)
        }
    }
}
