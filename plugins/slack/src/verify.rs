//! Whether a request is Slack's: an HMAC over its time and its body, and a time that is not far from now.

use switchboard_sdk::{Digest, Host, Refusal, Request, signature};

/// How far a request's time may be from ours in either direction, seconds. Slack's own number, against recordings that
/// are played again.
const WINDOW: u64 = 300;

pub(crate) fn verify(host: &dyn Host, request: &Request) -> Result<(), Refusal> {
    let (Some(time), Some(signature)) = (
        request.header("x-slack-request-timestamp"),
        request.header("x-slack-signature"),
    ) else {
        return refused("the request is not signed");
    };
    let Ok(seconds) = time.parse::<u64>() else {
        return refused("the time of the request is no number");
    };
    if host.unix_time().as_secs().abs_diff(seconds) > WINDOW {
        return refused("the request is more than 300 seconds old, or as much ahead of the clock");
    }
    // Slack writes lower case, and nothing else is its signature.
    let hex = signature
        .strip_prefix("v0=")
        .filter(|hex| !hex.bytes().any(|byte| byte.is_ascii_uppercase()));
    let mut signed = Vec::with_capacity(time.len() + request.body.len() + 4);
    signed.extend_from_slice(b"v0:");
    signed.extend_from_slice(time.as_bytes());
    signed.push(b':');
    signed.extend_from_slice(&request.body);
    let is_right = match hex {
        Some(hex) => {
            let secret = "slack_signing_secret";
            signature::verify_hex(host, secret, Digest::Sha256, &signed, hex)?
        }
        None => false,
    };
    if is_right {
        Ok(())
    } else {
        refused("the signature does not fit `slack_signing_secret`")
    }
}

fn refused(why: &str) -> Result<(), Refusal> {
    Err(Refusal::Unauthorized(why.to_owned()))
}
