//! Opening the file: ours, whole, and nobody else's at the moment, or not at all.
//!
//! A file that is not ours is not written to, not even by way of SQLite's own recovery.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// Marks a file as ours: `SWBD`.
const APPLICATION_ID: i32 = 0x5357_4244;

/// The version of the schema.
const VERSION: i32 = 1;

/// Where an SQLite file holds these two, and the text that it begins with. <https://www.sqlite.org/fileformat.html>
const MAGIC: &[u8] = b"SQLite format 3\0";
const VERSION_AT: usize = 60;
const APPLICATION_ID_AT: usize = 68;
const HEADER: usize = 100;

/// Files up to this size are checked page by page at every start, which takes about a second a GiB. Bytes.
const CHECKED: u64 = 4 << 30;

/// How long a process waits for another one's write.
const BUSY: Duration = Duration::from_secs(5);

/// Pages of the log before they are moved into the file: 16 MiB.
const CHECKPOINT_PAGES: u32 = 4_000;

/// What keeps a store from being opened.
#[derive(Debug)]
pub(super) enum Problem {
    /// It may go by itself: disk full, read-only, not there yet.
    Passing(String),
    /// Somebody must do something.
    Lasting(String),
}

/// Who opens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The server: alone, and it makes what is not there.
    Server,
    /// A command that looks, or changes a little, beside a server that may run.
    Guest,
}

/// Opens the store of one folder.
#[derive(Clone, Debug)]
pub(super) struct Opener {
    folder: PathBuf,
    role: Role,
    /// Held as long as the server lives.
    lock: Arc<Mutex<Option<File>>>,
}

impl Opener {
    pub(super) fn new(folder: &Path, role: Role) -> Self {
        Self {
            folder: folder.to_owned(),
            role,
            lock: Arc::default(),
        }
    }

    pub(super) fn is_guest(&self) -> bool {
        self.role == Role::Guest
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.join("switchboard.db")
    }

    /// A connection for writing.
    pub(super) fn open(&self) -> Result<Connection, Problem> {
        let file = self.file();
        if self.role == Role::Server {
            self.make_folder()?;
            self.take_lock()?;
        } else if !file.exists() {
            let text = format!(
                "there is no store at {}; hint: `--data-dir`",
                file.display()
            );
            return Err(Problem::Lasting(text));
        }
        let fresh = self.look(&file)?;
        let opened = open(&file).and_then(|connection| {
            if fresh {
                create(&connection)?;
            }
            Ok(connection)
        });
        let connection = opened.map_err(|error| self.explain(&file, &error))?;
        if !fresh && self.role == Role::Server {
            self.check(&file, &connection)?;
        }
        tune(&connection).map_err(|error| self.explain(&file, &error))?;
        Ok(connection)
    }

    /// A connection for reading.
    pub(super) fn open_reader(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(
            self.file(),
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(BUSY)?;
        plan_once(&connection)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    }

    fn make_folder(&self) -> Result<(), Problem> {
        // What people say is for the owner's eyes alone.
        let made = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder);
        made.map_err(|error| self.passing("cannot be made", &error))
    }

    fn take_lock(&self) -> Result<(), Problem> {
        let mut held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            return Ok(());
        }
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(self.folder.join("lock"))
            .map_err(|error| self.passing("cannot be written to", &error))?;
        match file.try_lock() {
            Ok(()) => *held = Some(file),
            Err(fs::TryLockError::WouldBlock) => {
                return Err(Problem::Lasting(format!(
                    "another server works in {}; hint: stop it, or give each its own `--data-dir`",
                    self.folder.display()
                )));
            }
            Err(fs::TryLockError::Error(error)) => {
                return Err(self.passing("cannot be locked", &error));
            }
        }
        Ok(())
    }

    fn passing(&self, what: &str, error: &io::Error) -> Problem {
        Problem::Passing(format!(
            "the folder {} {what}: {error}; hint: `--data-dir` names another",
            self.folder.display()
        ))
    }

    /// Looks at the file without SQLite, which would write. True where there is none yet.
    fn look(&self, file: &Path) -> Result<bool, Problem> {
        let foreign = |what: &str| {
            Problem::Lasting(format!(
                "{} {what}; it was left as it is; hint: move it away, or name another folder with `--data-dir`",
                file.display()
            ))
        };
        let mut header = Vec::with_capacity(HEADER);
        match File::open(file) {
            Ok(opened) => {
                let read = opened.take(HEADER as u64).read_to_end(&mut header);
                read.map_err(|error| self.passing("cannot be read", &error))?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let made = OpenOptions::new()
                    .create_new(true)
                    .write(true)
                    .mode(0o600)
                    .open(file);
                made.map_err(|error| self.passing("cannot be written to", &error))?;
                return Ok(true);
            }
            Err(error) => return Err(self.passing("cannot be read", &error)),
        }
        if header.is_empty() {
            return Ok(true);
        }
        if header.len() < HEADER || !header.starts_with(MAGIC) {
            return Err(foreign("is no SQLite file"));
        }
        let number = |at: usize| {
            let bytes = header[at..at + 4].try_into().unwrap_or_default();
            i32::from_be_bytes(bytes)
        };
        if number(APPLICATION_ID_AT) != APPLICATION_ID {
            return Err(foreign("belongs to another program"));
        }
        match number(VERSION_AT) {
            VERSION => Ok(false),
            other => Err(Problem::Lasting(format!(
                "{} was written by another version of Switchboard (its schema is {other}, this one's {VERSION}); it was \
                 left as it is; hint: run that version",
                file.display()
            ))),
        }
    }

    /// Whether every page makes sense.
    fn check(&self, file: &Path, connection: &Connection) -> Result<(), Problem> {
        let size = fs::metadata(file)
            .map(|meta| meta.len())
            .unwrap_or_default();
        if size > CHECKED {
            tracing::warn!(
                file = %file.display(),
                "the store is not checked for damage, as it is over {} GiB",
                CHECKED >> 30
            );
            return Ok(());
        }
        let found =
            connection.query_row("PRAGMA quick_check(1)", (), |row| row.get::<_, String>(0));
        let damage = match found {
            Ok(answer) if answer == "ok" => return Ok(()),
            Ok(answer) => answer,
            Err(error) => match self.explain(file, &error) {
                Problem::Passing(text) => return Err(Problem::Passing(text)),
                Problem::Lasting(_) => error.to_string(),
            },
        };
        Err(damaged(file, &damage))
    }

    fn explain(&self, file: &Path, error: &rusqlite::Error) -> Problem {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => damaged(file, &error.to_string()),
            _ => Problem::Passing(format!("{}: {error}", file.display())),
        }
    }
}

fn damaged(file: &Path, what: &str) -> Problem {
    Problem::Lasting(format!(
        "{} is damaged: {}; it was left as it is; hint: put a copy in its place, or save what can be read with \
         `sqlite3 {} .recover`",
        file.display(),
        what.lines().last().unwrap_or_default(),
        file.display()
    ))
}

fn open(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    // A file that is found to be damaged must not be written to when it is closed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

/// Makes the tables. Before the log is switched on, so that the file's head says at all times whose it is.
fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "BEGIN;\n{}\nPRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {VERSION};\nCOMMIT;",
        include_str!("schema.sql")
    ))
}

fn tune(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.pragma_update(None, "cache_size", -32_000)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    plan_once(connection)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// Plans do not depend on the values that are bound: without this, a statement over a table with partial indexes is
/// compiled again for every new value. <https://www.sqlite.org/queryplanner-ng.html#qpstab>
fn plan_once(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(drop)
}
