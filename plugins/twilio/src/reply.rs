//! What `send` must know of a conversation's latest message. The host keeps it with the conversation.

use serde::{Deserialize, Serialize};
use switchboard_sdk::{Json, from_json, to_json};

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
    /// Where Twilio reached us with it, and will with reports of delivery: every route takes both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status_callback: Option<String>,
}

impl Reply {
    /// What the host kept; a form that another version of this connector wrote counts as nothing.
    pub(crate) fn read(kept: Option<&Json>) -> Self {
        from_json(kept.map(String::as_bytes)).unwrap_or_default()
    }

    /// For the host to keep.
    pub(crate) fn to_json(&self) -> Json {
        to_json(self)
    }
}
