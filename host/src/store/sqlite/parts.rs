//! The outbox: parts in, sends out, sends closed.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::events::{self, LaneRow, id, json, note};
use super::writer::{Fault, Written};
use crate::bindings::types::Part;
use crate::store::{
    ChannelId, Claimed, CloseSend, Enqueue, Lane, Millis, NewPart, Node, Send, SendEnd, StoreError,
};

pub(super) const QUEUED: i64 = 0;
pub(super) const SENDING: i64 = 1;
pub(super) const SENT: i64 = 2;
pub(super) const FAILED: i64 = 3;
pub(super) const UNKNOWN: i64 = 4;

/// The contract's word for a status of this rank.
pub(super) fn status_name(rank: i64) -> Option<&'static str> {
    Some(match rank {
        1 => "queued",
        2 => "sent",
        3 => "failed",
        4 => "delivered",
        5 => "read",
        _ => return None,
    })
}

pub(super) fn enqueue_alone(
    connection: &Connection,
    node: Node,
    enqueue_parts: Enqueue,
    now: Millis,
) -> Written<Option<Send>> {
    let Enqueue {
        channel,
        conversation,
        parts,
        start,
    } = enqueue_parts;
    let lane = match events::find_lane(connection, channel, &conversation)? {
        Some(lane) => lane,
        // Nobody has written yet, so it is not the conversation's latest channel either.
        None => events::lane(connection, channel, &conversation, None, 0)?,
    };
    enqueue(connection, node, &lane, None, parts, start, now)
}

/// Puts parts at the end of the lane, and begins with the first where nothing waits before it.
pub(super) fn enqueue(
    connection: &Connection,
    node: Node,
    lane: &LaneRow,
    event: Option<Uuid>,
    parts: Vec<NewPart>,
    start: bool,
    now: Millis,
) -> Written<Option<Send>> {
    if parts.is_empty() {
        return Ok(None);
    }
    let is_idle = lane.send_owner.is_none() && lane.send_at.is_none();
    for part in &parts {
        connection
            .prepare_cached(
                "INSERT INTO parts (id, channel, lane, event, content, reply, created_at)
                 SELECT ?1, channel, lane, ?3, ?4, ifnull(?5, reply), ?6 FROM lanes WHERE lane = ?2",
            )?
            .execute(params![
                part.id.as_bytes(),
                lane.lane.0,
                event.map(Uuid::into_bytes),
                json(&part.part)?,
                part.reply,
                now
            ])?;
    }
    if !is_idle {
        if lane.send_at.is_none() {
            set_owner(connection, lane.lane, lane.send_owner.map(Node), Some(now))?;
        }
        return Ok(None);
    }
    let send = if start {
        first(connection, lane.lane, now)?
    } else {
        None
    };
    set_owner(
        connection,
        lane.lane,
        send.is_some().then_some(node),
        Some(now),
    )?;
    Ok(send)
}

fn set_owner(
    connection: &Connection,
    lane: Lane,
    owner: Option<Node>,
    at: Option<Millis>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE lanes SET send_owner = ?2, send_at = ?3 WHERE lane = ?1")?
        .execute(params![lane.0, owner.map(|node| node.0), at])
        .map(drop)
}

/// The lane's first waiting part, marked as being sent. One that cannot be read is put among the dead letters.
fn first(connection: &Connection, lane: Lane, now: Millis) -> Written<Option<Send>> {
    loop {
        let found = connection
            .prepare_cached(
                "SELECT part, parts.id, conversation, parts.reply, content, attempts, unknowns, created_at,
                 first_tried_at
                 FROM parts JOIN lanes USING (lane) WHERE lane = ?1 AND state < 2 ORDER BY part LIMIT 1",
            )?
            .query_row([lane.0], |row| {
                let content: String = row.get(4)?;
                let attempts: u32 = row.get(5)?;
                let send = |content| {
                    Ok::<_, rusqlite::Error>(Send {
                        part: row.get(0)?,
                        id: id(row, 1)?,
                        lane,
                        conversation: row.get(2)?,
                        reply: row.get(3)?,
                        content,
                        attempt: attempts + 1,
                        unknowns: row.get(6)?,
                        created_at: row.get(7)?,
                        first_tried_at: row.get::<_, Option<Millis>>(8)?.unwrap_or(now),
                    })
                };
                let place: (i64, Uuid) = (row.get(0)?, id(row, 1)?);
                match serde_json::from_str::<Part>(&content) {
                    Ok(content) => Ok((place, Ok(send(content)?))),
                    Err(error) => Ok((place, Err(error))),
                }
            })
            .optional()?;
        match found {
            None => return Ok(None),
            Some(((part, _), Ok(send))) => {
                connection
                    .prepare_cached(
                        "UPDATE parts SET state = 1, attempts = attempts + 1, tried_at = ?2,
                         first_tried_at = ifnull(first_tried_at, ?2) WHERE part = ?1",
                    )?
                    .execute(params![part, now])?;
                return Ok(Some(send));
            }
            Some(((part, id), Err(error))) => {
                let error = format!("what is on record cannot be read: {error}");
                end(connection, part, id, FAILED, &error, now)?;
            }
        }
    }
}

