//! News of parts: delivered, by their ids; read, by the time up to which.

use switchboard_sdk::{DeliveryStatus, Host, JsonObject, StatusUpdate};

use super::Happening;
use super::reading::{items, object, time};
use crate::sent;

/// Whether it is news of parts.
pub(super) fn is_one(json: &JsonObject) -> bool {
    object(json, "delivery").is_some() || object(json, "read").is_some()
}

pub(super) fn updates(host: &dyn Host, happening: &Happening) -> Vec<StatusUpdate> {
    let json = &happening.json;
    let (status, ids) = if let Some(delivery) = object(json, "delivery") {
        (
            DeliveryStatus::Delivered,
            delivered(host, happening, &delivery),
        )
    } else if let Some(read) = object(json, "read") {
        let until = time(&read, "watermark").unwrap_or_default();
        (
            DeliveryStatus::Read,
            sent::take_until(host, &happening.user, until),
        )
    } else {
        return Vec::new();
    };
    let updates = ids.into_iter().map(|id| StatusUpdate::new(id, status));
    updates.collect()
}

/// Meta may leave out the ids, and say up to which time instead.
fn delivered(host: &dyn Host, happening: &Happening, delivery: &JsonObject) -> Vec<String> {
    match items(delivery, "mids") {
        Some(mids) => {
            let mids = mids.iter().filter_map(|mid| serde_json::from_str(mid).ok());
            mids.collect()
        }
        None => {
            let until = time(delivery, "watermark").unwrap_or_default();
            sent::until(host, &happening.user, until)
        }
    }
}
