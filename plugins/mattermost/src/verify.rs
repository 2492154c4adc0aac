//! Whether a request is Mattermost's. A webhook or a command bears the token that Mattermost shows for it, and nothing
//! is signed. A press bears nothing at all; but Mattermost keeps a button's `context` to itself and gives it back, and
//! so an HMAC of ours stands there, over what the button says and where it was posted.

use serde_json::json;
use switchboard_sdk::{Digest, Host, Refusal, SecretError, signature};

use crate::Settings;

/// Refuses a webhook or a command without one of the tokens. An empty one is never right.
pub(crate) fn hook(
    host: &dyn Host,
    settings: &Settings,
    given: Option<&str>,
) -> Result<(), Refusal> {
    if settings.hook_tokens.is_empty() {
        return Ok(());
    }
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        return refused("the request has no token");
    };
    // The host compares HMACs in constant time, and tokens in a list in this way alone.
    for token in &settings.hook_tokens {
        let ours = host.hmac(settings.key(), DIGEST, token.placeholder().as_bytes())?;
        if host.verify_hmac(settings.key(), DIGEST, given.as_bytes(), &ours)? {
            return Ok(());
        }
    }
    refused("the token of the request is none of `hook_token`")
}

/// The proof for a button: that it says this, in this channel and thread.
pub(crate) fn sign(
    host: &dyn Host,
    settings: &Settings,
    button: &Button<'_>,
) -> Result<String, SecretError> {
    signature::hex(host, settings.key(), DIGEST, &button.bytes())
}

/// Refuses a press that has none, or one of another button.
pub(crate) fn action(
    host: &dyn Host,
    settings: &Settings,
    button: &Button<'_>,
    proof: Option<&str>,
) -> Result<(), Refusal> {
    let Some(proof) = proof else {
        return match settings.allow_unsigned_actions {
            true => Ok(()),
            false => refused("the press is of no button that this server posted"),
        };
    };
    let is_right = signature::verify_hex(host, settings.key(), DIGEST, &button.bytes(), proof)?;
    if is_right {
        Ok(())
    } else {
        refused("the press does not fit the button; was it posted with another token or password?")
    }
}

/// What is signed of a button.
#[derive(Debug)]
pub(crate) struct Button<'a> {
    pub(crate) channel: &'a str,
    pub(crate) root: Option<&'a str>,
    /// A menu has none: what is chosen, the user says.
    pub(crate) action: Option<&'a str>,
}

impl Button<'_> {
    /// As a list, in which nothing can pass for its neighbour. No token begins like it.
    fn bytes(&self) -> Vec<u8> {
        let Self {
            channel,
            root,
            action,
        } = self;
        json!(["action", channel, root, action])
            .to_string()
            .into_bytes()
    }
}

const DIGEST: Digest = Digest::Sha256;

fn refused(why: &str) -> Result<(), Refusal> {
    Err(Refusal::Unauthorized(why.to_owned()))
}
