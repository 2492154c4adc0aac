//! What connectors keep, with its size counted by channel.

use rusqlite::{Connection, OptionalExtension, params};

use super::writer::{Fault, Written};
use crate::store::{ChannelId, Millis, StateLimits, StateUsage, StateWrite};

pub(super) fn get(
    connection: &Connection,
    channel: ChannelId,
    key: &str,
    now: Millis,
) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached(
            "SELECT value FROM state WHERE channel = ?1 AND key = ?2 AND ifnull(expires_at > ?3, TRUE)",
        )?
        .query_row(params![channel.0, key, now], |row| row.get(0))
        .optional()
}

pub(super) fn usage(
    connection: &Connection,
    channel: ChannelId,
    key: &str,
) -> rusqlite::Result<StateUsage> {
    connection
        .prepare_cached(
            "SELECT state_bytes, state_keys,
             (SELECT length(CAST(key AS BLOB)) + length(value) FROM state WHERE channel = ?1 AND key = ?2)
             FROM channels WHERE channel = ?1",
        )?
        .query_row(params![channel.0, key], |row| {
            Ok(StateUsage {
                bytes: row.get::<_, i64>(0)?.unsigned_abs(),
                keys: row.get::<_, i64>(1)?.unsigned_abs(),
                old: row.get::<_, Option<i64>>(2)?.map(i64::unsigned_abs),
            })
        })
}

/// Writes whatever the limits say: who calls has looked.
pub(super) fn put(
    connection: &Connection,
    channel: ChannelId,
    write: &StateWrite,
) -> rusqlite::Result<()> {
    let usage = usage(connection, channel, &write.key)?;
    let old = usage.old.unwrap_or(0) as i64;
    let new = match &write.value {
        Some(value) => {
            connection
                .prepare_cached(
                    "INSERT INTO state (channel, key, value, expires_at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at",
                )?
                .execute(params![channel.0, write.key, value, write.expires_at])?;
            (write.key.len() + value.len()) as i64
        }
        None => {
            connection
                .prepare_cached("DELETE FROM state WHERE channel = ?1 AND key = ?2")?
                .execute(params![channel.0, write.key])?;
            0
        }
    };
    let keys = i64::from(write.value.is_some()) - i64::from(usage.old.is_some());
    if new != old || keys != 0 {
        connection
            .prepare_cached(
                "UPDATE channels SET state_bytes = state_bytes + ?2, state_keys = state_keys + ?3 WHERE channel = ?1",
            )?
            .execute(params![channel.0, new - old, keys])?;
    }
    Ok(())
}

pub(super) fn put_within(
    connection: &Connection,
    channel: ChannelId,
    writes: &[StateWrite],
    limits: StateLimits,
) -> Written<()> {
    for write in writes {
        if let Some(value) = &write.value {
            usage(connection, channel, &write.key)?
                .with(write.key.len(), value.len(), limits)
                .map_err(Fault::Refused)?;
        }
        put(connection, channel, write)?;
    }
    Ok(())
}

pub(super) fn compare_and_set(
    connection: &Connection,
    channel: ChannelId,
    expected: Option<&[u8]>,
    write: StateWrite,
    limits: StateLimits,
    now: Millis,
) -> Written<bool> {
    if get(connection, channel, &write.key, now)?.as_deref() != expected {
        return Ok(false);
    }
    put_within(connection, channel, &[write], limits)?;
    Ok(true)
}

/// Removes some of what has expired.
pub(super) fn sweep(connection: &Connection, limit: i64, now: Millis) -> rusqlite::Result<u64> {
    let expired: Vec<(i64, String)> = connection
        .prepare_cached("SELECT channel, key FROM state WHERE expires_at <= ?1 LIMIT ?2")?
        .query_map([now, limit], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let count = expired.len() as u64;
    for (channel, key) in expired {
        let write = StateWrite {
            key,
            value: None,
            expires_at: None,
        };
        put(connection, ChannelId(channel), &write)?;
    }
    Ok(count)
}
