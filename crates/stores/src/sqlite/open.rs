//! Opening a database file: lock, check, migrate.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::checkpoint::{COPY_AFTER_PAGES, Copier};
use super::place::Place;

/// Marks a file as ours (`PRAGMA application_id`): the letters DOOR.
const APPLICATION_ID: i32 = 0x444F_4F52;

/// The schema, step by step; a file's `PRAGMA user_version` tells how many it has had.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_first.sql"),
    include_str!("../../migrations/sqlite/0002_order_refunded.sql"),
];

/// How large a page of a new file is. A commit writes every page that it changed as a whole, and
/// with few commands in it little of each: half of SQLite's own size is half of that.
const PAGE_BYTES: u32 = 2_048;

/// How long the log is made when it is opened: as long as it gets before it has been copied, each
/// page with its header of 24 bytes. A disk writes into a file that is there
/// already in less time than it takes to make one longer, and every commit waits for the disk.
const LOG_BYTES: u64 = (COPY_AFTER_PAGES as u64 + 2_048) * (PAGE_BYTES as u64 + 24);

/// How much of the database the writer keeps in memory, in KiB. The rest is in the system's memory,
/// close enough; and in every commit that moved a page SQLite walks over all of its cache's table.
const WRITER_CACHE_KIB: u32 = 16 * 1024;

/// Statements kept prepared on each connection: more than any connection uses.
const STATEMENTS: usize = 96;

/// Why a database file cannot be used. The message tells the operator what is wrong.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another server has the file.
    #[error("{} is in use by another Doorbuster server; stop that one first, or choose another file", .0.display())]
    InUse(PathBuf),
    /// It is some other program's database.
    #[error("{} is an SQLite database, but not one of Doorbuster's; choose another file", .0.display())]
    NotOurs(PathBuf),
    /// It is no database at all, or its first page is damaged.
    #[error("{} is not an SQLite database; choose another file, or restore it from a backup", .0.display())]
    NotADatabase(PathBuf),
    /// A newer program wrote it.
    #[error("{} has schema version {found}, and this program knows versions up to {known}; run a newer Doorbuster", .path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// It was written by an older program, and was opened for reading only.
    #[error("{} has schema version {found} and needs {known}; start the server on it once", .path.display())]
    Older {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The version it would be brought to.
        known: i64,
    },
    /// It cannot be opened, made or locked.
    #[error("{} cannot be opened: {source}", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite cannot use it.
    #[error("{} cannot be used: {source}", .path.display())]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
}

impl OpenError {
    fn sqlite(path: &Path) -> impl Fn(rusqlite::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase(path.clone()),
            _ => Self::Sqlite { path: path.clone(), source },
        }
    }
}

/// A file that no other server can open for writing while this value lives.
#[derive(Debug)]
pub(super) struct FileLock {
    _file: File,
}

/// A file that is open for writing.
pub(super) struct Writing {
    pub(super) connection: Connection,
    pub(super) copier: Copier,
    pub(super) lock: FileLock,
    /// Of the database and of its log.
    pub(super) places: [Place; 2],
}

/// Locks the file, opens it for writing, and brings it to the newest schema.
pub(super) fn for_writing(path: &Path) -> Result<Writing, OpenError> {
    let lock = lock(path)?;
    let mut connection = Connection::open(path).map_err(OpenError::sqlite(path))?;
    migrate(&mut connection, path)?;
    configure_writer(&connection).map_err(OpenError::sqlite(path))?;
    lengthen_log(path);
    let second = Connection::open(path).map_err(OpenError::sqlite(path))?;
    configure_writer(&second).map_err(OpenError::sqlite(path))?;
    let copier =
        Copier::start(second).map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
    copier.follow(&mut connection).map_err(OpenError::sqlite(path))?;
    let place = |ending| {
        let path = beside(path, ending);
        Place::of(path.clone()).map_err(|source| OpenError::Io { path, source })
    };
    let places = [place("")?, place("-wal")?];
    Ok(Writing { connection, copier, lock, places })
}

