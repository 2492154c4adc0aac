//! How far a message of ours has come.

use switchboard_sdk::{DeliveryStatus, Form, StatusUpdate};

use crate::api;

/// The status that a request reports; `None` for a message of a user, whose own status is that it was received.
pub(super) fn word(form: &Form) -> Option<&str> {
    let word = form
        .filled("MessageStatus")
        .or_else(|| form.filled("SmsStatus"))?;
    (!matches!(word, "received" | "receiving")).then_some(word)
}

/// `None` where it is about no message, or in a word that is not known.
pub(super) fn read(form: &Form, word: &str) -> Option<StatusUpdate> {
    let id = form
        .filled("MessageSid")
        .or_else(|| form.filled("SmsSid"))?;
    let status = match word {
        _ if form.get("EventType") == Some("READ") => DeliveryStatus::Read,
        "accepted" | "scheduled" | "queued" | "sending" => DeliveryStatus::Queued,
        "sent" | "partially_delivered" => DeliveryStatus::Sent,
        "delivered" => DeliveryStatus::Delivered,
        "read" => DeliveryStatus::Read,
        "failed" | "undelivered" | "canceled" => DeliveryStatus::Failed,
        _ => return None,
    };
    let failed = status == DeliveryStatus::Failed;
    let detail = failed.then(|| match form.filled("ErrorCode") {
        Some(code) => format!("{word}: {}", api::explained(code)),
        None => word.to_owned(),
    });
    Some(StatusUpdate {
        detail,
        ..StatusUpdate::new(id, status)
    })
}
