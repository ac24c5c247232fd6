//! PostgreSQL: what is needed besides the pools. Reads and writes have separate pools, so that
//! transactions waiting for a locked row do not delay reads.

use std::{collections::BTreeSet, str::FromStr, time::Duration};

use entity::{ProjectId, audit, project};
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryTrait, Statement, TransactionTrait,
    sea_query::{Expr, ExprTrait, Func, Query, UpdateStatement, WithClause},
    sqlx::{
        ConnectOptions as _, Connection, Error as SqlxError, Executor, PgConnection,
        postgres::PgConnectOptions,
    },
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::{
    CONNECTIONS, QUEUE, Trouble,
    change::part,
    tx::{LINES, write},
};
use crate::{
    Error, Result,
    db::Settings,
    error::causes,
    events::{Event, Events},
    seats::Seats,
};

mod announcer;
mod relay;
pub mod replica;
mod seats;

use announcer::{Announcer, Announcers};
use relay::{CHANNEL, Farewells, relay};

/// The key of the advisory lock with which one instance at a time migrates.
const MIGRATION_LOCK: i64 = 0x7477_696e_7370_6163;

/// How long PostgreSQL may take to respond.
const PATIENCE: Duration = Duration::from_secs(5);

/// The interval between checks of its availability.
const PULSE: Duration = Duration::from_millis(500);

/// A transaction that nobody continues ends by itself. What is read often is in memory: going through
/// an index in its order is cheaper than reading all that it has of a parent and sorting that.
const READS: &str = "set idle_in_transaction_session_timeout = '1min';
    set default_transaction_read_only = on; set random_page_cost = 1.1";

/// A transaction waits for a locked row only for a limited time, because it occupies a connection
/// meanwhile.
const WRITES: &str = "set idle_in_transaction_session_timeout = '1min'; set lock_timeout = '5s'";

/// Connections outside the pools: for events and migrations, one that watches whether PostgreSQL and
/// the other instances are there, and one that announces events.
#[derive(Debug)]
pub struct Aside {
    connections: DatabaseConnection,
    seen: watch::Receiver<Seen>,
    announcer: Announcer,
    watching: AbortOnDropHandle<()>,
    seats: Seats,
    sharing: AbortOnDropHandle<()>,
}

/// What the watch has observed.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    away: bool,
    /// When a connection was last lost: all older ones may be dead.
    lost: Option<Instant>,
}

/// Writes what a transaction writes last, with one statement: the entries of the log, that there was
/// another act on the locked projects, and the events that are told in the order of the commits.
pub(super) async fn finish(
    tx: &DatabaseTransaction,
    lines: &[audit::ActiveModel],
    held: BTreeSet<ProjectId>,
    ordered: &[Event],
) -> Result<(), DbErr> {
    let mut all = WithClause::new();
    let mut parts = 0;
    if lines.len() > LINES {
        write(tx, lines).await?;
    } else if !lines.is_empty() {
        let insert = audit::Entity::insert_many(lines.iter().cloned()).into_query();
        all.cte(part("lines", insert));
        parts += 1;
    }
    if !held.is_empty() {
        all.cte(part("acts", raise(held)));
        parts += 1;
    }
    let mut last = Query::select();
    if ordered.is_empty() {
        last.expr(Expr::val(1));
    } else {
        let payload = serde_json::to_string(ordered).map_err(|e| DbErr::Json(e.to_string()))?;
        let each = Func::cust("jsonb_array_elements").arg(Expr::val(payload).cast_as("jsonb"));
        last.expr(Expr::cust_with_values("pg_notify($1, event::text)", [CHANNEL]));
        last.from_function(each, "event");
    }
    match parts {
        0 if ordered.is_empty() => {}
        0 => drop(tx.query_all(&last).await?),
        _ => drop(tx.query_all(&all.query(last)).await?),
    }
    Ok(())
}

/// Counts another act on these projects.
pub(super) fn raise(projects: impl IntoIterator<Item = ProjectId>) -> UpdateStatement {
    let mut raise = Query::update();
    raise
        .table(project::Entity)
        .value(project::Column::Acts, project::Column::Acts.into_expr().add(1))
        .and_where(project::Column::Id.is_in(projects.into_iter().map(|id| id.0)));
    raise
}

