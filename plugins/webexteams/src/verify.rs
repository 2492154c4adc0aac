//! Whether a request is Webex's: `X-Spark-Signature`, the HMAC-SHA1 of the body in hexadecimal.
//!
//! Webex signs with the secret of the webhook and has no time in it, so that a copy of a request is as good as the
//! request: what keeps a replay harmless is that the host knows the message's id.

use switchboard_sdk::{Digest, Host, Refusal, Request, signature};

use crate::Settings;

/// Refuses what is not signed with the channel's `secret`. Without one, nothing can be told.
pub(crate) fn verify(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<(), Refusal> {
    if settings.secret.is_none() {
        return Ok(());
    }
    let Some(given) = request.header("x-spark-signature") else {
        let text = "the request has no X-Spark-Signature; was the webhook registered with the channel's `secret`?";
        return Err(Refusal::Unauthorized(text.to_owned()));
    };
    if signature::verify_hex(host, "secret", Digest::Sha1, &request.body, given)? {
        Ok(())
    } else {
        let text = "the X-Spark-Signature of the request is wrong; was the webhook registered with another `secret`?";
        Err(Refusal::Unauthorized(text.to_owned()))
    }
}
