//! Sessions: what a client keeps, so that it goes on with its conversation after a reload or on a new connection.
//!
//! The id is what Rasa has: 32 random hexadecimal digits, or whatever the client made up. With `session_secret` the client
//! is given `ID.SIGNATURE`, over the id and over whose token the connection was opened with; the bot sees `ID` alone, so
//! that nobody takes a chat over who reads ids in the bot's log.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use switchboard_sdk::{Digest, Host, signature, to_json};

use crate::Settings;

/// The longest id, bytes: with a message's own it fits into the 1,024 of `message.id`.
const MAX_ID: usize = 512;

/// What is kept of the signature, bytes.
const SIGNATURE: usize = 16;

/// A conversation, and what its client calls it.
pub(crate) struct Session {
    pub(crate) conversation: String,
    pub(crate) token: String,
}

impl Session {
    /// The one that a client names. `None` if it cannot be used, or is not the client's.
    pub(crate) fn named(
        host: &dyn Host,
        settings: &Settings,
        token: String,
        subject: Option<&str>,
    ) -> Result<Option<Self>, String> {
        let id = match settings.signs_sessions {
            true => token.rsplit_once('.').map_or("", |(id, _)| id),
            false => token.as_str(),
        };
        if id.is_empty() || id.len() > MAX_ID {
            return Ok(None);
        }
        let session = Self::of(host, settings, id.to_owned(), subject)?;
        Ok(Some(session).filter(|session| signature::same(&session.token, &token)))
    }

    /// A new one.
    pub(crate) fn fresh(
        host: &dyn Host,
        settings: &Settings,
        subject: Option<&str>,
    ) -> Result<Self, String> {
        Self::of(host, settings, random()?, subject)
    }

    fn of(
        host: &dyn Host,
        settings: &Settings,
        conversation: String,
        subject: Option<&str>,
    ) -> Result<Self, String> {
        let token = if settings.signs_sessions {
            // As JSON, so that no id and subject together look like two others.
            let signed = to_json(&(&conversation, subject));
            let mac = host.hmac("session_secret", Digest::Sha256, signed.as_bytes());
            let mac = mac.map_err(|_| "`session_secret` cannot be used")?;
            let mac = URL_SAFE_NO_PAD.encode(mac.get(..SIGNATURE).unwrap_or(&mac));
            [&conversation, ".", &mac].concat()
        } else {
            conversation.clone()
        };
        Ok(Self {
            conversation,
            token,
        })
    }
}

/// 32 hexadecimal digits that nobody guesses.
pub(crate) fn random() -> Result<String, String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| "the host gives no random numbers")?;
    Ok(signature::to_hex(&bytes))
}
