//! How instances tell each other which places they have given (`crate::seats`): when that changes, and
//! all of it again at intervals, for instances that have come since or have missed something.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use sea_orm::sqlx::{Error, PgPool, query};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::{
    error::causes,
    seats::{Notice, Seats},
};

/// The channel on which they say so.
pub const SEATS: &str = "twinspace_seats";

/// What changes within this time is told together.
const TOGETHER: Duration = Duration::from_millis(100);
/// The interval at which all is told again.
const AGAIN: Duration = Duration::from_secs(15);
/// The number of places in a notice, each of about 60 bytes, whose payload may have 8000.
const MOST: usize = 100;

/// Tells the other instances, for as long as the pool is open.
pub async fn share(pool: PgPool, seats: Seats) {
    let mut changes = seats.share();
    let mut again = interval(AGAIN);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let notice = tokio::select! {
            changed = changes.recv() => {
                let Some(first) = changed else { return };
                sleep(TOGETHER).await;
                let mut rows = HashSet::from([first]);
                while let Ok(row) = changes.try_recv() {
                    rows.insert(row);
                }
                seats.notice(rows)
            }
            _ = again.tick() => {
                seats.forget(Instant::now());
                seats.notice(seats.here())
            }
        };
        if let Err(error) = tell(&pool, notice).await {
            tracing::debug!(
                error = causes(&error),
                "the others were not told which places are taken"
            );
        }
    }
}

/// Tells the other instances that nothing is taken here any more.
pub async fn leave(pool: &PgPool, seats: &Seats) {
    // Without it, they notice by the silence.
    let _ = tell(pool, seats.notice(seats.here()).farewell()).await;
}

/// It is not worth waiting for the disk: a crash ends all connections.
async fn tell(pool: &PgPool, notice: Notice) -> Result<(), Error> {
    const NOTIFY: &str =
        "select set_config('synchronous_commit', 'off', true), pg_notify($1, part::text)
        from jsonb_array_elements($2::jsonb) as part";
    let parts: Vec<Notice> = notice.parts(MOST).collect();
    if parts.is_empty() {
        return Ok(());
    }
    let parts = serde_json::to_string(&parts).map_err(|error| Error::Encode(error.into()))?;
    query(NOTIFY).bind(SEATS).bind(parts).execute(pool).await.map(drop)
}
