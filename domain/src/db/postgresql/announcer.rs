//! How changes are announced to the subscribers of all instances: after their commit, those of several
//! commits with one statement.
//!
//! PostgreSQL delivers notifications in the order of the commits: of the transactions that notify, it
//! lets one at a time reach the disk. Therefore acts do not notify in their own transaction, which
//! would then wait for all others, unless the order matters. They are acknowledged once they have been
//! announced.
//!
//! If an instance ends between the two, the others learn it from the end of its announcer's connection:
//! then something may have happened of which they were not told.

use std::{collections::BTreeSet, time::Duration};

use sea_orm::sqlx::{
    ConnectOptions as _, Connection, Error, Executor, PgConnection, postgres::PgConnectOptions,
    query, query_scalar,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    PATIENCE,
    relay::{CHANNEL, FAREWELL, Farewells},
};
use crate::{error::causes, events::Event};

/// The number of commits that are announced with one statement, and of those that may wait for it.
const MOST: usize = 256;

/// The interval between attempts to announce that something was missed, if nothing else happens.
const AGAIN: Duration = Duration::from_secs(1);

/// The name by which instances recognise each other's announcers.
const NAME: &str = "twinspace announcer";

/// Its notifications are worth nothing after a crash of PostgreSQL, which ends the connections of all
/// subscribers too. If the machine of an instance fails, PostgreSQL is to notice it soon.
const SETTINGS: &str = "set synchronous_commit = off; set tcp_keepalives_idle = 10;
    set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3";

/// Announces what this instance has committed.
#[derive(Debug)]
pub struct Announcer(mpsc::Sender<Order>);

#[derive(Debug)]
struct Order {
    /// The events; `None` to leave.
    announced: Option<Vec<Event>>,
    done: oneshot::Sender<()>,
}

impl Announcer {
    /// Connects, and announces from then on.
    pub async fn start(options: PgConnectOptions) -> Result<Self, Error> {
        let options = options.application_name(NAME);
        let connection = connect(&options).await?;
        let (orders, taken) = mpsc::channel(MOST);
        tokio::spawn(announce(options, connection, taken));
        Ok(Self(orders))
    }

    /// Returns once these events have been announced, or cannot be: then all instances are told, as
    /// soon as that is possible, that they have missed something.
    pub async fn announce(&self, events: Vec<Event>) {
        if !events.is_empty() {
            self.order(Some(events)).await;
        }
    }

    /// Ends, so that other instances know that they have not missed anything.
    pub async fn leave(&self) {
        self.order(None).await;
    }

    async fn order(&self, announced: Option<Vec<Event>>) {
        let (done, is_done) = oneshot::channel();
        // It ends before the database is closed only if the runtime does.
        if self.0.send(Order { announced, done }).await.is_ok() {
            let _ = is_done.await;
        }
    }
}

async fn announce(
    options: PgConnectOptions,
    connection: PgConnection,
    mut orders: mpsc::Receiver<Order>,
) {
    let mut connection = Some(connection);
    // Whether something could not be announced.
    let mut missed = false;
    let mut some = Vec::with_capacity(MOST);
    loop {
        let wait = if missed { AGAIN } else { Duration::MAX };
        if timeout(wait, orders.recv_many(&mut some, MOST)).await == Ok(0) {
            return;
        }
        let (mut events, mut waiting, mut leaves) = (vec![], vec![], false);
        for Order { announced, done } in some.drain(..) {
            leaves |= announced.is_none();
            events.extend(announced.into_iter().flatten());
            waiting.push(done);
        }
        if missed {
            events.insert(0, Event::Gap);
        }
        let mut told = tell(&mut connection, &options, &events).await;
        if let Err(error) = &told {
            tracing::warn!(error = causes(error), "events could not be announced");
            // Most often only the connection was lost.
            told = tell(&mut connection, &options, &[Event::Gap]).await;
        }
        missed = told.is_err();
        if leaves && let Some(connection) = connection.take_if(|_| !missed) {
            let _ = timeout(PATIENCE, say_farewell(connection)).await;
        }
        for done in waiting {
            let _ = done.send(());
        }
        if leaves {
            return;
        }
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, Error> {
    let mut connection = options.connect().await?;
    connection.execute(SETTINGS).await?;
    Ok(connection)
}

/// Announces events on this connection, or on a new one. Whether they were told is not known if it
/// fails.
async fn tell(
    connection: &mut Option<PgConnection>,
    options: &PgConnectOptions,
    events: &[Event],
) -> Result<(), Error> {
    let telling = async {
        let mut on = match connection.take() {
            Some(on) => on,
            None => connect(options).await?,
        };
        notify(&mut on, events).await?;
        *connection = Some(on);
        Ok(())
    };
    timeout(PATIENCE, telling).await.unwrap_or(Err(Error::PoolTimedOut))
}

async fn notify(connection: &mut PgConnection, events: &[Event]) -> Result<(), Error> {
    const NOTIFY: &str =
        "select pg_notify($1, event::text) from jsonb_array_elements($2::jsonb) as event";
    let events = serde_json::to_string(events).map_err(|error| Error::Encode(error.into()))?;
    query(NOTIFY).bind(CHANNEL).bind(events).execute(connection).await.map(drop)
}

async fn say_farewell(mut connection: PgConnection) -> Result<(), Error> {
    const NOTIFY: &str = "select pg_notify($1, pg_backend_pid()::text)";
    query(NOTIFY).bind(FAREWELL).execute(&mut connection).await?;
    connection.close().await
}

/// The announcers of all instances, as far as they are known.
#[derive(Debug, Default)]
pub struct Announcers {
    present: BTreeSet<i32>,
    /// Those who were not there any more at the last look. Their farewell may be on its way.
    gone: BTreeSet<i32>,
    farewells: Farewells,
}

impl Announcers {
    /// None yet.
    pub fn new(farewells: Farewells) -> Self {
        Self { farewells, ..Self::default() }
    }

    /// Looks who is there. Returns whether one has gone without a farewell.
    pub async fn look(&mut self, connection: &mut PgConnection) -> Result<bool, Error> {
        const LIST: &str = "select pid from pg_stat_activity \
             where datname = current_database() and application_name = $1";
        let present: Vec<i32> = query_scalar(LIST).bind(NAME).fetch_all(connection).await?;
        let present = BTreeSet::from_iter(present);
        let mut said = self.farewells.said();
        let lost = self.gone.iter().any(|announcer| !said.remove(announcer));
        self.gone = self.present.difference(&present).copied().collect();
        self.present = present;
        // Whoever was not seen coming is not seen going.
        said.retain(|announcer| self.present.contains(announcer) || self.gone.contains(announcer));
        Ok(lost)
    }

    /// Forgets them: the connections of all may have ended, which subscribers are told in another way.
    pub fn forget(&mut self) {
        self.present.clear();
        self.gone.clear();
    }
}
