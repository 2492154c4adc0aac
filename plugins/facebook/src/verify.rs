//! Whether a request is Meta's: a token in the handshake, a signature on everything else.

use switchboard_sdk::{Digest, Host, Refusal, Request, Response, signature};

use crate::Settings;

/// What Meta asks before it calls an address: that it knows the token, and says the challenge back.
pub(crate) fn handshake(host: &dyn Host, request: &Request) -> Result<Response, Refusal> {
    let token = request.query_param("hub.verify_token").unwrap_or_default();
    if !host.secret_equals("verify", token.as_bytes())? {
        let text = "`hub.verify_token` is not the channel's `verify`";
        return Err(Refusal::Forbidden(text.to_owned()));
    }
    if request.query_param("hub.mode") != Some("subscribe") {
        let text = "`hub.mode` is not `subscribe`";
        return Err(Refusal::Forbidden(text.to_owned()));
    }
    match request.query_param("hub.challenge") {
        Some(challenge) => Ok(Response::text(200, challenge)),
        None => Err(Refusal::BadRequest(
            "there is no `hub.challenge`".to_owned(),
        )),
    }
}

/// Checks the signature of the body as it came. Meta signs the escaped text that is on the wire, so that a body which
/// was parsed and written again has another signature.
pub(crate) fn signature(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<(), Refusal> {
    if let Some(value) = request.header("x-hub-signature-256") {
        return check(host, request, value, "sha256=", Digest::Sha256);
    }
    match request.header("x-hub-signature") {
        Some(value) if settings.allow_sha1 => check(host, request, value, "sha1=", Digest::Sha1),
        Some(_) => refused("it has X-Hub-Signature alone, which `allow_sha1: true` would take"),
        None => refused("it has no X-Hub-Signature-256"),
    }
}

fn check(
    host: &dyn Host,
    request: &Request,
    value: &str,
    algorithm: &str,
    digest: Digest,
) -> Result<(), Refusal> {
    let hex = value.strip_prefix(algorithm);
    // Meta writes lower case.
    let Some(hex) = hex.filter(|hex| !hex.bytes().any(|b| b.is_ascii_uppercase())) else {
        return refused("its signature has another form than Meta's");
    };
    if signature::verify_hex(host, "secret", digest, &request.body, hex)? {
        Ok(())
    } else {
        refused("its signature is not that of its body under `secret`")
    }
}

fn refused(text: &str) -> Result<(), Refusal> {
    Err(Refusal::Unauthorized(text.to_owned()))
}
