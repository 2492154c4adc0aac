//! The inbox: events in, turns out, turns closed.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use uuid::Uuid;

use super::keep;
use super::parts;
use super::writer::{Fault, Written};
use crate::bindings::types::{DeliveryStatus, StatusUpdate};
use crate::store::{
    Accept, Accepted, ChannelId, Claimed, CloseTurn, EventBody, Lane, Millis, NewEvent, Node,
    StoreError, Turn, TurnClosed, TurnEnd, rank,
};

pub(super) fn accept(
    connection: &Connection,
    node: Node,
    accept: Accept,
    now: Millis,
) -> Written<Accepted> {
    let mut accepted = Accepted::default();
    let forget_at = now + millis(accept.dedupe);
    for event in accept.events {
        if !is_new(connection, accept.channel, &event, forget_at, now)? {
            accepted.duplicates += 1;
            continue;
        }
        accepted.taken += 1;
        let room = accepted.turns.len() < accept.room;
        let turn = take(connection, node, accept.channel, event, room, now)?;
        accepted.turns.extend(turn);
    }
    for status in accept.statuses {
        let failed = update_status(connection, accept.channel, &status, now)?;
        accepted.failed.extend(failed);
    }
    for write in accept.state {
        keep::put(connection, accept.channel, &write)?;
    }
    Ok(accepted)
}

/// Remembers the platform's id; false where it was known already.
fn is_new(
    connection: &Connection,
    channel: ChannelId,
    event: &NewEvent,
    forget_at: Millis,
    now: Millis,
) -> rusqlite::Result<bool> {
    let Some(platform_id) = &event.platform_id else {
        return Ok(true);
    };
    let changed = connection
        .prepare_cached(
            "INSERT INTO seen (channel, platform_id, id, expires_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET id = excluded.id, expires_at = excluded.expires_at WHERE expires_at <= ?5",
        )?
        .execute(params![channel.0, platform_id, event.id.as_bytes(), forget_at, now])?;
    Ok(changed > 0)
}

/// Puts a new event into its lane, and begins its turn where the lane is idle and there is room.
fn take(
    connection: &Connection,
    node: Node,
    channel: ChannelId,
    event: NewEvent,
    room: bool,
    now: Millis,
) -> Written<Option<Turn>> {
    let lane = lane(
        connection,
        channel,
        event.body.conversation(),
        event.body.reply(),
        now,
    )?;
    connection
        .prepare_cached(
            "INSERT INTO events (id, channel, lane, platform_id, body, received_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            event.id.as_bytes(),
            channel.0,
            lane.lane.0,
            event.platform_id,
            json(&event.body)?,
            now
        ])?;
    let place = connection.last_insert_rowid();
    let is_idle = lane.turn_owner.is_none() && lane.turn_at.is_none();
    if lane.turn_at.is_none() || is_idle {
        let owner = (is_idle && room).then_some(node.0);
        connection
            .prepare_cached("UPDATE lanes SET turn_at = ?2, turn_owner = ifnull(turn_owner, ?3) WHERE lane = ?1")?
            .execute(params![lane.lane.0, now, owner])?;
    }
    Ok((is_idle && room).then_some(Turn {
        event: place,
        id: event.id,
        lane: lane.lane,
        body: event.body,
        platform_id: event.platform_id,
        received_at: now,
        attempts: 0,
        failing_since: None,
    }))
}

/// A lane as it stood before.
pub(super) struct LaneRow {
    pub(super) lane: Lane,
    pub(super) turn_owner: Option<i64>,
    pub(super) turn_at: Option<Millis>,
    pub(super) send_owner: Option<i64>,
    pub(super) send_at: Option<Millis>,
}

