//! Who works on the store, and what is left of those who do not any more.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::events::{id, note};
use super::parts;
use crate::store::{ChannelId, CutOff, Millis, Node, OnUnknown, Recovered};

/// How often a part with an unknown outcome is sent again; then it is somebody's to decide.
pub(crate) const MAX_UNKNOWNS: u32 = 2;

const CUT_OFF: &str =
    "the server ended while the part was being sent: it may or may not have gone out";

pub(super) fn join(connection: &Connection, now: Millis) -> rusqlite::Result<Node> {
    connection
        .prepare_cached("INSERT INTO nodes (seen_at) VALUES (?1)")?
        .execute([now])?;
    Ok(Node(connection.last_insert_rowid()))
}

pub(super) fn heartbeat(
    connection: &Connection,
    node: Node,
    now: Millis,
) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached("UPDATE nodes SET seen_at = ?2 WHERE node = ?1")?
        .execute(params![node.0, now])?;
    Ok(changed > 0)
}

pub(super) fn channel(
    connection: &Connection,
    label: &str,
    on_unknown: OnUnknown,
) -> rusqlite::Result<ChannelId> {
    connection
        .prepare_cached(
            "INSERT INTO channels (label, resend_unknown) VALUES (?1, ?2)
             ON CONFLICT (label) DO UPDATE SET resend_unknown = excluded.resend_unknown RETURNING channel",
        )?
        .query_row(params![label, on_unknown == OnUnknown::Resend], |row| {
            row.get(0).map(ChannelId)
        })
}

pub(super) fn recover(
    connection: &Connection,
    node: Node,
    silent_since: Millis,
    latest: Millis,
    now: Millis,
) -> rusqlite::Result<Recovered> {
    connection.execute(
        "DELETE FROM nodes WHERE node <> ?1 AND seen_at < ?2",
        params![node.0, silent_since],
    )?;
    let mut recovered = Recovered::default();
    let freed = connection.execute(
        "UPDATE lanes SET turn_owner = NULL
         WHERE turn_owner IS NOT NULL AND turn_owner NOT IN (SELECT node FROM nodes)",
        (),
    )?;
    recovered.turns = freed as u64;
    // `state < 2` for the sake of the index `parts_waiting`.
    let cut_off: Vec<(i64, Uuid, bool, String)> = connection
        .prepare(
            "SELECT part, parts.id, resend_unknown AND unknowns < ?1, label
             FROM lanes JOIN parts USING (lane) JOIN channels ON channels.channel = parts.channel
             WHERE send_owner IS NOT NULL AND send_owner NOT IN (SELECT node FROM nodes) AND state = 1 AND state < 2",
        )?
        .query_map([MAX_UNKNOWNS], |row| Ok((row.get(0)?, id(row, 1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
    let mut sends: BTreeMap<String, CutOff> = BTreeMap::new();
    for (part, id, resend, channel) in cut_off {
        let count = sends.entry(channel).or_default();
        if resend {
            count.resent += 1;
            connection
                .prepare_cached("UPDATE parts SET state = ?2, unknowns = unknowns + 1, error = ?3 WHERE part = ?1")?
                .execute(params![part, parts::QUEUED, CUT_OFF])?;
            note(connection, id, now, &format!("{CUT_OFF}; it is sent again"))?;
        } else {
            count.parked += 1;
            parts::end(connection, part, id, parts::UNKNOWN, CUT_OFF, now)?;
        }
    }
    connection.execute(
        "UPDATE lanes SET send_owner = NULL
         WHERE send_owner IS NOT NULL AND send_owner NOT IN (SELECT node FROM nodes)",
        (),
    )?;
    connection.execute(
        "UPDATE lanes SET turn_at = ?2 WHERE turn_owner IS NULL AND turn_at > ?1",
        [latest, now],
    )?;
    connection.execute(
        "UPDATE lanes SET send_at = ?2 WHERE send_owner IS NULL AND send_at > ?1",
        [latest, now],
    )?;
    recovered.sends = sends
        .into_iter()
        .map(|(channel, count)| CutOff { channel, ..count })
        .collect();
    Ok(recovered)
}
