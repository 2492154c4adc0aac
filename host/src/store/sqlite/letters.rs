//! What people ask of the store: the life of a message, dead letters, depths.
//!
//! SQLite takes a partial index only where the query repeats its condition: hence `state = 2 AND state > 0`.

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use serde_json::Value;
use uuid::Uuid;

use super::events::{id, note, parsed};
use super::parts;
use crate::store::{
    DeadLetter, Depth, EventRecord, EventState, Letters, Life, Millis, Note, PartRecord, PartState,
};

/// Parts shown of one message's life.
const MAX_PARTS: i64 = 1_000;

/// Rows of one table that one write moves.
const MAX_MOVED: i64 = 1_000;

const EVENT: &str = "SELECT events.id, label, conversation, platform_id, body, state, attempts, received_at, started_at,
    closed_at, CASE WHEN state = 0 AND turn_owner IS NULL THEN turn_at END,
    (SELECT count(*) FROM events AS before WHERE before.lane = events.lane AND before.state = 0
     AND before.event < events.event AND events.state = 0), error
    FROM events JOIN lanes USING (lane) JOIN channels ON channels.channel = events.channel";

const PART: &str =
    "SELECT parts.id, parts.event, label, conversation, content, state, status, receipt, attempts,
    created_at, first_tried_at, tried_at, closed_at,
    CASE WHEN state = 0 AND send_owner IS NULL THEN send_at END,
    (SELECT count(*) FROM parts AS before WHERE before.lane = parts.lane AND before.state < 2
     AND before.part < parts.part AND parts.state < 2), error
    FROM parts JOIN lanes USING (lane) JOIN channels ON channels.channel = parts.channel";

fn event_record(row: &Row<'_>) -> rusqlite::Result<EventRecord> {
    Ok(EventRecord {
        id: id(row, 0)?,
        channel: row.get(1)?,
        conversation: row.get(2)?,
        platform_id: row.get(3)?,
        body: parsed(row, 4)?,
        state: match row.get::<_, i64>(5)? {
            0 => EventState::Queued,
            1 => EventState::Done,
            2 => EventState::Dead,
            _ => EventState::Dropped,
        },
        attempts: row.get(6)?,
        received_at: row.get(7)?,
        started_at: row.get(8)?,
        closed_at: row.get(9)?,
        due_at: row.get(10)?,
        ahead: row.get::<_, i64>(11)?.unsigned_abs(),
        error: row.get(12)?,
    })
}

fn part_record(row: &Row<'_>) -> rusqlite::Result<PartRecord> {
    Ok(PartRecord {
        id: id(row, 0)?,
        event: row.get::<_, Option<[u8; 16]>>(1)?.map(Uuid::from_bytes),
        channel: row.get(2)?,
        conversation: row.get(3)?,
        content: parsed(row, 4)?,
        state: match row.get::<_, i64>(5)? {
            parts::QUEUED => PartState::Queued,
            parts::SENDING => PartState::Sending,
            parts::SENT => PartState::Sent,
            parts::FAILED => PartState::Failed,
            parts::UNKNOWN => PartState::Unknown,
            _ => PartState::Dropped,
        },
        status: row.get::<_, Option<i64>>(6)?.and_then(parts::status_name),
        receipt: row.get(7)?,
        attempts: row.get(8)?,
        created_at: row.get(9)?,
        first_tried_at: row.get(10)?,
        tried_at: row.get(11)?,
        closed_at: row.get(12)?,
        due_at: row.get(13)?,
        ahead: row.get::<_, i64>(14)?.unsigned_abs(),
        error: row.get(15)?,
    })
}

pub(super) fn life(connection: &Connection, named: &str) -> rusqlite::Result<Option<Life>> {
    let Some(subject) = subject(connection, named)? else {
        return Ok(None);
    };
    let part = one_part(connection, subject)?;
    let event = match &part {
        Some(part) => part.event,
        None => Some(subject),
    };
    let event_record = match event {
        Some(event) => connection
            .prepare_cached(&format!("{EVENT} WHERE events.id = ?1"))?
            .query_row([event.as_bytes()], event_record)
            .optional()?,
        None => None,
    };
    let parts: Vec<PartRecord> = match event {
        Some(event) => connection
            .prepare_cached(&format!(
                "{PART} WHERE parts.event = ?1 ORDER BY part LIMIT ?2"
            ))?
            .query_map(params![event.as_bytes(), MAX_PARTS], part_record)?
            .collect::<Result<_, _>>()?,
        None => part.into_iter().collect(),
    };
    if event_record.is_none() && parts.is_empty() {
        return Ok(None);
    }
    let mut notes = Vec::new();
    let subjects = event_record
        .iter()
        .map(|e| e.id)
        .chain(parts.iter().map(|p| p.id));
    for id in subjects {
        let mut statement =
            connection.prepare_cached("SELECT note, at, text FROM notes WHERE id = ?1")?;
        let found = statement.query_map([id.as_bytes()], |row| {
            let note = Note {
                id,
                at: row.get(1)?,
                text: row.get(2)?,
            };
            Ok((row.get::<_, i64>(0)?, note))
        })?;
        notes.extend(found.collect::<Result<Vec<_>, _>>()?);
    }
    notes.sort_by_key(|(number, _)| *number);
    Ok(Some(Life {
        event: event_record,
        parts,
        notes: notes.into_iter().map(|(_, note)| note).collect(),
    }))
}

