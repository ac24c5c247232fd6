//! The database: one pool on PostgreSQL; on SQLite a pool of readers beside one writer.

use std::{
    fs,
    ops::Deref,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::{
    ConnectOptions as _, Connection, Error as SqlxError, postgres::PgConnectOptions,
};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, SqlErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use tokio::time::timeout;

pub mod statements;

use statements::Statements;

use crate::{
    Error, Result,
    config::{
        Wrong,
        database::{Config, Synchronous},
    },
    events::{CHANNEL, Event, Events},
};

/// The key of the advisory lock under which one instance at a time migrates.
const MIGRATION_LOCK: i64 = 0x7477_696e_7370_6163;

/// Whether a unique index found a row that is there already.
pub fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// How long PostgreSQL may take to answer at the start.
const PATIENCE: Duration = Duration::from_secs(5);

/// The database, as the whole server shares it.
#[derive(Clone, Debug)]
pub struct Db {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    events: Events,
    statements: Statements,
    file: Option<PathBuf>,
}

impl Db {
    /// Connects, making the SQLite file and its folder if they are missing.
    pub async fn open(url: &str, config: &Config) -> Result<Self> {
        let statements = Statements::default();
        let connect = async |options: ConnectOptions| {
            let mut connection = Database::connect(options).await?;
            statements.watch(&mut connection);
            Ok::<_, DbErr>(connection)
        };
        let events = Events::default();
        let Some(path) = url.strip_prefix("sqlite:") else {
            reach(url).await?;
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(config.database_connections.unwrap_or(16))
                .acquire_timeout(Duration::from_secs(10))
                .test_before_acquire_if_idle_for(Duration::from_secs(30))
                .set_application_name("twinspace")
                .sqlx_logging(false)
                .record_stmt_in_spans(false);
            let pool = connect(options).await?;
            let listen = pool.get_postgres_connection_pool().clone();
            events.relay(listen).await.map_err(Error::internal)?;
            return Ok(Self { reader: pool.clone(), writer: pool, events, statements, file: None });
        };
        // Written so by habit, and so anyway.
        let path = path.strip_suffix("?mode=rwc").unwrap_or(path);
        let file = PathBuf::from(path.strip_prefix("//").unwrap_or(path));
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|e| {
                DbErr::Custom(format!("the folder {} cannot be made: {e}", folder.display()))
            })?;
        }
        let synchronous = config.sqlite_synchronous;
        let sqlite = |connections: u32, reads: bool| {
            let file = file.clone();
            let mut options = ConnectOptions::new("sqlite:");
            options
                .max_connections(connections)
                .acquire_timeout(Duration::from_secs(10))
                .test_before_acquire(false)
                .sqlx_logging(false)
                .record_stmt_in_spans(false)
                .map_sqlx_sqlite_opts(move |options| {
                    use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
                    // The path as it is: a URL has its own way with `%` and `?`.
                    let options = options.filename(&file).create_if_missing(true);
                    // What would be written past the one writer is an error at once.
                    let options = if reads { options.pragma("query_only", "on") } else { options };
                    options
                        .journal_mode(SqliteJournalMode::Wal)
                        .foreign_keys(true)
                        .busy_timeout(Duration::from_secs(10))
                        .synchronous(match synchronous {
                            Synchronous::Full => SqliteSynchronous::Full,
                            Synchronous::Normal => SqliteSynchronous::Normal,
                        })
                });
            options
        };
        // The first connection makes the file and its journal, for which SQLite does not wait.
        let lock = lock(&file).await?;
        let writer = connect(sqlite(1, false)).await?;
        drop(lock);
        let reader = connect(sqlite(config.database_connections.unwrap_or(4), true)).await?;
        Ok(Self { reader, writer, events, statements, file: Some(file) })
    }

    /// Brings the tables to the newest step; instances that start together wait for each other.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        let Some(file) = &self.file else {
            let lock = self.writer.begin().await?;
            let statement = Statement::from_sql_and_values(
                DbBackend::Postgres,
                "select pg_advisory_xact_lock($1)",
                [MIGRATION_LOCK.into()],
            );
            lock.execute_raw(statement).await?;
            Migrator::up(&self.writer, None).await?;
            return lock.commit().await;
        };
        let lock = lock(file).await?;
        Migrator::up(&self.writer, None).await?;
        drop(lock);
        self.take_stock().await
    }

    /// Counts what is in the tables, where that has changed much: SQLite chooses its indexes by it,
    /// and does not count by itself.
    pub async fn take_stock(&self) -> Result<(), DbErr> {
        match self.file {
            Some(_) => self.writer.execute_unprepared("pragma optimize = 0x10002").await.map(drop),
            None => Ok(()),
        }
    }

    /// For reading.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Begins a transaction that writes. It is undone unless it is committed.
    pub async fn begin(&self) -> Result<Tx, DbErr> {
        let options = TransactionOptions {
            // A read that turns into a write would fail at once where another has written.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let inner = self.writer.begin_with_options(options).await?;
        Ok(Tx { inner, events: self.events.clone(), told: Mutex::default() })
    }

    /// What changes, from now on.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// How many SQL statements were run since the start.
    pub fn statements(&self) -> u64 {
        self.statements.total()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.reader.ping().await?;
        self.writer.ping().await
    }

    /// Ends the connections, after what is under way.
    pub async fn close(self) -> Result<(), DbErr> {
        self.reader.close().await?;
        self.writer.close().await
    }
}

