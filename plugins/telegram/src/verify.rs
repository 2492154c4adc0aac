//! Whether an update comes from Telegram: it bears the secret that was registered with the webhook. There is no signature
//! and no time in it, so that is all there is to check.

use switchboard_sdk::{Digest, Host, Refusal, Request, SecretError, signature};

use crate::Settings;

/// The header that Telegram puts the secret into.
const HEADER: &str = "x-telegram-bot-api-secret-token";

pub(crate) fn check(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<(), Refusal> {
    let refused = |text: &str| Err(Refusal::Unauthorized(text.to_owned()));
    let Some(given) = request.header(HEADER).filter(|given| !given.is_empty()) else {
        return refused(
            "the update bears no secret: register the webhook anew, as a start of the server or `set_webhook` does",
        );
    };
    let is_ours = match settings.secret_token {
        Some(_) => host.secret_equals("secret_token", given.as_bytes())?,
        None => signature::same(given, &derived(host)?),
    };
    if is_ours {
        Ok(())
    } else {
        refused("the update bears another secret than the one that was registered")
    }
}

/// What to register: the operator's secret, as its placeholder, or our own.
pub(crate) fn secret(host: &dyn Host, settings: &Settings) -> Result<String, SecretError> {
    match &settings.secret_token {
        Some(secret) => Ok(secret.placeholder().to_owned()),
        None => derived(host),
    }
}

/// 64 characters that nobody can guess who does not know the access token, and from which nobody learns it.
fn derived(host: &dyn Host) -> Result<String, SecretError> {
    signature::hex(
        host,
        "access_token",
        Digest::Sha256,
        b"secret_token of the webhook",
    )
}
