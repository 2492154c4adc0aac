//! The store in a file: SQLite, in the folder that `--data-dir` names.
//!
//! One thread writes and commits what has gathered (`writer`); readers look at the last commit beside it. Everything is
//! on disk when a write returns: write-ahead log, `synchronous=FULL`. The folder is locked, so this process is the only
//! node; what runs beside it are commands that look.

mod events;
mod keep;
mod letters;
mod nodes;
mod open;
mod parts;
mod sweep;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use rusqlite::{Connection, OptionalExtension};
use tokio::sync::Semaphore;

use self::open::{Opener, Problem, Role};
use self::writer::Writer;
use super::{
    Accept, Accepted, ChannelId, Claimed, CloseSend, CloseTurn, DeadLetter, Depth, Enqueue,
    Letters, Life, Millis, Node, OnUnknown, Recovered, Retention, Send, StateLimits, StateUsage,
    StateWrite, Store, StoreError, Stored, Turn, TurnClosed,
};

/// Reads at a time.
const READERS: usize = 4;

/// Why a store was not opened, and must not be: what to do about it is in the text.
#[derive(Debug)]
pub struct OpenError(String);

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OpenError {}

/// The store in a file.
pub struct Sqlite {
    writer: Writer,
    reading: Arc<Reading>,
    file: PathBuf,
    swept: Arc<AtomicI64>,
    /// What was last seen of the file's version.
    version: Arc<AtomicI64>,
}

struct Reading {
    opener: Opener,
    idle: Mutex<Vec<Connection>>,
    places: Semaphore,
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sqlite").field(&self.file).finish()
    }
}

impl Sqlite {
    /// The store in `folder`, made if need be, for this process alone. A disk that is full or read-only at the moment
    /// is no error: the store opens when that is over, and until then every call says that it cannot.
    ///
    /// # Errors
    ///
    /// When the file is damaged, not ours or of another version, or another server works on it. Nothing was written.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        Self::start(Opener::new(folder, Role::Server))
    }

    /// The store in `folder` as a command sees it, beside a server that may be running.
    ///
    /// # Errors
    ///
    /// When there is none, or it cannot be opened.
    pub fn visit(folder: &Path) -> Result<Self, OpenError> {
        Self::start(Opener::new(folder, Role::Guest))
    }

    fn start(opener: Opener) -> Result<Self, OpenError> {
        let connection = match opener.open() {
            Ok(connection) => Some(connection),
            Err(Problem::Lasting(text)) => return Err(OpenError(text)),
            Err(Problem::Passing(text)) if opener.is_guest() => return Err(OpenError(text)),
            Err(Problem::Passing(text)) => {
                tracing::error!("the store cannot be opened, which is tried again: {text}");
                None
            }
        };
        let file = opener.file();
        let reading = Arc::new(Reading {
            opener: opener.clone(),
            idle: Mutex::default(),
            places: Semaphore::new(READERS),
        });
        let writer = Writer::start(opener, connection)
            .map_err(|error| OpenError(format!("the system gives no thread: {error}")))?;
        Ok(Self {
            writer,
            reading,
            file,
            swept: Arc::default(),
            version: Arc::default(),
        })
    }

    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: std::marker::Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + std::marker::Send + 'static,
    {
        let unavailable = |text: String| StoreError::Unavailable(text);
        let reading = self.reading.clone();
        let _place = self
            .reading
            .places
            .acquire()
            .await
            .map_err(|e| unavailable(e.to_string()))?;
        let read = tokio::task::spawn_blocking(move || {
            let idle = reading.idle().pop();
            let connection = match idle {
                Some(connection) => connection,
                None => reading.opener.open_reader()?,
            };
            let read = work(&connection)?;
            reading.idle().push(connection);
            Ok::<_, rusqlite::Error>(read)
        });
        read.await
            .map_err(|e| unavailable(e.to_string()))?
            .map_err(|e| unavailable(e.to_string()))
    }
}

impl Reading {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Sqlite {
    fn shared(&self) -> bool {
        false
    }

    fn changed_elsewhere(&self) -> Stored<'_, bool> {
        let known = self.version.clone();
        self.writer
            .write(move |c| {
                // Changes when another connection has written. https://www.sqlite.org/pragma.html#pragma_data_version
                let version: i64 = c
                    .prepare_cached("PRAGMA data_version")?
                    .query_row((), |row| row.get(0))?;
                Ok(known.swap(version, Ordering::Relaxed) != version)
            })
            .boxed()
    }

