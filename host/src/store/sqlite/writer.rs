//! The one writer: a thread that takes what waits, writes it in one transaction, and then answers all of it.
//!
//! A commit costs an fsync. What arrives during one goes into the next together, so the slower the disk, the more a
//! commit carries, and nobody waits for a timer.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot};

use super::open::{Opener, Problem};
use crate::store::StoreError;

/// Writes in one transaction.
const MAX_BATCH: usize = 512;

/// Writes that wait; who comes then waits before it is in the queue.
const QUEUE: usize = 4_096;

/// How often opening is tried again while it fails.
const REOPEN: Duration = Duration::from_millis(500);

/// Why a write came to nothing.
#[derive(Debug)]
pub(super) enum Fault {
    Database(rusqlite::Error),
    Refused(StoreError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// What a write gives.
pub(super) type Written<T> = Result<T, Fault>;

/// A write in the queue.
trait Job: Send {
    /// Does it within the transaction. An error undoes this write alone.
    fn run(&mut self, connection: &Connection) -> Result<(), Fault>;
    /// Says how it ended, once the transaction has.
    fn finish(self: Box<Self>, ended: Result<(), StoreError>);
}

struct Write<T, F> {
    work: Option<F>,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, F: FnOnce(&Connection) -> Written<T> + Send> Job for Write<T, F> {
    fn run(&mut self, connection: &Connection) -> Result<(), Fault> {
        if let Some(work) = self.work.take() {
            self.result = Some(work(connection)?);
        }
        Ok(())
    }

    fn finish(self: Box<Self>, ended: Result<(), StoreError>) {
        let Self { result, reply, .. } = *self;
        let nothing = || StoreError::Unavailable("the write was not made".into());
        // Whoever asked may be gone.
        let _ = reply.send(ended.and_then(|()| result.ok_or_else(nothing)));
    }
}

/// The way to the writer. Dropping it waits until the file is closed.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread with a connection that may be open already.
    pub(super) fn start(opener: Opener, connection: Option<Connection>) -> std::io::Result<Self> {
        let (sender, queue) = mpsc::channel(QUEUE);
        let thread = Thread {
            opener,
            connection,
            tried: None,
            queue,
        };
        let thread = thread::Builder::new()
            .name("store".into())
            .spawn(move || thread.run())?;
        Ok(Self {
            queue: Some(sender),
            thread: Some(thread),
        })
    }

    /// Writes, and returns when it is on disk.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Written<T> + Send + 'static,
    {
        let (reply, ended) = oneshot::channel();
        let job = Write {
            work: Some(work),
            result: None,
            reply,
        };
        let gone = || StoreError::Unavailable("its thread has ended".into());
        let queue = self.queue.as_ref().ok_or_else(gone)?;
        queue.send(Box::new(job)).await.map_err(|_| gone())?;
        ended.await.map_err(|_| gone())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // It ends when the queue is gone; that it panicked was said by then.
            let _ = thread.join();
        }
    }
}

struct Thread {
    opener: Opener,
    connection: Option<Connection>,
    /// When opening was last tried.
    tried: Option<Instant>,
    queue: mpsc::Receiver<Box<dyn Job>>,
}

impl Thread {
    fn run(mut self) {
        let mut batch: Vec<Box<dyn Job>> = Vec::with_capacity(MAX_BATCH);
        while self.queue.blocking_recv_many(&mut batch, MAX_BATCH) > 0 {
            self.commit(&mut batch);
        }
    }

    /// Writes a batch and answers it.
    fn commit(&mut self, batch: &mut Vec<Box<dyn Job>>) {
        let connection = match self.connection() {
            Ok(connection) => connection,
            Err(error) => {
                for job in batch.drain(..) {
                    job.finish(Err(error.clone()));
                }
                return;
            }
        };
        let mut refused: Vec<Option<StoreError>> = Vec::with_capacity(batch.len());
        let committed = write(connection, batch, &mut refused);
        match committed {
            Ok(()) => {
                for (job, refused) in batch.drain(..).zip(refused) {
                    job.finish(refused.map_or(Ok(()), Err));
                }
            }
            Err(error) => {
                tracing::error!("the store could not write; nothing was accepted: {error}");
                if connection.execute_batch("ROLLBACK").is_err() || needs_reopening(&error) {
                    self.connection = None;
                }
                let error = StoreError::Unavailable(error.to_string());
                for job in batch.drain(..) {
                    job.finish(Err(error.clone()));
                }
            }
        }
    }

    fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        if self.connection.is_none() {
            if self.tried.is_some_and(|tried| tried.elapsed() < REOPEN) {
                return Err(StoreError::Unavailable("it could not be opened".into()));
            }
            self.tried = Some(Instant::now());
            match self.opener.open() {
                Ok(connection) => {
                    tracing::info!("the store is open");
                    self.connection = Some(connection);
                }
                Err(Problem::Passing(text) | Problem::Lasting(text)) => {
                    tracing::error!("the store cannot be opened: {text}");
                    return Err(StoreError::Unavailable(text));
                }
            }
        }
        self.connection
            .as_mut()
            .ok_or_else(|| StoreError::Unavailable("it could not be opened".into()))
    }
}

/// One transaction. An error is the whole batch's; what was refused alone is in `refused`.
fn write(
    connection: &Connection,
    batch: &mut [Box<dyn Job>],
    refused: &mut Vec<Option<StoreError>>,
) -> rusqlite::Result<()> {
    let run = |sql: &str| connection.prepare_cached(sql)?.execute(()).map(drop);
    run("BEGIN IMMEDIATE")?;
    for job in batch.iter_mut() {
        run("SAVEPOINT write")?;
        match job.run(connection) {
            Ok(()) => refused.push(None),
            Err(fault) => {
                let error = match fault {
                    Fault::Refused(error) => error,
                    Fault::Database(error) if is_everybodys(&error) => return Err(error),
                    Fault::Database(error) => {
                        tracing::error!("the store refused a write: {error}");
                        StoreError::Unavailable(error.to_string())
                    }
                };
                run("ROLLBACK TO write")?;
                refused.push(Some(error));
            }
        }
        run("RELEASE write")?;
    }
    run("COMMIT")
}

/// Whether an error says something of the disk rather than of the write.
fn is_everybodys(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted
        )
    )
}

/// After these a connection may hold files that are gone.
fn needs_reopening(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::SystemIoFailure | ErrorCode::ReadOnly | ErrorCode::CannotOpen)
    )
}