/// The lane of a conversation, made if need be; `reply` becomes its latest address.
pub(super) fn lane(
    connection: &Connection,
    channel: ChannelId,
    conversation: &str,
    reply: Option<&str>,
    input_at: Millis,
) -> rusqlite::Result<LaneRow> {
    let found = find_lane(connection, channel, conversation)?;
    if let Some(found) = found {
        connection
            .prepare_cached(
                "UPDATE lanes SET input_at = ?2, reply = ifnull(?3, reply) WHERE lane = ?1",
            )?
            .execute(params![found.lane.0, input_at, reply])?;
        return Ok(found);
    }
    connection
        .prepare_cached(
            "INSERT INTO lanes (channel, conversation, reply, input_at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![channel.0, conversation, reply, input_at])?;
    Ok(LaneRow {
        lane: Lane(connection.last_insert_rowid()),
        turn_owner: None,
        turn_at: None,
        send_owner: None,
        send_at: None,
    })
}

pub(super) fn find_lane(
    connection: &Connection,
    channel: ChannelId,
    conversation: &str,
) -> rusqlite::Result<Option<LaneRow>> {
    connection
        .prepare_cached(
            "SELECT lane, turn_owner, turn_at, send_owner, send_at FROM lanes
             WHERE channel = ?1 AND conversation = ?2",
        )?
        .query_row(params![channel.0, conversation], lane_row)
        .optional()
}

pub(super) fn lane_by_id(connection: &Connection, lane: Lane) -> rusqlite::Result<Option<LaneRow>> {
    connection
        .prepare_cached(
            "SELECT lane, turn_owner, turn_at, send_owner, send_at FROM lanes WHERE lane = ?1",
        )?
        .query_row([lane.0], lane_row)
        .optional()
}

fn lane_row(row: &Row<'_>) -> rusqlite::Result<LaneRow> {
    Ok(LaneRow {
        lane: Lane(row.get(0)?),
        turn_owner: row.get(1)?,
        turn_at: row.get(2)?,
        send_owner: row.get(3)?,
        send_at: row.get(4)?,
    })
}

pub(super) fn claim(
    connection: &Connection,
    node: Node,
    channel: ChannelId,
    limit: usize,
    now: Millis,
) -> Written<Claimed<Turn>> {
    let lanes: Vec<i64> = connection
        .prepare_cached(
            "SELECT lane FROM lanes WHERE channel = ?1 AND turn_owner IS NULL AND turn_at <= ?2
             ORDER BY turn_at LIMIT ?3",
        )?
        .query_map(params![channel.0, now, limit as i64], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut work = Vec::with_capacity(lanes.len());
    for lane in lanes.into_iter().map(Lane) {
        let turn = first(connection, lane, now)?;
        own(
            connection,
            lane,
            turn.is_some().then_some(node),
            turn.is_some().then_some(now),
        )?;
        work.extend(turn);
    }
    let next_due = connection
        .prepare_cached(
            "SELECT min(turn_at) FROM lanes WHERE channel = ?1 AND turn_owner IS NULL AND turn_at IS NOT NULL",
        )?
        .query_row([channel.0], |row| row.get(0))?;
    Ok(Claimed { work, next_due })
}

fn own(
    connection: &Connection,
    lane: Lane,
    owner: Option<Node>,
    at: Option<Millis>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE lanes SET turn_owner = ?2, turn_at = ?3 WHERE lane = ?1")?
        .execute(params![lane.0, owner.map(|node| node.0), at])
        .map(drop)
}

/// The lane's first waiting event. One that cannot be read is put among the dead letters, so that it blocks nobody.
fn first(connection: &Connection, lane: Lane, now: Millis) -> Written<Option<Turn>> {
    loop {
        let found = connection
            .prepare_cached(
                "SELECT event, id, platform_id, body, received_at, attempts, failing_since FROM events
                 WHERE lane = ?1 AND state = 0 ORDER BY event LIMIT 1",
            )?
            .query_row([lane.0], |row| {
                let body: String = row.get(3)?;
                Ok((
                    row.get::<_, i64>(0)?,
                    id(row, 1)?,
                    row.get(2)?,
                    serde_json::from_str::<EventBody>(&body),
                    row.get(4)?,
                    row.get(5)?,
                    row.get(6)?,
                ))
            })
            .optional()?;
        let Some((event, id, platform_id, body, received_at, attempts, failing_since)) = found
        else {
            return Ok(None);
        };
        match body {
            Ok(body) => {
                return Ok(Some(Turn {
                    event,
                    id,
                    lane,
                    body,
                    platform_id,
                    received_at,
                    attempts,
                    failing_since,
                }));
            }
            Err(error) => {
                let error = format!("what is on record cannot be read: {error}");
                bury(connection, event, id, &error, now)?;
            }
        }
    }
}

fn bury(
    connection: &Connection,
    event: i64,
    id: Uuid,
    error: &str,
    now: Millis,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE events SET state = 2, closed_at = ?2, error = ?3 WHERE event = ?1")?
        .execute(params![event, now, error])?;
    note(
        connection,
        id,
        now,
        &format!("put among the dead letters: {error}"),
    )
}

pub(super) fn close(
    connection: &Connection,
    node: Node,
    close: CloseTurn,
    now: Millis,
) -> Written<TurnClosed> {
    let lane = lane_by_id(connection, close.lane)?
        .filter(|lane| lane.turn_owner == Some(node.0))
        .ok_or(Fault::Refused(StoreError::Lost))?;
    let id = connection
        .prepare_cached("SELECT id FROM events WHERE event = ?1")?
        .query_row([close.event], |row| id(row, 0))?;
    let mut closed = TurnClosed::default();
    match close.end {
        TurnEnd::Answered(new) => {
            connection
                .prepare_cached(
                    "UPDATE events SET state = 1, started_at = ?2, closed_at = ?3 WHERE event = ?1",
                )?
                .execute(params![close.event, close.started_at, now])?;
            closed.send = parts::enqueue(connection, node, &lane, Some(id), new, close.start, now)?;
        }
        TurnEnd::Again { at, error } => {
            connection
                .prepare_cached(
                    "UPDATE events SET attempts = attempts + 1, failing_since = ifnull(failing_since, ?3),
                     started_at = ?2, error = ?4 WHERE event = ?1",
                )?
                .execute(params![close.event, close.started_at, now, error])?;
            note(
                connection,
                id,
                now,
                &format!("the bot did not answer: {error}"),
            )?;
            own(connection, close.lane, None, Some(at))?;
            return Ok(closed);
        }
        TurnEnd::Dead { error } => {
            connection
                .prepare_cached(
                    "UPDATE events SET attempts = attempts + 1, started_at = ?2 WHERE event = ?1",
                )?
                .execute(params![close.event, close.started_at])?;
            bury(connection, close.event, id, &error, now)?;
        }
        TurnEnd::Untouched => {
            own(connection, close.lane, None, Some(now))?;
            return Ok(closed);
        }
    }
    let next = first(connection, close.lane, now)?;
    let owner = (close.go_on && next.is_some()).then_some(node);
    own(connection, close.lane, owner, next.is_some().then_some(now))?;
    closed.next = next.filter(|_| close.go_on);
    Ok(closed)
}

/// A status moves forward or not at all. The part's id where the platform says that it failed after all.
fn update_status(
    connection: &Connection,
    channel: ChannelId,
    update: &StatusUpdate,
    now: Millis,
) -> rusqlite::Result<Option<Uuid>> {
    let found = connection
        .prepare_cached("SELECT part, id, ifnull(status, 0), state FROM parts WHERE channel = ?1 AND receipt = ?2")?
        .query_map(params![channel.0, update.id], |row| {
            Ok((row.get::<_, i64>(0)?, id(row, 1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    if found.is_empty() {
        // The platform was faster than the record of its own receipt.
        connection
            .prepare_cached(
                "INSERT INTO early_statuses (channel, receipt, status, detail, at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET status = excluded.status, detail = excluded.detail
                 WHERE excluded.status > status",
            )?
            .execute(params![channel.0, update.id, rank(update.status), update.detail, now])?;
        return Ok(None);
    }
    let mut failed = None;
    // One message at the platform can be several parts only where a connector says so; then all of them moved.
    for (part, id, status, state) in found {
        if rank(update.status) <= status {
            continue;
        }
        let detail = update.detail.as_deref();
        if set_status(
            connection,
            part,
            id,
            rank(update.status),
            detail,
            state,
            now,
        )? {
            failed = Some(id);
        }
    }
    Ok(failed)
}

/// True where the part turns into a dead letter by it.
pub(super) fn set_status(
    connection: &Connection,
    part: i64,
    id: Uuid,
    status: i64,
    detail: Option<&str>,
    state: i64,
    now: Millis,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("UPDATE parts SET status = ?2 WHERE part = ?1")?
        .execute(params![part, status])?;
    let is_failure = status == rank(DeliveryStatus::Failed);
    let detail = detail.map_or_else(String::new, |detail| format!(": {detail}"));
    let word = parts::status_name(status).unwrap_or_default();
    note(
        connection,
        id,
        now,
        &format!("the platform says: {word}{detail}"),
    )?;
    if !is_failure || state != parts::SENT {
        return Ok(false);
    }
    connection
        .prepare_cached(
            "UPDATE parts SET state = :failed, closed_at = :now, error = :error WHERE part = :part",
        )?
        .execute(named_params! {
            ":failed": parts::FAILED,
            ":now": now,
            ":error": format!("the platform took it and could not deliver it{detail}"),
            ":part": part,
        })?;
    Ok(true)
}

pub(super) fn note(
    connection: &Connection,
    id: Uuid,
    at: Millis,
    text: &str,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO notes (id, at, text) VALUES (?1, ?2, ?3)")?
        .execute(params![id.as_bytes(), at, text])
        .map(drop)
}

pub(super) fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

pub(super) fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))
}

pub(super) fn parsed<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(e)))
}

pub(super) fn millis(duration: std::time::Duration) -> Millis {
    duration.as_millis().try_into().unwrap_or(Millis::MAX / 4)
}