fn one_part(connection: &Connection, part: Uuid) -> rusqlite::Result<Option<PartRecord>> {
    connection
        .prepare_cached(&format!("{PART} WHERE parts.id = ?1"))?
        .query_row([part.as_bytes()], part_record)
        .optional()
}

/// The event or part that somebody means.
fn subject(connection: &Connection, named: &str) -> rusqlite::Result<Option<Uuid>> {
    if let Ok(uuid) = Uuid::try_parse(named) {
        let known: bool = connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM events WHERE id = ?1) OR EXISTS (SELECT 1 FROM parts WHERE id = ?1)",
            [uuid.as_bytes()],
            |row| row.get(0),
        )?;
        if known {
            return Ok(Some(uuid));
        }
    }
    let newest = connection
        .prepare_cached(
            "SELECT id FROM seen WHERE channel IN (SELECT channel FROM channels) AND platform_id = ?1
             UNION ALL
             SELECT id FROM parts WHERE channel IN (SELECT channel FROM channels) AND receipt = ?1
             ORDER BY id DESC LIMIT 1",
        )?
        .query_row([named], |row| id(row, 0))
        .optional()?;
    Ok(newest)
}

/// Dead events and parts alike, oldest first.
pub(super) fn list(
    connection: &Connection,
    letters: &Letters,
    limit: usize,
) -> rusqlite::Result<Vec<DeadLetter>> {
    connection
        .prepare_cached(
            "SELECT id, kind, label, conversation, payload, state, error, attempts, created_at, dead_at FROM (
                SELECT events.id, 'event' AS kind, channel, lane, body AS payload, 'dead' AS state, error, attempts,
                    received_at AS created_at, closed_at AS dead_at FROM events WHERE state = 2 AND state > 0
                UNION ALL
                SELECT parts.id, 'part', channel, lane, content, CASE state WHEN 3 THEN 'failed' ELSE 'unknown' END,
                    error, attempts, created_at, closed_at FROM parts WHERE state IN (3, 4) AND state > 1
             ) JOIN channels USING (channel) JOIN (SELECT lane, conversation FROM lanes) USING (lane)
             WHERE (:id IS NULL OR id = :id) AND (:label IS NULL OR label = :label) AND (:after IS NULL OR id > :after)
             ORDER BY id LIMIT :limit",
        )?
        .query_map(
            named_params! {
                ":id": letters.id.map(Uuid::into_bytes),
                ":label": letters.channel,
                ":after": letters.after.map(Uuid::into_bytes),
                ":limit": limit as i64,
            },
            |row| {
                let state = row.get::<_, String>(5)?;
                Ok(DeadLetter {
                    id: id(row, 0)?,
                    kind: if row.get::<_, String>(1)? == "event" { "event" } else { "part" },
                    channel: row.get(2)?,
                    conversation: row.get(3)?,
                    // What cannot be read is shown as it stands.
                    payload: parsed(row, 4).or_else(|_| row.get(4).map(Value::String))?,
                    state: match state.as_str() {
                        "dead" => "dead",
                        "failed" => "failed",
                        _ => "unknown",
                    },
                    error: row.get::<_, Option<String>>(6)?.unwrap_or_default(),
                    attempts: row.get(7)?,
                    created_at: row.get(8)?,
                    dead_at: row.get(9)?,
                })
            },
        )?
        .collect()
}