/// Connects to PostgreSQL once: the pool would try again and again, and not say what is wrong.
/// The error is for those who set the address, and does not repeat the password in it.
async fn reach(url: &str) -> Result<()> {
    let wrong = |text: String| Error::internal(Wrong(text));
    let options = PgConnectOptions::from_str(url).map_err(|error| {
        wrong(format!(
            "--database-url cannot be read: {error}. Write it as \
             postgres://USER:PASSWORD@HOST/NAME, and what is special in the password as %40 for @."
        ))
    })?;
    let host = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let problem = match timeout(PATIENCE, options.connect()).await {
        Ok(Ok(connection)) => return connection.close().await.map_err(Error::internal),
        Ok(Err(SqlxError::Database(error))) => {
            return Err(wrong(format!(
                "PostgreSQL at {host} refuses: {}. Check the user, the password and the database's \
                 name in --database-url.",
                error.message()
            )));
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer in {} s", PATIENCE.as_secs()),
    };
    Err(wrong(format!(
        "PostgreSQL cannot be reached at {host}: {problem}. Start it, or correct the host and the \
         port in --database-url."
    )))
}

/// Holds a SQLite database against the other instances that start, until it is dropped.
async fn lock(database: &Path) -> Result<fs::File, DbErr> {
    let path = database.with_extension("lock");
    let broken = |error: std::io::Error| DbErr::Custom(format!("{}: {error}", path.display()));
    let file = fs::File::create(&path).map_err(broken)?;
    let held = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    held.map_err(|error| DbErr::Custom(error.to_string()))?.map_err(broken)
}

/// A transaction, and the events that subscribers hear if it is committed.
#[derive(Debug)]
pub struct Tx {
    inner: DatabaseTransaction,
    events: Events,
    told: Mutex<Vec<Event>>,
}

impl Tx {
    /// Tells subscribers, once this is committed.
    pub async fn tell(&self, event: Event) -> Result<(), DbErr> {
        self.tell_all(vec![event]).await
    }

    /// Tells subscribers of several events, in one statement.
    pub async fn tell_all(&self, events: Vec<Event>) -> Result<(), DbErr> {
        if self.inner.get_database_backend() != DbBackend::Postgres {
            self.told.lock().unwrap_or_else(PoisonError::into_inner).extend(events);
            return Ok(());
        }
        let payload = serde_json::to_string(&events).map_err(|e| DbErr::Json(e.to_string()))?;
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "select pg_notify($1, event::text) from jsonb_array_elements($2::jsonb) as event",
            [CHANNEL.into(), payload.into()],
        );
        self.inner.query_all_raw(statement).await.map(drop)
    }

    /// Makes it lasting. It goes on when whoever asked for it goes away meanwhile: what is lasting
    /// is told.
    pub async fn commit(self) -> Result<(), DbErr> {
        let lasting = tokio::spawn(async move {
            self.inner.commit().await?;
            for event in self.told.into_inner().unwrap_or_else(PoisonError::into_inner) {
                self.events.tell(event);
            }
            Ok(())
        });
        lasting.await.map_err(|error| DbErr::Custom(error.to_string()))?
    }
}

impl Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}
