-- Version 1. Times are milliseconds since 1970 UTC; ids are UUIDs of 16 bytes.

CREATE TABLE nodes (
    node INTEGER PRIMARY KEY AUTOINCREMENT,
    seen_at INTEGER NOT NULL
);

CREATE TABLE channels (
    channel INTEGER PRIMARY KEY,
    label TEXT NOT NULL UNIQUE,
    resend_unknown INTEGER NOT NULL,
    state_keys INTEGER NOT NULL DEFAULT 0,
    state_bytes INTEGER NOT NULL DEFAULT 0
);

-- A conversation. `turn_at` says when its first waiting event is due and is null when none waits; while a node works on
-- it, `turn_owner` is that node. The same for the parts that wait to be sent.
CREATE TABLE lanes (
    lane INTEGER PRIMARY KEY,
    channel INTEGER NOT NULL,
    conversation TEXT NOT NULL,
    reply TEXT,
    input_at INTEGER NOT NULL,
    turn_owner INTEGER,
    turn_at INTEGER,
    send_owner INTEGER,
    send_at INTEGER,
    UNIQUE (channel, conversation)
);
CREATE INDEX lanes_by_conversation ON lanes (conversation);
CREATE INDEX turns_due ON lanes (channel, turn_at) WHERE turn_at IS NOT NULL AND turn_owner IS NULL;
CREATE INDEX sends_due ON lanes (channel, send_at) WHERE send_at IS NOT NULL AND send_owner IS NULL;

-- The inbox. `state`: 0 queued, 1 done, 2 dead, 3 dropped.
CREATE TABLE events (
    event INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    channel INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    platform_id TEXT,
    body TEXT NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    received_at INTEGER NOT NULL,
    failing_since INTEGER,
    started_at INTEGER,
    closed_at INTEGER,
    error TEXT
);
CREATE INDEX events_waiting ON events (lane, event) WHERE state = 0;
CREATE INDEX events_closed ON events (state, closed_at) WHERE state > 0;

-- The platforms' ids of events that were accepted.
CREATE TABLE seen (
    channel INTEGER NOT NULL,
    platform_id TEXT NOT NULL,
    id BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (channel, platform_id)
) WITHOUT ROWID;
CREATE INDEX seen_expiring ON seen (expires_at);

-- The outbox. `state`: 0 queued, 1 sending, 2 sent, 3 failed, 4 unknown, 5 dropped. `status` is the platform's word, as
-- the rank of the contract's delivery-status.
CREATE TABLE parts (
    part INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    channel INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    event BLOB,
    content TEXT NOT NULL,
    reply TEXT,
    state INTEGER NOT NULL DEFAULT 0,
    status INTEGER,
    receipt TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    unknowns INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    first_tried_at INTEGER,
    tried_at INTEGER,
    closed_at INTEGER,
    error TEXT
);
CREATE INDEX parts_waiting ON parts (lane, part) WHERE state < 2;
CREATE INDEX parts_closed ON parts (state, closed_at) WHERE state > 1;
CREATE INDEX parts_by_event ON parts (event) WHERE event IS NOT NULL;
CREATE INDEX parts_by_receipt ON parts (channel, receipt) WHERE receipt IS NOT NULL;

-- Statuses that came before the receipt of what they speak of.
CREATE TABLE early_statuses (
    channel INTEGER NOT NULL,
    receipt TEXT NOT NULL,
    status INTEGER NOT NULL,
    detail TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (channel, receipt)
) WITHOUT ROWID;

-- What was out of the ordinary, for people.
CREATE TABLE notes (
    note INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX notes_by_id ON notes (id);

-- What connectors keep.
CREATE TABLE state (
    channel INTEGER NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (channel, key)
) WITHOUT ROWID;
CREATE INDEX state_expiring ON state (expires_at) WHERE expires_at IS NOT NULL;
