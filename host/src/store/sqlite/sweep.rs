//! Removing what is old, a little at a time, so that no write waits long behind it.

use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::events::{id, millis};
use super::keep;
use crate::store::{Millis, Retention};

/// Rows of a table that go in one write.
const STEP: i64 = 1_000;

/// How long a status waits for the receipt of what it speaks of, milliseconds.
const EARLY_STATUS: Millis = 3_600_000;

/// How many rows went. `cursor` is where the walk through the conversations has come to.
pub(super) fn sweep(
    connection: &Connection,
    retention: Retention,
    cursor: &AtomicI64,
    now: Millis,
) -> rusqlite::Result<u64> {
    let finished = now - millis(retention.finished);
    let dead = now - millis(retention.dead);
    let mut swept = 0;
    // SQLite takes a partial index only where the query repeats its condition.
    for (sql, before) in [
        (
            "DELETE FROM events WHERE event IN (SELECT event FROM events WHERE state = 1 AND state > 0 AND closed_at < ?1 LIMIT ?2) RETURNING id",
            finished,
        ),
        (
            "DELETE FROM events WHERE event IN (SELECT event FROM events WHERE state = 3 AND state > 0 AND closed_at < ?1 LIMIT ?2) RETURNING id",
            finished,
        ),
        (
            "DELETE FROM events WHERE event IN (SELECT event FROM events WHERE state = 2 AND state > 0 AND closed_at < ?1 LIMIT ?2) RETURNING id",
            dead,
        ),
        (
            "DELETE FROM parts WHERE part IN (SELECT part FROM parts WHERE state = 2 AND state > 1 AND closed_at < ?1 LIMIT ?2) RETURNING id",
            finished,
        ),
        (
            "DELETE FROM parts WHERE part IN (SELECT part FROM parts WHERE state = 5 AND state > 1 AND closed_at < ?1 LIMIT ?2) RETURNING id",
            finished,
        ),
        (
            "DELETE FROM parts WHERE part IN (SELECT part FROM parts WHERE state = 3 AND state > 1 AND closed_at < ?1 LIMIT ?2) RETURNING id",
            dead,
        ),
        (
            "DELETE FROM parts WHERE part IN (SELECT part FROM parts WHERE state = 4 AND state > 1 AND closed_at < ?1 LIMIT ?2) RETURNING id",
            dead,
        ),
    ] {
        let gone: Vec<Uuid> = connection
            .prepare_cached(sql)?
            .query_map(params![before, STEP], |row| id(row, 0))?
            .collect::<Result<_, _>>()?;
        for id in &gone {
            connection
                .prepare_cached("DELETE FROM notes WHERE id = ?1")?
                .execute([id.as_bytes()])?;
        }
        swept += gone.len() as u64;
    }
    let forgotten = connection
        .prepare_cached(
            "DELETE FROM seen WHERE (channel, platform_id) IN
             (SELECT channel, platform_id FROM seen WHERE expires_at <= ?1 LIMIT ?2)",
        )?
        .execute(params![now, STEP])?;
    let early = connection
        .prepare_cached("DELETE FROM early_statuses WHERE at < ?1")?
        .execute([now - EARLY_STATUS])?;
    swept += (forgotten + early) as u64;
    swept += keep::sweep(connection, STEP, now)?;
    sweep_lanes(connection, now - millis(retention.conversations), cursor)?;
    Ok(swept)
}

/// Walks through the conversations, a step each time and again from the start.
fn sweep_lanes(
    connection: &Connection,
    before: Millis,
    cursor: &AtomicI64,
) -> rusqlite::Result<()> {
    let from = cursor.load(Ordering::Relaxed);
    connection
        .prepare_cached(
            "DELETE FROM lanes WHERE lane > ?1 AND lane <= ?1 + ?2 AND input_at < ?3
             AND turn_at IS NULL AND send_at IS NULL
             AND NOT EXISTS (SELECT 1 FROM parts WHERE parts.lane = lanes.lane AND parts.state < 2)",
        )?
        .execute(params![from, STEP, before])?;
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(lane) FROM lanes")?
        .query_row((), |row| row.get(0))?;
    let next = from + STEP;
    cursor.store(
        if next >= last.unwrap_or(0) { 0 } else { next },
        Ordering::Relaxed,
    );
    Ok(())
}
