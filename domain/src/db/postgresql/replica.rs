//! A read replica: a standby of the primary, from which a query is read if it has replayed all that
//! was committed on the primary when the request began. Then nobody can see less than on the primary:
//! neither their own writes are missing, nor is anything there that has been withdrawn.
//!
//! The statement that finds the session also reads the position of the primary's log. How far the
//! replica is, is asked by one task, for all requests that wait for it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    ConnectOptions, DatabaseConnection, DbErr,
    sqlx::{
        ConnectOptions as _, Error as SqlxError, Executor, PgConnection, postgres::PgConnectOptions,
    },
};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, timeout},
};
use tokio_util::task::AbortOnDropHandle;

use super::{READS, options_of, own, reads};
use crate::{Result, db::Settings, error::causes};

mod look;

pub use look::{AboutReplica, POSITION, Position, Unfit, examine, position};
use look::{Look, SETTING, identity};

/// How long a request waits for the replica before it is answered by the primary.
const GRACE: Duration = Duration::from_millis(50);

/// The interval between looks at the replica while a request waits for it.
const MOMENT: Duration = Duration::from_millis(1);

/// The interval between looks at the replica while nobody waits for it.
const PULSE: Duration = Duration::from_millis(200);

/// How long the replica may take to respond, and the interval between attempts to reach it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Why a query is not read from the replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unused {
    /// It has yet to replay something that was committed before the request.
    Behind,
    /// It cannot be reached, or is not a standby of this primary.
    Away,
}

/// A replica, and what is known about it.
#[derive(Debug)]
pub struct Replica {
    reader: DatabaseConnection,
    seen: watch::Receiver<Option<Seen>>,
    waiting: Arc<Waiting>,
    /// While the replica is not further than this, nobody waits for it: somebody did so in vain.
    missed: AtomicU64,
    following: AbortOnDropHandle<()>,
}

/// The replica as it was seen last.
#[derive(Clone, Debug)]
struct Seen {
    /// When it was connected to. Connections that are older may lead to where it was before.
    since: Instant,
    /// When it was started.
    started: String,
    position: Position,
}

/// Requests that wait for the replica.
#[derive(Debug, Default)]
struct Waiting {
    count: AtomicUsize,
    look: Notify,
}

/// Counts a request for as long as it waits.
struct OneWaiting<'a>(&'a Waiting);

impl Waiting {
    fn one(&self) -> OneWaiting<'_> {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.look.notify_one();
        OneWaiting(self)
    }
}

impl Drop for OneWaiting<'_> {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Replica {
    /// Follows the replica of this primary from now on, whether or not it can be reached. `connect`
    /// makes the pool.
    pub async fn follow<F>(
        url: &str,
        primary: &DatabaseConnection,
        settings: &Settings,
        connect: impl FnOnce(ConnectOptions) -> F,
    ) -> Result<Self>
    where
        F: Future<Output = Result<DatabaseConnection, DbErr>>,
    {
        let target = options_of(url, SETTING)?.application_name("twinspace replica");
        // Not every service lets it be read; better to fail now than at each request.
        position(primary).await?;
        let (see, seen) = watch::channel(None);
        let reader = connect(pool(url, settings, &seen)).await?;
        let waiting = Arc::<Waiting>::default();
        let following = follow(target, identity(primary).await?, see, Arc::clone(&waiting));
        let following = AbortOnDropHandle::new(tokio::spawn(following));
        Ok(Self { reader, seen, waiting, missed: AtomicU64::new(0), following })
    }

    /// The connections for reading.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Runs `work`, which reads from it, once it has replayed the log up to this position; `work` is
    /// dropped if the replica goes away.
    pub async fn run<T>(
        &self,
        wanted: Position,
        work: impl Future<Output = T>,
    ) -> Result<T, Unused> {
        let since = self.reached(wanted).await?;
        let mut seen = self.seen.clone();
        let is_another = |seen: &Option<Seen>| seen.as_ref().is_none_or(|seen| seen.since != since);
        let gone = async { seen.wait_for(is_another).await.is_ok() };
        tokio::select! {
            biased;
            _ = gone => Err(Unused::Away),
            done = work => Ok(done),
        }
    }

    /// Closes the connections.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.following.abort();
        self.reader.close_by_ref().await
    }

    /// Has it looked at now, because something did not work.
    pub fn doubt(&self) {
        self.waiting.look.notify_one();
    }

    /// Waits for a moment until the replica has replayed the log up to this position; returns since when
    /// it has been connected to.
    pub async fn reached(&self, wanted: Position) -> Result<Instant, Unused> {
        let mut seen = self.seen.clone();
        if let Some(known) = judge(seen.borrow().as_ref(), wanted) {
            return known;
        }
        let missed = self.missed.load(Ordering::Relaxed);
        if seen.borrow().as_ref().is_none_or(|seen| seen.position.lsn < missed) {
            return Err(Unused::Behind);
        }
        let _waiting = self.waiting.one();
        let decided = seen.wait_for(|seen| judge(seen.as_ref(), wanted).is_some());
        match timeout(GRACE, decided).await {
            Ok(Ok(seen)) => judge(seen.as_ref(), wanted).unwrap_or(Err(Unused::Behind)),
            Ok(Err(_)) => Err(Unused::Away),
            Err(_) => {
                self.missed.store(wanted.lsn, Ordering::Relaxed);
                Err(Unused::Behind)
            }
        }
    }
}

