//! News of parts: delivered, by their ids; read, by the time up to which.

use switchboard_sdk::{DeliveryStatus, Host, JsonObject, StatusUpdate};

use super::Happening;
use crate::sent;

/// Whether it is news of parts.
pub(super) fn is_one(json: &JsonObject) -> bool {
    json.object("delivery").is_some() || json.object("read").is_some()
}

pub(super) fn updates(host: &dyn Host, happening: &Happening) -> Vec<StatusUpdate> {
    let json = &happening.json;
    let (status, ids) = if let Some(delivery) = json.object("delivery") {
        (
            DeliveryStatus::Delivered,
            delivered(host, happening, &delivery),
        )
    } else if let Some(read) = json.object("read") {
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
    match delivery.items("mids") {
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

/// A point in time, milliseconds since 1970. Some of Meta's are in seconds: those before September 2001.
fn time(parent: &JsonObject, name: &str) -> Option<u64> {
    let time: u64 = parent.id(name)?.parse().ok()?;
    Some(if time < 1_000_000_000_000 {
        time.saturating_mul(1_000)
    } else {
        time
    })
}
