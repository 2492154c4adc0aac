//! What `send` must know of a conversation's latest message. The host keeps it with the conversation.

use serde::{Deserialize, Serialize};
use switchboard_sdk::Json;

/// The route for messages, below the channel's mount.
pub(crate) const WEBHOOK: &str = "webhook";

/// The route for reports of delivery. That of messages takes them too.
pub(crate) const STATUS: &str = "status";

/// The address for answers.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Reply {
    /// The message's SID: typing is shown for a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// Whom the user wrote to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<String>,
    /// When, in seconds since the beginning of 1970: WhatsApp lets us answer for a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<u64>,
    /// Where reports of delivery reach us: beside the address at which Twilio has just done so, which therefore exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status_callback: Option<String>,
}

impl Reply {
    /// What the host kept; a form that another version of this connector wrote counts as nothing.
    pub(crate) fn read(kept: Option<&Json>) -> Self {
        kept.and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default()
    }

    /// For the host to keep.
    pub(crate) fn to_json(&self) -> Option<Json> {
        serde_json::to_string(self).ok()
    }
}

/// The address for reports of delivery, where messages come to `called`; `None` where that is a path of the operator's own
/// choice, whose neighbours are not ours.
pub(crate) fn status_callback(called: &str) -> Option<String> {
    let address = called.split('?').next().unwrap_or_default();
    let mount = address.trim_end_matches('/').strip_suffix(WEBHOOK)?;
    mount.ends_with('/').then(|| format!("{mount}{STATUS}"))
}