/// Whether it has replayed the log up to a position, or why it is not worth waiting for that.
fn judge(seen: Option<&Seen>, wanted: Position) -> Option<Result<Instant, Unused>> {
    let Some(Seen { since, position, .. }) = seen else { return Some(Err(Unused::Away)) };
    if position.timeline != wanted.timeline {
        return Some(Err(Unused::Behind));
    }
    (position.lsn >= wanted.lsn).then_some(Ok(*since))
}

/// Connections for reading, which lead to the very server that was seen last, and not to an earlier
/// state of it: after a crash it begins further back than it was.
fn pool(url: &str, settings: &Settings, seen: &watch::Receiver<Option<Seen>>) -> ConnectOptions {
    let (seen, older) = (seen.clone(), seen.clone());
    let setting = own(settings, READS);
    let mut options = super::pool(url, reads(settings), PATIENCE);
    options
        .connect_lazy(true)
        .map_sqlx_postgres_pool_opts(move |pool| {
            let seen = seen.clone();
            pool.after_connect(move |connection, _| {
                let seen = seen.borrow().clone();
                Box::pin(async move {
                    let found = Look::of(connection).await?;
                    let same = seen.is_some_and(|seen| {
                        seen.started == found.started
                            && found.position.is_some_and(|at| at.lsn >= seen.position.lsn)
                    });
                    if !same {
                        let said = "the replica is another one, or was started again";
                        return Err(SqlxError::Protocol(said.into()));
                    }
                    match setting {
                        Some(setting) => connection.execute(setting).await.map(drop),
                        None => Ok(()),
                    }
                })
            })
        })
        .map_sqlx_postgres_before_acquire(move |_, state| {
            let since = older.borrow().as_ref().map(|seen| seen.since);
            let usable = since.is_some_and(|since| since.elapsed() >= state.age);
            Box::pin(async move { Ok(usable) })
        });
    options
}

/// Looks at the replica again and again.
async fn follow(
    target: PgConnectOptions,
    identity: String,
    see: watch::Sender<Option<Seen>>,
    waiting: Arc<Waiting>,
) {
    let mut connection = None;
    // The first look says that it is used, or why not.
    let mut used = None;
    loop {
        let looking = look(&mut connection, &target, &identity);
        let found = timeout(PATIENCE, looking).await;
        match found.unwrap_or_else(|_| Err(format!("no response within {} s", PATIENCE.as_secs())))
        {
            Ok(seen) => {
                if used.replace(true) != Some(true) {
                    tracing::info!("queries are read from the replica");
                }
                see.send_replace(Some(seen));
                if waiting.count.load(Ordering::Relaxed) > 0 {
                    sleep(MOMENT).await;
                } else {
                    let _ = timeout(PULSE, waiting.look.notified()).await;
                }
            }
            Err(trouble) => {
                see.send_replace(None);
                if used.replace(false) != Some(false) {
                    tracing::warn!(trouble, "queries are not read from the replica");
                }
                sleep(PATIENCE).await;
            }
        }
    }
}

/// Looks at the replica, on this connection or a new one. An error says why it cannot be used.
async fn look(
    connection: &mut Option<(PgConnection, Instant)>,
    target: &PgConnectOptions,
    identity: &str,
) -> Result<Seen, String> {
    let said = |error: SqlxError| causes(&error);
    let (mut asked, since) = match connection.take() {
        Some(connected) => connected,
        None => (target.connect().await.map_err(said)?, Instant::now()),
    };
    let look = Look::of(&mut asked).await.map_err(said)?;
    if let Some(unfit) = look.unfit(identity) {
        return Err(unfit.to_string());
    }
    let position = look.position.ok_or("it has not replayed anything yet")?;
    *connection = Some((asked, since));
    Ok(Seen { since, started: look.started, position })
}