    fn join(&self, now: Millis) -> Stored<'_, Node> {
        self.writer.write(move |c| Ok(nodes::join(c, now)?)).boxed()
    }

    fn heartbeat(&self, node: Node, now: Millis) -> Stored<'_, bool> {
        self.writer
            .write(move |c| Ok(nodes::heartbeat(c, node, now)?))
            .boxed()
    }

    fn recover(
        &self,
        node: Node,
        silent_since: Millis,
        latest: Millis,
        now: Millis,
    ) -> Stored<'_, Recovered> {
        self.writer
            .write(move |c| Ok(nodes::recover(c, node, silent_since, latest, now)?))
            .boxed()
    }

    fn channel(&self, label: &str, on_unknown: OnUnknown) -> Stored<'_, ChannelId> {
        let label = label.to_owned();
        self.writer
            .write(move |c| Ok(nodes::channel(c, &label, on_unknown)?))
            .boxed()
    }

    fn accept(&self, node: Node, accept: Accept, now: Millis) -> Stored<'_, Accepted> {
        self.writer
            .write(move |c| events::accept(c, node, accept, now))
            .boxed()
    }

    fn claim_turns(
        &self,
        node: Node,
        channel: ChannelId,
        limit: usize,
        now: Millis,
    ) -> Stored<'_, Claimed<Turn>> {
        self.writer
            .write(move |c| events::claim(c, node, channel, limit, now))
            .boxed()
    }

    fn close_turn(&self, node: Node, close: CloseTurn, now: Millis) -> Stored<'_, TurnClosed> {
        self.writer
            .write(move |c| events::close(c, node, close, now))
            .boxed()
    }

    fn enqueue(&self, node: Node, enqueue: Enqueue, now: Millis) -> Stored<'_, Option<Send>> {
        self.writer
            .write(move |c| parts::enqueue_alone(c, node, enqueue, now))
            .boxed()
    }

    fn claim_sends(
        &self,
        node: Node,
        channel: ChannelId,
        limit: usize,
        now: Millis,
    ) -> Stored<'_, Claimed<Send>> {
        self.writer
            .write(move |c| parts::claim(c, node, channel, limit, now))
            .boxed()
    }

    fn hasten(&self, channel: ChannelId, conversation: &str, now: Millis) -> Stored<'_, bool> {
        let conversation = conversation.to_owned();
        self.writer
            .write(move |c| parts::hasten(c, channel, &conversation, now))
            .boxed()
    }

    fn close_send(&self, node: Node, close: CloseSend, now: Millis) -> Stored<'_, Option<Send>> {
        self.writer
            .write(move |c| parts::close(c, node, close, now))
            .boxed()
    }

    fn state(&self, channel: ChannelId, key: &str, now: Millis) -> Stored<'_, Option<Vec<u8>>> {
        let key = key.to_owned();
        self.read(move |c| keep::get(c, channel, &key, now)).boxed()
    }

    fn state_usage(&self, channel: ChannelId, key: &str) -> Stored<'_, StateUsage> {
        let key = key.to_owned();
        self.read(move |c| keep::usage(c, channel, &key)).boxed()
    }

    fn write_state(
        &self,
        channel: ChannelId,
        writes: Vec<StateWrite>,
        limits: StateLimits,
        _now: Millis,
    ) -> Stored<'_, ()> {
        self.writer
            .write(move |c| keep::put_within(c, channel, &writes, limits))
            .boxed()
    }

    fn compare_and_set(
        &self,
        channel: ChannelId,
        expected: Option<Vec<u8>>,
        write: StateWrite,
        limits: StateLimits,
        now: Millis,
    ) -> Stored<'_, bool> {
        self.writer
            .write(move |c| {
                keep::compare_and_set(c, channel, expected.as_deref(), write, limits, now)
            })
            .boxed()
    }

    fn latest_channel(&self, conversation: &str) -> Stored<'_, Option<String>> {
        let conversation = conversation.to_owned();
        self.read(move |c| {
            c.prepare_cached(
                "SELECT label FROM lanes JOIN channels USING (channel) WHERE conversation = ?1 AND input_at > 0
                 ORDER BY input_at DESC LIMIT 1",
            )?
            .query_row([&conversation], |row| row.get(0))
            .optional()
        })
        .boxed()
    }

    fn life(&self, id: &str) -> Stored<'_, Option<Life>> {
        let id = id.to_owned();
        self.read(move |c| letters::life(c, &id)).boxed()
    }

    fn dead_letters(&self, letters: Letters, limit: usize) -> Stored<'_, Vec<DeadLetter>> {
        self.read(move |c| letters::list(c, &letters, limit))
            .boxed()
    }

    fn replay(&self, letters: Letters, now: Millis) -> Stored<'_, u64> {
        self.writer
            .write(move |c| Ok(letters::replay(c, &letters, now)?))
            .boxed()
    }

    fn drop_letters(&self, letters: Letters, now: Millis) -> Stored<'_, u64> {
        self.writer
            .write(move |c| Ok(letters::drop_letters(c, &letters, now)?))
            .boxed()
    }

    fn depths(&self) -> Stored<'_, Vec<Depth>> {
        self.read(letters::depths).boxed()
    }

    fn sweep(&self, retention: Retention, now: Millis) -> Stored<'_, u64> {
        let cursor = self.swept.clone();
        self.writer
            .write(move |c| Ok(sweep::sweep(c, retention, &cursor, now)?))
            .boxed()
    }
}
