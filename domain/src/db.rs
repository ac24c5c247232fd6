//! The database: a pool for reading and a pool for writing on PostgreSQL, and another for reading from a
//! replica if there is one; a pool of readers and one writer on SQLite.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, SqlErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait, sqlx,
};

use crate::{Error, Result, events::Events, seats::Seats};

mod about;
mod catalogue;
mod change;
mod check;
pub mod leftovers;
mod load;
mod postgresql;
mod replica;
mod snapshot;
mod sqlite;
pub mod statements;
mod trouble;
mod tx;

pub use about::{About, Schema};
pub(crate) use change::Change;
pub use check::Damage;
use leftovers::Leftovers;
pub use load::Load;
pub(crate) use load::rows_at_once;
use postgresql::replica::Replica;
pub use postgresql::{
    Unreached,
    replica::{AboutReplica, Position, Unfit, Unused},
};
pub use snapshot::{Row, Snapshot};
pub use statements::Executed;
use statements::{Observer, Statements};
pub(crate) use trouble::said;
pub use trouble::{Trouble, advice};
pub use tx::Tx;

/// How long a request waits for a connection: bursts wait, and a request that waits longer gets an
/// error before its own deadline.
const QUEUE: Duration = Duration::from_secs(15);

/// The default of the maximum number of connections to PostgreSQL.
pub const CONNECTIONS: u32 = 16;

/// The same for reading from SQLite.
pub const SQLITE_CONNECTIONS: u32 = 4;

/// Whether a unique index found an existing row.
pub fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Whether other rows refer to a row that was to be deleted.
pub fn is_referred_to(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_)))
}

/// How to connect.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The flag that names the URL, for messages; `None` if it is `--database-url`.
    pub flag: Option<&'static str>,
    /// PostgreSQL itself, if the URL leads to a pooler that lends connections for one transaction at
    /// a time.
    pub direct_url: Option<String>,
    /// A standby of the same PostgreSQL, from which queries are read.
    pub replica_url: Option<String>,
    /// Maximum number of connections: for PostgreSQL half of them for reading and half for writing,
    /// in addition to up to five of the server's own; for SQLite for reading (it has a single
    /// writer).
    pub connections: Option<u32>,
    /// What SQLite waits for before it acknowledges a write.
    pub synchronous: Synchronous,
    /// Is told of each statement.
    pub observer: Option<Observer>,
}

/// What SQLite waits for before it acknowledges a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// The disk: an acknowledged write survives a power failure.
    #[default]
    Full,
    /// The operating system: faster, but a power failure may lose the latest writes.
    Normal,
}

/// The database, shared by the whole server.
#[derive(Clone, Debug)]
pub struct Db {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    replica: Option<Arc<Replica>>,
    /// Whether the connections for reading are those to the replica.
    on_replica: bool,
    events: Events,
    seats: Seats,
    statements: Statements,
    leftovers: Arc<Leftovers>,
    engine: Engine,
}

/// The parts that differ between the databases.
#[derive(Clone, Debug)]
enum Engine {
    Sqlite(Arc<sqlite::File>),
    Postgresql(Arc<postgresql::Aside>),
}

impl Db {
    /// Connects, creating the SQLite file and its folder if they do not exist.
    pub async fn open(url: &str, settings: &Settings) -> Result<Self> {
        let statements = Statements::default();
        let connect = async |options: ConnectOptions| {
            let mut connection = Database::connect(options).await?;
            statements.watch(&mut connection, settings.observer);
            Ok::<_, DbErr>(connection)
        };
        let (events, seats) = (Events::default(), Seats::default());
        let (reader, writer, engine) = if let Some(path) = url.strip_prefix("sqlite:") {
            let file = sqlite::File::new(path)?;
            // The first connection creates the file and its journal, and SQLite does not wait for
            // that.
            let lock = file.lock().await?;
            let writer = connect(file.writer(settings)).await?;
            drop(lock);
            let reader = connect(file.reader(settings)).await?;
            (reader, writer, Engine::Sqlite(Arc::new(file)))
        } else {
            let aside = postgresql::Aside::open(url, settings, &events, &seats).await?;
            let reader = connect(aside.reader(url, settings)).await?;
            let writer = connect(aside.writer(url, settings)).await?;
            (reader, writer, Engine::Postgresql(Arc::new(aside)))
        };
        let replica = match (&engine, &settings.replica_url) {
            (Engine::Postgresql(_), Some(url)) => {
                Some(Arc::new(Replica::follow(url, &reader, settings, connect).await?))
            }
            _ => None,
        };
        Ok(Self {
            reader,
            writer,
            replica,
            on_replica: false,
            events,
            seats,
            statements,
            leftovers: Arc::default(),
            engine,
        })
    }