/// At most a thousand events and a thousand parts; 0 when there is no more.
pub(super) fn replay(
    connection: &Connection,
    letters: &Letters,
    now: Millis,
) -> rusqlite::Result<u64> {
    let events = dead_events(connection, letters)?;
    for (event, lane, id) in &events {
        connection
            .prepare_cached(
                "UPDATE events SET state = 0, attempts = 0, failing_since = NULL, closed_at = NULL WHERE event = ?1",
            )?
            .execute([event])?;
        connection
            .prepare_cached("UPDATE lanes SET turn_at = ifnull(turn_at, ?2) WHERE lane = ?1")?
            .execute(params![lane, now])?;
        note(connection, *id, now, "replayed: it waits for the bot again")?;
    }
    let parts = dead_parts(connection, letters)?;
    for (part, lane, id) in &parts {
        connection
            .prepare_cached(
                "UPDATE parts SET state = 0, unknowns = 0, first_tried_at = NULL, closed_at = NULL, status = NULL
                 WHERE part = ?1",
            )?
            .execute([part])?;
        connection
            .prepare_cached("UPDATE lanes SET send_at = ifnull(send_at, ?2) WHERE lane = ?1")?
            .execute(params![lane, now])?;
        note(connection, *id, now, "replayed: it waits to be sent again")?;
    }
    Ok((events.len() + parts.len()) as u64)
}

/// As for `replay`.
pub(super) fn drop_letters(
    connection: &Connection,
    letters: &Letters,
    now: Millis,
) -> rusqlite::Result<u64> {
    let events = dead_events(connection, letters)?;
    for (event, _, id) in &events {
        connection
            .prepare_cached("UPDATE events SET state = 3, closed_at = ?2 WHERE event = ?1")?
            .execute(params![event, now])?;
        note(connection, *id, now, "dropped: somebody gave it up")?;
    }
    let parts = dead_parts(connection, letters)?;
    for (part, _, id) in &parts {
        connection
            .prepare_cached("UPDATE parts SET state = 5, closed_at = ?2 WHERE part = ?1")?
            .execute(params![part, now])?;
        note(connection, *id, now, "dropped: somebody gave it up")?;
    }
    Ok((events.len() + parts.len()) as u64)
}

fn dead_events(
    connection: &Connection,
    letters: &Letters,
) -> rusqlite::Result<Vec<(i64, i64, Uuid)>> {
    chosen(
        connection,
        letters,
        "SELECT event, lane, id FROM events WHERE state = 2 AND state > 0
         AND (:id IS NULL OR id = :id)
         AND (:label IS NULL OR channel = (SELECT channel FROM channels WHERE label = :label))
         AND (:after IS NULL OR id > :after) ORDER BY event LIMIT :limit",
    )
}

fn dead_parts(
    connection: &Connection,
    letters: &Letters,
) -> rusqlite::Result<Vec<(i64, i64, Uuid)>> {
    chosen(
        connection,
        letters,
        "SELECT part, lane, id FROM parts WHERE state IN (3, 4) AND state > 1
         AND (:id IS NULL OR id = :id)
         AND (:label IS NULL OR channel = (SELECT channel FROM channels WHERE label = :label))
         AND (:after IS NULL OR id > :after) ORDER BY part LIMIT :limit",
    )
}

fn chosen(
    connection: &Connection,
    letters: &Letters,
    sql: &str,
) -> rusqlite::Result<Vec<(i64, i64, Uuid)>> {
    connection
        .prepare_cached(sql)?
        .query_map(
            named_params! {
                ":id": letters.id.map(Uuid::into_bytes),
                ":label": letters.channel,
                ":after": letters.after.map(Uuid::into_bytes),
                ":limit": MAX_MOVED,
            },
            |row| Ok((row.get(0)?, row.get(1)?, id(row, 2)?)),
        )?
        .collect()
}

pub(super) fn depths(connection: &Connection) -> rusqlite::Result<Vec<Depth>> {
    connection
        .prepare_cached(
            "SELECT label, ifnull(turns, 0), ifnull(parts, 0), ifnull(dead_events, 0) + ifnull(dead_parts, 0)
             FROM channels
             LEFT JOIN (SELECT channel, count(*) AS turns FROM events WHERE state = 0 GROUP BY channel)
                USING (channel)
             LEFT JOIN (SELECT channel, count(*) AS parts FROM parts WHERE state < 2 GROUP BY channel)
                USING (channel)
             LEFT JOIN (SELECT channel, count(*) AS dead_events FROM events WHERE state = 2 AND state > 0 GROUP BY channel)
                USING (channel)
             LEFT JOIN (SELECT channel, count(*) AS dead_parts FROM parts WHERE state IN (3, 4) AND state > 1 GROUP BY channel)
                USING (channel)
             ORDER BY label",
        )?
        .query_map((), |row| {
            Ok(Depth {
                channel: row.get(0)?,
                turns: row.get::<_, i64>(1)?.unsigned_abs(),
                parts: row.get::<_, i64>(2)?.unsigned_abs(),
                dead: row.get::<_, i64>(3)?.unsigned_abs(),
            })
        })?
        .collect()
}
