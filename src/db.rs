//! The database: on PostgreSQL a pool that reads beside one that writes, on SQLite a pool of
//! readers beside one writer.

use std::{
    ops::Deref,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, SqlErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use crate::{
    Error, Result,
    config::database::Config,
    events::{CHANNEL, Event, Events},
};

mod check;
pub mod leftovers;
mod postgresql;
mod sqlite;
pub mod statements;
mod trouble;

pub use check::Damage;
use leftovers::Leftovers;
use statements::Statements;
pub use trouble::Trouble;

/// How long a request waits for a connection: a burst waits, and what waits longer is told so
/// before its own time is up.
const QUEUE: Duration = Duration::from_secs(15);

/// Whether a unique index found a row that is there already.
pub fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// The database, as the whole server shares it.
#[derive(Clone, Debug)]
pub struct Db {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    events: Events,
    statements: Statements,
    leftovers: Arc<Leftovers>,
    engine: Engine,
}

/// What is kept of the one database and not of the other.
#[derive(Clone, Debug)]
enum Engine {
    Sqlite(Arc<sqlite::File>),
    Postgresql(Arc<postgresql::Aside>),
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
        let (reader, writer, engine) = if let Some(path) = url.strip_prefix("sqlite:") {
            let file = sqlite::File::new(path)?;
            // The first connection makes the file and its journal, for which SQLite does not wait.
            let lock = file.lock().await?;
            let writer = connect(file.writer(config)).await?;
            drop(lock);
            let reader = connect(file.reader(config)).await?;
            (reader, writer, Engine::Sqlite(Arc::new(file)))
        } else {
            let aside = postgresql::Aside::open(url).await?;
            let reader = connect(aside.reader(url, config)).await?;
            let writer = connect(aside.writer(url, config)).await?;
            events.relay(aside.pool()).await.map_err(Error::internal)?;
            (reader, writer, Engine::Postgresql(Arc::new(aside)))
        };
        Ok(Self { reader, writer, events, statements, leftovers: Arc::default(), engine })
    }

    /// Brings the tables to the newest step; instances that start together wait for each other.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        match &self.engine {
            Engine::Sqlite(file) => {
                let lock = file.lock().await?;
                Migrator::up(&self.writer, None).await?;
                drop(lock);
                // What was erased before a crash may still be in the log.
                file.sweep().await?;
                self.take_stock().await
            }
            Engine::Postgresql(aside) => aside.migrate().await,
        }
    }

    /// Takes the database for the one server that may use it: SQLite tells no other server of what
    /// changes. None where another has it; it is free again when what this gives is dropped, and
    /// however the process ends. PostgreSQL serves many.
    pub fn occupy(&self) -> Result<Option<Occupied>> {
        match &self.engine {
            Engine::Sqlite(file) => Ok(file.occupy()?.map(|file| Occupied(Some(file)))),
            Engine::Postgresql(_) => Ok(Some(Occupied(None))),
        }
    }

    /// What was erased and is still to be cleared.
    pub fn leftovers(&self) -> &Leftovers {
        &self.leftovers
    }

    /// Empties SQLite's write-ahead log, which holds what was erased; whether it could. Those who
    /// write wait no longer than a moment for it.
    pub async fn sweep(&self) -> Result<bool, DbErr> {
        match &self.engine {
            Engine::Sqlite(file) => file.sweep().await,
            Engine::Postgresql(_) => Ok(true),
        }
    }

    /// Counts what is in the tables, where that has changed much: SQLite chooses its indexes by it,
    /// and does not count by itself.
    pub async fn take_stock(&self) -> Result<(), DbErr> {
        match self.engine {
            Engine::Sqlite(_) => {
                self.writer.execute_unprepared("pragma optimize = 0x10002").await.map(drop)
            }
            Engine::Postgresql(_) => Ok(()),
        }
    }

    /// Looks through the whole database for what is damaged.
    pub async fn check(&self) -> Result<Vec<Damage>, DbErr> {
        match self.engine {
            Engine::Sqlite(_) => check::sqlite(&self.reader).await,
            Engine::Postgresql(_) => check::postgresql(&self.reader).await,
        }
    }

    /// The file of a database at this address, where it is one.
    pub fn file_of(url: &str) -> Option<PathBuf> {
        url.strip_prefix("sqlite:").map(sqlite::path_of)
    }

    /// How large the database is, in bytes, where it is a file.
    pub fn file_size(&self) -> Option<u64> {
        match &self.engine {
            Engine::Sqlite(file) => file.size(),
            Engine::Postgresql(_) => None,
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
        let writer = self.writer.clone();
        // In a task of its own: a `begin` that is dropped before PostgreSQL has answered would be
        // rolled back by nobody, and its connection go on inside of a transaction.
        let begun =
            tokio::spawn(statements::inherit(
                async move { writer.begin_with_options(options).await },
            ));
        let inner = begun.await.map_err(|error| DbErr::Custom(error.to_string()))??;
        Ok(Tx {
            inner,
            events: self.events.clone(),
            told: Mutex::default(),
            leftovers: Arc::clone(&self.leftovers),
            erased: Mutex::default(),
        })
    }

    /// What changes, from now on.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// How many SQL statements were run since the start.
    pub fn statements(&self) -> u64 {
        self.statements.total()
    }

    /// Does `work` unless the database is away, or goes away meanwhile: then nobody waits for it.
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

    /// Whether the database answers, and can be written.
    pub async fn ping(&self) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(file) => {
                self.reader.ping().await?;
                Ok(file.try_to_write(&self.writer).await?)
            }
            // It is asked all the time, and not by the pools: they may be busy with slow acts.
            Engine::Postgresql(_) if self.reader.get_postgres_connection_pool().is_closed() => {
                Err(Error::away())
            }
            Engine::Postgresql(_) => self.unless_away(async {}).await,
        }
    }

    /// Ends the connections, after what is under way.
    pub async fn close(self) -> Result<(), DbErr> {
        self.reader.close().await?;
        self.writer.close().await?;
        match self.engine {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgresql(aside) => aside.close().await,
        }
    }
}

/// A database that no other server may use.
#[derive(Debug)]
pub struct Occupied(#[expect(dead_code, reason = "held for its lock")] Option<std::fs::File>);

/// A transaction, and the events that subscribers hear if it is committed.
#[derive(Debug)]
pub struct Tx {
    inner: DatabaseTransaction,
    events: Events,
    told: Mutex<Vec<Event>>,
    leftovers: Arc<Leftovers>,
    erased: Mutex<Option<Vec<String>>>,
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

    /// Notes that this erases something, and the names and addresses by which more of it may be
    /// found outside of the tables: once this is committed, that is cleared too.
    pub fn erases(&self, traces: impl IntoIterator<Item = String>) {
        let mut erased = self.erased.lock().unwrap_or_else(PoisonError::into_inner);
        erased.get_or_insert_default().extend(traces);
    }

    /// Makes it lasting. It goes on when whoever asked for it goes away meanwhile: what is lasting
    /// is told.
    pub async fn commit(self) -> Result<(), DbErr> {
        let lasting = tokio::spawn(async move {
            self.inner.commit().await?;
            for event in self.told.into_inner().unwrap_or_else(PoisonError::into_inner) {
                self.events.tell(event);
            }
            if let Some(traces) = self.erased.into_inner().unwrap_or_else(PoisonError::into_inner) {
                self.leftovers.note(traces);
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