pub(super) fn claim(
    connection: &Connection,
    node: Node,
    channel: ChannelId,
    limit: usize,
    now: Millis,
) -> Written<Claimed<Send>> {
    let lanes: Vec<i64> = connection
        .prepare_cached(
            "SELECT lane FROM lanes WHERE channel = ?1 AND send_owner IS NULL AND send_at <= ?2
             ORDER BY send_at LIMIT ?3",
        )?
        .query_map(params![channel.0, now, limit as i64], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut work = Vec::with_capacity(lanes.len());
    for lane in lanes.into_iter().map(Lane) {
        let send = first(connection, lane, now)?;
        let is_some = send.is_some();
        set_owner(
            connection,
            lane,
            is_some.then_some(node),
            is_some.then_some(now),
        )?;
        work.extend(send);
    }
    let next_due = connection
        .prepare_cached(
            "SELECT min(send_at) FROM lanes WHERE channel = ?1 AND send_owner IS NULL AND send_at IS NOT NULL",
        )?
        .query_row([channel.0], |row| row.get(0))?;
    Ok(Claimed { work, next_due })
}

pub(super) fn hasten(
    connection: &Connection,
    channel: ChannelId,
    conversation: &str,
    now: Millis,
) -> Written<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE lanes SET send_at = ?3
             WHERE channel = ?1 AND conversation = ?2 AND send_owner IS NULL AND send_at > ?3",
        )?
        .execute(params![channel.0, conversation, now])?;
    Ok(changed > 0)
}

pub(super) fn close(
    connection: &Connection,
    node: Node,
    close: CloseSend,
    now: Millis,
) -> Written<Option<Send>> {
    events::lane_by_id(connection, close.lane)?
        .filter(|lane| lane.send_owner == Some(node.0))
        .ok_or(Fault::Refused(StoreError::Lost))?;
    let (id, channel) = connection
        .prepare_cached("SELECT id, channel FROM parts WHERE part = ?1")?
        .query_row([close.part], |row| {
            Ok((id(row, 0)?, ChannelId(row.get(1)?)))
        })?;
    match close.end {
        SendEnd::Sent { receipt } => {
            connection
                .prepare_cached(
                    "UPDATE parts SET state = 2, receipt = ?2, closed_at = ?3, error = NULL WHERE part = ?1",
                )?
                .execute(params![close.part, receipt, now])?;
            if let Some(receipt) = receipt {
                take_early_status(connection, channel, close.part, id, &receipt, now)?;
            }
        }
        SendEnd::Again { at, error, unknown } => {
            connection
                .prepare_cached("UPDATE parts SET state = 0, unknowns = unknowns + ?2, error = ?3 WHERE part = ?1")?
                .execute(params![close.part, i64::from(unknown), error])?;
            let what = if unknown {
                "it may or may not have gone out"
            } else {
                "it did not go out"
            };
            note(
                connection,
                id,
                now,
                &format!("{what}, and is tried again: {error}"),
            )?;
            set_owner(connection, close.lane, None, Some(at))?;
            return Ok(None);
        }
        SendEnd::Failed { error } => end(connection, close.part, id, FAILED, &error, now)?,
        SendEnd::Unknown { error } => end(connection, close.part, id, UNKNOWN, &error, now)?,
        SendEnd::Untried { at } => {
            connection
                .prepare_cached(
                    "UPDATE parts SET state = 0, attempts = attempts - 1 WHERE part = ?1",
                )?
                .execute([close.part])?;
            set_owner(connection, close.lane, None, Some(at))?;
            return Ok(None);
        }
    }
    if !close.start {
        let waits: bool = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM parts WHERE lane = ?1 AND state < 2)")?
            .query_row([close.lane.0], |row| row.get(0))?;
        set_owner(connection, close.lane, None, waits.then_some(now))?;
        return Ok(None);
    }
    let next = first(connection, close.lane, now)?;
    let is_some = next.is_some();
    set_owner(
        connection,
        close.lane,
        is_some.then_some(node),
        is_some.then_some(now),
    )?;
    Ok(next)
}

/// Puts a part among the dead letters.
pub(super) fn end(
    connection: &Connection,
    part: i64,
    id: Uuid,
    state: i64,
    error: &str,
    now: Millis,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE parts SET state = ?2, closed_at = ?3, error = ?4 WHERE part = ?1")?
        .execute(params![part, state, now, error])?;
    note(
        connection,
        id,
        now,
        &format!("put among the dead letters: {error}"),
    )
}

/// The status that came before the receipt.
fn take_early_status(
    connection: &Connection,
    channel: ChannelId,
    part: i64,
    id: Uuid,
    receipt: &str,
    now: Millis,
) -> rusqlite::Result<()> {
    let early = connection
        .prepare_cached("DELETE FROM early_statuses WHERE channel = ?1 AND receipt = ?2 RETURNING status, detail")?
        .query_row(params![channel.0, receipt], |row| {
            Ok((row.get(0)?, row.get::<_, Option<String>>(1)?))
        })
        .optional()?;
    if let Some((status, detail)) = early {
        events::set_status(connection, part, id, status, detail.as_deref(), SENT, now)?;
    }
    Ok(())
}
