//! Events from all instances on the same PostgreSQL.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sea_orm::sqlx::{Error, PgPool, postgres::PgListener};

use super::seats::SEATS;
use crate::{
    error::causes,
    events::{Event, Events},
    seats::Seats,
};

/// The channel of events. A payload may have up to 8000 bytes; an event has about 200.
pub const CHANNEL: &str = "twinspace_events";

/// The channel on which instances that end say so, by the process of their announcer's connection.
pub const FAREWELL: &str = "twinspace_farewells";

/// The announcers that have said farewell.
#[derive(Clone, Debug, Default)]
pub struct Farewells(Arc<Mutex<BTreeSet<i32>>>);

impl Farewells {
    /// Those who have said it.
    pub fn said(&self) -> MutexGuard<'_, BTreeSet<i32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forwards events from all instances on the same PostgreSQL, and notes which places are taken there,
/// for as long as the pool is open.
pub async fn relay(
    pool: PgPool,
    events: Events,
    farewells: Farewells,
    seats: Seats,
) -> Result<(), Error> {
    let mut listener = connect(&pool).await?;
    tokio::spawn(async move {
        loop {
            match listener.try_recv().await {
                Ok(Some(notice)) if notice.channel() == FAREWELL => {
                    if let Ok(announcer) = notice.payload().parse() {
                        farewells.said().insert(announcer);
                    }
                }
                Ok(Some(notice)) if notice.channel() == SEATS => {
                    if let Ok(notice) = serde_json::from_str(notice.payload()) {
                        seats.hear(notice, Instant::now());
                    }
                }
                Ok(Some(notice)) => match serde_json::from_str(notice.payload()) {
                    Ok(event) => events.tell(event),
                    // It may be of a newer version.
                    Err(error) => {
                        tracing::warn!(%error, "an event could not be read");
                        events.tell(Event::Gap);
                    }
                },
                // The connection was lost and has already been restored.
                Ok(None) => {
                    tracing::warn!("event connection restored");
                    events.tell(Event::Gap);
                }
                // Closed intentionally, at the end of a command or of the server.
                Err(_) if pool.is_closed() => return,
                Err(error) => {
                    tracing::error!(error = causes(&error), "event connection lost");
                    let Some(again) = reconnect(&pool).await else { return };
                    listener = again;
                    // Only now: an earlier reload would have missed what came after it.
                    events.tell(Event::Gap);
                }
            }
        }
    });
    Ok(())
}

async fn connect(pool: &PgPool) -> Result<PgListener, Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen_all([CHANNEL, FAREWELL, SEATS]).await?;
    Ok(listener)
}

/// Retries every second; `None` once the pool is closed.
async fn reconnect(pool: &PgPool) -> Option<PgListener> {
    while !pool.is_closed() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if let Ok(listener) = connect(pool).await {
            return Some(listener);
        }
    }
    None
}