    /// Migrates to the latest step; instances that start at the same time wait for each other.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        let applied = catalogue::steps(&self.reader).await?;
        let missing = catalogue::known_steps().len().saturating_sub(applied.len());
        if !applied.is_empty() {
            for step in 1..=missing {
                tracing::info!("migrating the database: step {step} of {missing}");
                self.migrate_by(Some(1)).await?;
            }
        }
        self.migrate_by(None).await
    }

    /// Migrates by this number of steps; `None` to the latest.
    async fn migrate_by(&self, steps: Option<u32>) -> Result<(), DbErr> {
        match &self.engine {
            Engine::Sqlite(file) => {
                let lock = file.lock().await?;
                Migrator::up(&self.writer, steps).await?;
                drop(lock);
                // Data erased before a crash may still be in the log.
                file.sweep().await?;
                self.take_stock().await
            }
            Engine::Postgresql(aside) => aside.migrate(steps).await,
        }
    }

    /// Reserves the database for the only server that may use it, because with SQLite no other
    /// server would learn of changes. `None` if another server has it; it is released when the
    /// returned guard is dropped, and whenever the process ends. PostgreSQL serves several.
    pub fn occupy(&self) -> Result<Option<Occupied>> {
        match &self.engine {
            Engine::Sqlite(file) => Ok(file.occupy()?.map(|file| Occupied(Some(file)))),
            Engine::Postgresql(_) => Ok(Some(Occupied(None))),
        }
    }

    /// Erased data that has yet to be cleared.
    pub fn leftovers(&self) -> &Leftovers {
        &self.leftovers
    }

    /// Truncates SQLite's write-ahead log, which contains erased data; returns whether that was
    /// possible. Writers wait for it only for a moment.
    pub async fn sweep(&self) -> Result<bool, DbErr> {
        match &self.engine {
            Engine::Sqlite(file) => file.sweep().await,
            Engine::Postgresql(_) => Ok(true),
        }
    }

    /// Updates the statistics of tables that have changed a lot: SQLite needs them to choose
    /// indexes, and does not update them by itself.
    pub async fn take_stock(&self) -> Result<(), DbErr> {
        match self.engine {
            Engine::Sqlite(_) => {
                self.writer.execute_unprepared("pragma optimize = 0x10002").await.map(drop)
            }
            Engine::Postgresql(_) => Ok(()),
        }
    }

    /// Checks the whole database for damage.
    pub async fn check(&self) -> Result<Vec<Damage>, DbErr> {
        match self.engine {
            Engine::Sqlite(_) => check::sqlite(&self.reader).await,
            Engine::Postgresql(_) => check::postgresql(&self.reader).await,
        }
    }

    /// The file of a database with this URL, if it is one.
    pub fn file_of(url: &str) -> Option<PathBuf> {
        url.strip_prefix("sqlite:").map(sqlite::path_of)
    }

    /// The size of the database in bytes, if it is a file.
    pub fn file_size(&self) -> Option<u64> {
        match &self.engine {
            Engine::Sqlite(file) => file.size(),
            Engine::Postgresql(_) => None,
        }
    }

    /// The connections for reading.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Begins a write transaction. It is rolled back unless it is committed.
    #[tracing::instrument(level = "trace", skip_all)]
    pub async fn begin(&self) -> Result<Tx, DbErr> {
        let options = TransactionOptions {
            // A read that becomes a write would fail immediately if another has written.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let writer = self.writer.clone();
        // In its own task: a `begin` that is dropped before PostgreSQL has responded would never be
        // rolled back, and its connection would continue inside a transaction.
        let begun =
            tokio::spawn(statements::inherit(
                async move { writer.begin_with_options(options).await },
            ));
        let inner = begun.await.map_err(|error| DbErr::Custom(error.to_string()))??;
        Ok(Tx {
            inner,
            events: self.events.clone(),
            engine: self.engine.clone(),
            last: Mutex::default(),
            leftovers: Arc::clone(&self.leftovers),
        })
    }

    /// The events from now on.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// The places that accounts have taken, on all instances.
    pub fn seats(&self) -> &Seats {
        &self.seats
    }

    /// The number of SQL statements executed since the start.
    pub fn statements(&self) -> u64 {
        self.statements.total()
    }

    /// How the connections for reading and for writing are used, and those to the replica.
    pub fn pools(&self) -> Vec<Pool> {
        let replica = self.replica.as_ref().map(|replica| ("replica", replica.reader()));
        let pools = [("read", &self.reader), ("write", &self.writer)].into_iter().chain(replica);
        let pool = |(name, connection): (_, &DatabaseConnection)| {
            let (size, idle, most) = match &self.engine {
                Engine::Sqlite(_) => figures(connection.get_sqlite_connection_pool()),
                Engine::Postgresql(_) => figures(connection.get_postgres_connection_pool()),
            };
            Pool { name, busy: size.saturating_sub(idle), idle, most }
        };
        pools.map(pool).collect()
    }

    /// Runs `work` unless the database is unavailable or becomes so: then nobody waits for it.
    pub async fn unless_away<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let away = async {
            match &self.engine {
                Engine::Sqlite(_) => std::future::pending().await,
                Engine::Postgresql(aside) => aside.away().await,
            }
        };
        tokio::select! {
            biased;
            () = away => Err(Error::away()),
            done = work => Ok(done),
        }
    }

    /// Whether the database responds and is writable.
    pub async fn ping(&self) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(file) => {
                self.reader.ping().await?;
                Ok(file.try_to_write(&self.writer).await?)
            }
            // It is checked constantly, and not through the pools, which may be busy with slow
            // transactions.
            Engine::Postgresql(_) if self.reader.get_postgres_connection_pool().is_closed() => {
                Err(Error::away())
            }
            Engine::Postgresql(_) => self.unless_away(async {}).await,
        }
    }

    /// Closes the connections after finishing what is in progress.
    pub async fn close(self) -> Result<(), DbErr> {
        self.reader.close().await?;
        self.writer.close().await?;
        if let Some(replica) = &self.replica {
            replica.close().await?;
        }
        match self.engine {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgresql(aside) => aside.close().await,
        }
    }
}

/// Some connections, and how they are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// What for: `read`, `write` or `replica`.
    pub name: &'static str,
    /// The number of connections in use.
    pub busy: u32,
    /// The number of connections that wait for work.
    pub idle: u32,
    /// The maximum number of connections.
    pub most: u32,
}

fn figures<D: sqlx::Database>(pool: &sqlx::Pool<D>) -> (u32, u32, u32) {
    let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
    (pool.size(), idle, pool.options().get_max_connections())
}

/// A database reserved for this server.
#[derive(Debug)]
pub struct Occupied(#[expect(dead_code, reason = "held for its lock")] Option<std::fs::File>);
