//! SQLite: a file used by one process, with many connections for reading and one for writing.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement,
    sqlx::{
        Connection,
        sqlite::{SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    },
};
use tokio::{sync::Mutex, time::sleep};

use super::{QUEUE, SQLITE_CONNECTIONS};
use crate::{
    db::{Settings, Synchronous},
    private,
};

/// How long the file is assumed to be writable after a check.
const BELIEVED: Duration = Duration::from_secs(1);
/// How long to wait for other users of the file.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait for them when truncating the log: nobody can write meanwhile.
const MOMENT: Duration = Duration::from_millis(200);
/// The number of attempts to do so.
const SWEEPS: u32 = 10;

/// The file.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    /// When the file was last found to be writable.
    written: Mutex<Option<Instant>>,
}

impl File {
    /// The file at `path`, as written in the URL; its folder is created.
    pub fn new(path: &str) -> Result<Self, DbErr> {
        let path = path_of(path);
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            private::folder(folder).map_err(|e| {
                DbErr::Custom(format!("the folder {} could not be created: {e}", folder.display()))
            })?;
        }
        // Created here and not by SQLite, which uses the mode of this file for the files next to
        // it. If that fails, SQLite reports the error better.
        drop(private::file(&path));
        let locks = ["lock", "server"].map(|end| path.with_extension(end));
        let logs = ["-wal", "-shm"].map(|end| beside(&path, end));
        for path in locks.iter().chain(&logs).chain([&path]) {
            private::close(path);
        }
        Ok(Self { path, written: Mutex::default() })
    }

    /// The options for reading connections.
    pub fn reader(&self, settings: &Settings) -> ConnectOptions {
        let connections = settings.connections.unwrap_or(SQLITE_CONNECTIONS);
        self.options(settings.synchronous, PATIENCE, connections, true)
    }

    /// The options for the writing connection.
    pub fn writer(&self, settings: &Settings) -> ConnectOptions {
        let mut options = self.options(settings.synchronous, PATIENCE, 1, false);
        options.map_sqlx_sqlite_pool_opts(keep_sound);
        options
    }

    fn options(
        &self,
        synchronous: Synchronous,
        patience: Duration,
        connections: u32,
        reads: bool,
    ) -> ConnectOptions {
        let file = self.path.clone();
        let synchronous = match synchronous {
            Synchronous::Full => SqliteSynchronous::Full,
            Synchronous::Normal => SqliteSynchronous::Normal,
        };
        let mut options = ConnectOptions::new("sqlite:");
        options
            .max_connections(connections)
            .acquire_timeout(QUEUE)
            .test_before_acquire(false)
            .sqlx_logging(false)
            .record_stmt_in_spans(false)
            .map_sqlx_sqlite_opts(move |options| {
                // The path as it is: a URL would interpret `%` and `?`.
                let options = options.filename(&file).create_if_missing(true);
                // Writing anywhere but through the one writer is an error.
                let options = if reads { options.pragma("query_only", "on") } else { options };
                options
                    .journal_mode(SqliteJournalMode::Wal)
                    .foreign_keys(true)
                    // Deleted data is overwritten.
                    .pragma("secure_delete", "on")
                    .busy_timeout(patience)
                    .synchronous(synchronous)
            });
        options
    }

    /// Locks the database against other instances that are starting, until the lock is dropped.
    pub async fn lock(&self) -> Result<fs::File, DbErr> {
        let path = self.path.with_extension("lock");
        let file = private::file(&path).map_err(|error| broken(&path, &error))?;
        let held = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
        let held = held.map_err(|error| DbErr::Custom(error.to_string()))?;
        held.map_err(|error| broken(&path, &error))
    }

    /// Locks the database against other servers, until the lock is dropped; `None` if another
    /// server holds it.
    pub fn occupy(&self) -> Result<Option<fs::File>, DbErr> {
        let path = self.path.with_extension("server");
        let file = private::file(&path).map_err(|error| broken(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(broken(&path, &error)),
        }
    }

    /// Moves the content of the write-ahead log into the file and truncates the log; returns
    /// whether readers and writers allowed it.
    pub async fn sweep(&self) -> Result<bool, DbErr> {
        let log = beside(&self.path, "-wal");
        if fs::metadata(&log).map_or(0, |log| log.len()) == 0 {
            return Ok(true);
        }
        // With its own connection: the writer must not wait for readers.
        let sweeper = Database::connect(self.options(Synchronous::Full, MOMENT, 1, false)).await?;
        let mut swept = false;
        for pause in 0..SWEEPS {
            let sweep = "pragma wal_checkpoint(truncate)";
            let row = sweeper.query_one_raw(Statement::from_string(DbBackend::Sqlite, sweep)).await;
            // Whether someone was in the way.
            swept =
                row?.is_some_and(|row| row.try_get_by_index::<i32>(0).is_ok_and(|busy| busy == 0));
            if swept {
                break;
            }
            sleep(MOMENT * pause).await;
        }
        sweeper.close().await?;
        Ok(swept)
    }

    /// The size in bytes.
    pub fn size(&self) -> Option<u64> {
        fs::metadata(&self.path).ok().map(|file| file.len())
    }

    /// Writes without changing anything: only that detects a full disk.
    pub async fn try_to_write(&self, writer: &DatabaseConnection) -> Result<(), DbErr> {
        let mut written = self.written.lock().await;
        if written.is_none_or(|written| written.elapsed() > BELIEVED) {
            *written = None;
            // A number reserved for the application, which is not used.
            writer.execute_unprepared("pragma user_version = 0").await?;
            *written = Some(Instant::now());
        }
        Ok(())
    }
}

/// The path of a file that SQLite puts next to its database file.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut beside = OsString::from(path);
    beside.push(end);
    beside.into()
}

/// The path of the file, as written in the URL.
pub fn path_of(path: &str) -> PathBuf {
    // Commonly written this way, so it is accepted.
    let path = path.strip_suffix("?mode=rwc").unwrap_or(path);
    PathBuf::from(path.strip_prefix("//").unwrap_or(path))
}

/// Makes the pool discard a connection whose transaction ended abnormally. SQLite rolls back by
/// itself if the disk is full or not writable, or if memory is short; the subsequent `ROLLBACK`
/// then fails, and the driver continues to count the transaction that no longer exists. It would
/// take the next transactions for savepoints in one that nobody commits.
fn keep_sound(options: SqlitePoolOptions) -> SqlitePoolOptions {
    options.after_release(|connection, _| {
        Box::pin(async move {
            // A rollback may be in progress: a response comes after it.
            connection.ping().await?;
            let sound = !connection.is_in_transaction();
            if !sound {
                tracing::warn!(
                    "a transaction ended abnormally; its SQLite connection will be replaced"
                );
            }
            Ok(sound)
        })
    })
}

fn broken(path: &Path, error: &std::io::Error) -> DbErr {
    DbErr::Custom(format!("{}: {error}", path.display()))
}