impl Aside {
    /// Connects, and starts to watch, to announce, to forward events from all instances, and to share
    /// with them which places are taken.
    pub async fn open(
        url: &str,
        settings: &Settings,
        events: &Events,
        seats: &Seats,
    ) -> Result<Self> {
        let flag = settings.flag.unwrap_or("--database-url");
        let (url, setting) = match &settings.direct_url {
            Some(direct) => {
                drop(reach(url, flag).await?);
                (&**direct, "--database-direct-url")
            }
            None => (url, flag),
        };
        let (options, connection) = reach(url, setting).await?;
        let mut pool = ConnectOptions::new(url);
        // One receives events, and one holds the lock while another migrates; later, one tells which
        // places are taken.
        pool.max_connections(3).idle_timeout(Duration::from_mins(1)).acquire_timeout(QUEUE);
        pool.sqlx_logging(false).set_application_name("twinspace");
        let connections = Database::connect(pool).await?;
        let farewells = Farewells::default();
        let pool = connections.get_postgres_connection_pool().clone();
        let relaying = relay(pool.clone(), events.clone(), farewells.clone(), seats.clone());
        relaying.await.map_err(Error::internal)?;
        let seats = seats.clone();
        let sharing = AbortOnDropHandle::new(tokio::spawn(seats::share(pool, seats.clone())));
        let announcer = Announcer::start(options.clone()).await.map_err(Error::internal)?;
        let (see, seen) = watch::channel(Seen::default());
        let watching = watch(options, connection, see, Announcers::new(farewells), events.clone());
        let watching = AbortOnDropHandle::new(tokio::spawn(watching));
        Ok(Self { connections, seen, announcer, watching, seats, sharing })
    }

    /// Sends events that have been committed to the subscribers of all instances.
    pub async fn announce(&self, events: Vec<Event>) {
        self.announcer.announce(events).await;
    }

    /// The options for reading connections: half of the connections.
    pub fn reader(&self, url: &str, settings: &Settings) -> ConnectOptions {
        self.options(url, reads(settings), own(settings, READS))
    }

    /// The options for writing connections: the other half.
    pub fn writer(&self, url: &str, settings: &Settings) -> ConnectOptions {
        let all = settings.connections.unwrap_or(CONNECTIONS);
        self.options(url, all / 2, own(settings, WRITES))
    }

    fn options(
        &self,
        url: &str,
        connections: u32,
        setting: Option<&'static str>,
    ) -> ConnectOptions {
        let seen = self.seen.clone();
        let mut options = pool(url, connections, QUEUE);
        options
            .map_sqlx_postgres_pool_opts(move |pool| match setting {
                Some(setting) => pool.after_connect(move |connection, _| {
                    Box::pin(async move { connection.execute(setting).await.map(drop) })
                }),
                None => pool,
            })
            .map_sqlx_postgres_before_acquire(move |connection, state| {
                let lost = seen.borrow().lost;
                let doubtful = lost.is_some_and(|lost| lost.elapsed() <= state.idle_for);
                Box::pin(async move {
                    if doubtful {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            });
        options
    }

    /// Migrates by this number of steps, `None` to the latest, one instance at a time.
    pub async fn migrate(&self, steps: Option<u32>) -> Result<(), DbErr> {
        let lock = self.connections.begin().await?;
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "select pg_advisory_xact_lock($1)",
            [MIGRATION_LOCK.into()],
        );
        lock.execute_raw(statement).await?;
        Migrator::up(&self.connections, steps).await?;
        lock.commit().await
    }

    /// Completes once PostgreSQL is unavailable, immediately if it already is.
    pub async fn away(&self) {
        if self.seen.clone().wait_for(|seen| seen.away).await.is_err() {
            // Nobody watches any more.
            std::future::pending::<()>().await;
        }
    }

    /// Closes the connections and stops the watch.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.announcer.leave().await;
        self.watching.abort();
        self.sharing.abort();
        seats::leave(self.connections.get_postgres_connection_pool(), &self.seats).await;
        self.connections.close_by_ref().await
    }
}

/// The options for a pool of so many connections, for which a request waits so long.
fn pool(url: &str, connections: u32, patience: Duration) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(patience)
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .set_application_name("twinspace")
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    options
}

/// The number of connections for reading.
fn reads(settings: &Settings) -> u32 {
    settings.connections.unwrap_or(CONNECTIONS).div_ceil(2)
}