/// Makes the log as long as it will get, if there is room. What follows its last commit is not
/// read.
fn lengthen_log(path: &Path) {
    let path = beside(path, "-wal");
    let lengthen = || {
        let mut log = File::options().append(true).create(true).open(&path)?;
        let length = log.metadata()?.len();
        let missing = LOG_BYTES.saturating_sub(length);
        let filled = io::copy(&mut io::repeat(0).take(missing), &mut log);
        filled.and_then(|_| log.sync_all()).inspect_err(|_| {
            let _ = log.set_len(length); // whatever room there is left is for the commits
        })
    };
    if let Err(error) = lengthen() {
        let log = path.display();
        tracing::warn!(%error, %log, "the log could not be made longer; commits will take longer");
    }
}

/// The path of a file that belongs to the database at `path`: beside the file itself, whatever link
/// it was called by, or two servers could have it by two names.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()); // a new file
    let mut real = real.into_os_string();
    real.push(ending);
    real.into()
}

/// Opens the file for reading. It must have the newest schema.
pub(super) fn for_reading(path: &Path) -> Result<Connection, OpenError> {
    existing(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// Opens the file for a short write of something that no server keeps in memory. A server that
/// commits at the same time waits, as SQLite has it.
pub(super) fn beside_the_writer(path: &Path) -> Result<Connection, OpenError> {
    let connection = existing(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Copying the log is the server's own business.
    let configured = connection.pragma_update(None, "wal_autocheckpoint", 0);
    configured.map_err(OpenError::sqlite(path))?;
    Ok(connection)
}

fn existing(path: &Path, access: OpenFlags) -> Result<Connection, OpenError> {
    if let Err(source) = std::fs::metadata(path) {
        return Err(OpenError::Io { path: path.to_owned(), source });
    }
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(OpenError::sqlite(path))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let known = newest();
    match version(&connection, path)? {
        found if found == known => Ok(connection),
        found if found > known => Err(OpenError::Newer { path: path.to_owned(), found, known }),
        found => Err(OpenError::Older { path: path.to_owned(), found, known }),
    }
}

/// Takes the lock file beside the database. SQLite's own locks guard single transactions; this one
/// guards the rows that a running server keeps in memory.
fn lock(path: &Path) -> Result<FileLock, OpenError> {
    let lock_path = beside(path, "-lock");
    let open = File::options().create(true).truncate(false).write(true).open(&lock_path);
    let file = open.map_err(|source| OpenError::Io { path: lock_path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(FileLock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(OpenError::Io { path: lock_path, source }),
    }
}

/// The newest schema version that this program knows.
fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The file's schema version: 0 for a new file.
fn version(connection: &Connection, path: &Path) -> Result<i64, OpenError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application_id = pragma("application_id").map_err(OpenError::sqlite(path))?;
    let version = pragma("user_version").map_err(OpenError::sqlite(path))?;
    let tables = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
        .map_err(OpenError::sqlite(path))?;
    let is_new = application_id == 0 && version == 0 && tables == 0;
    if is_new || application_id == i64::from(APPLICATION_ID) {
        Ok(version)
    } else {
        Err(OpenError::NotOurs(path.to_owned()))
    }
}

/// Applies the migrations that the file has not had, each in a transaction of its own.
fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let (found, known) = (version(connection, path)?, newest());
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    // Of a file that has pages already it stays what it is.
    connection.pragma_update(None, "page_size", PAGE_BYTES).map_err(OpenError::sqlite(path))?;
    let applied = usize::try_from(found).unwrap_or(0);
    for (migration, version) in MIGRATIONS.iter().zip(1_i64..).skip(applied) {
        apply(connection, migration, version).map_err(OpenError::sqlite(path))?;
        tracing::debug!(version, "schema migrated");
    }
    Ok(())
}

fn apply(connection: &mut Connection, migration: &str, version: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(migration)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", version)?;
    transaction.commit()
}

fn configure_writer(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A commit is one append to the log and one fsync; readers never block it, nor it them.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A long reading makes the log grow; afterwards it becomes again what it was.
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?; // see checkpoint.rs
    connection.pragma_update(None, "cache_size", -i64::from(WRITER_CACHE_KIB))?;
    // Pages of rows that were removed are given to new ones; nothing needs to be overwritten.
    connection.pragma_update(None, "temp_store", "MEMORY")
}