/// What a connection is set up with: nothing if it is lent anew for each transaction.
fn own(settings: &Settings, setting: &'static str) -> Option<&'static str> {
    settings.direct_url.is_none().then_some(setting)
}

/// Checks repeatedly, with its own connection, because the pools may be busy.
async fn watch(
    options: PgConnectOptions,
    connection: PgConnection,
    see: watch::Sender<Seen>,
    mut announcers: Announcers,
    events: Events,
) {
    let mut connection = Some(connection);
    loop {
        sleep(PULSE).await;
        if let Some(mut asked) = connection.take() {
            if let Ok(Ok(lost)) = timeout(PATIENCE, announcers.look(&mut asked)).await {
                connection = Some(asked);
                if lost {
                    tracing::warn!("another instance has ended without a farewell");
                    events.tell(Event::Gap);
                }
                continue;
            }
            announcers.forget();
            see.send_modify(|seen| seen.lost = Some(Instant::now()));
        }
        let trouble = match timeout(PATIENCE, options.connect()).await {
            Ok(Ok(again)) => {
                connection = Some(again);
                None
            }
            // It is available but has no connection left for the watch.
            Ok(Err(SqlxError::Database(error))) if error.code().as_deref() == Some("53300") => None,
            Ok(Err(error)) => Some(causes(&error)),
            Err(_) => Some(format!("no response within {} s", PATIENCE.as_secs())),
        };
        let was_away = see.borrow().away;
        match trouble {
            Some(trouble) => {
                if !was_away {
                    tracing::error!(trouble, "PostgreSQL is unavailable");
                }
                see.send_modify(|seen| *seen = Seen { away: true, lost: Some(Instant::now()) });
            }
            None if was_away => {
                tracing::info!("PostgreSQL is available again");
                see.send_modify(|seen| seen.away = false);
            }
            None => {}
        }
    }
}

/// Why a server cannot be asked, as a sentence for the operator.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{sentence}")]
pub struct Unreached {
    sentence: String,
    /// Whether that remains so until the operator mends it.
    pub lasting: bool,
}

impl Unreached {
    fn lasting(sentence: String) -> Self {
        Self { sentence, lasting: true }
    }
}

impl From<Unreached> for Error {
    fn from(unreached: Unreached) -> Self {
        Self::wrong(unreached.sentence)
    }
}

/// What a URL says. The error is meant for the operator.
fn options_of(url: &str, setting: &str) -> Result<PgConnectOptions, Unreached> {
    PgConnectOptions::from_str(url).map_err(|error| {
        Unreached::lasting(format!(
            "{setting} is not valid: {error}. Write it as \
             postgres://USER:PASSWORD@HOST/NAME, and percent-encode special characters in the \
             password, such as %40 for @."
        ))
    })
}

/// Connects to PostgreSQL once: the pool would keep trying and not say what is wrong. The error is
/// meant for the operator, and does not repeat the password.
async fn reach(url: &str, setting: &str) -> Result<(PgConnectOptions, PgConnection), Unreached> {
    let options = options_of(url, setting)?;
    let host = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let error = match timeout(PATIENCE, options.connect()).await {
        Ok(Ok(connection)) => return Ok((options, connection)),
        Ok(Err(error)) => Some(error),
        Err(_) => None,
    };
    let lasting = error.as_ref().is_some_and(lasts);
    let sentence = match error {
        Some(SqlxError::Database(error)) => {
            // The driver takes that of the process, of which nobody may have heard.
            let user = if names_user(url) { "" } else { "The URL names no user. " };
            let mend = match lasting {
                true => format!("Check the user, the password and the database name in {setting}."),
                false => "See its log if that does not pass.".into(),
            };
            let said = error.message();
            format!("PostgreSQL at {host} refused the connection: {said}. {user}{mend}")
        }
        other => {
            let silent = || format!("no response within {} s", PATIENCE.as_secs());
            let problem = other.map_or_else(silent, |error| error.to_string());
            format!(
                "PostgreSQL at {host} could not be reached: {problem}. Start it, or correct the \
                 host and port in {setting}."
            )
        }
    };
    Err(Unreached { sentence, lasting })
}

/// Whether an error of the driver remains until somebody mends its cause.
fn lasts(error: &SqlxError) -> bool {
    matches!(error, SqlxError::Tls(_)) || Trouble::of_driver(error).is_none()
}

/// Whether a URL says who connects.
fn names_user(url: &str) -> bool {
    let named =
        |url: Url| !url.username().is_empty() || url.query_pairs().any(|(key, _)| key == "user");
    Url::parse(url).is_ok_and(named)
}
