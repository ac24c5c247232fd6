//! What is thrown away from time to time: sessions and links that have ended, counts of tries,
//! media that were deleted or broken off.

use std::{pin::pin, sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use super::App;
use crate::{
    Result, clock,
    domain::{session, token},
    media,
};

/// How often.
const PERIOD: Duration = Duration::from_mins(1);

/// Keeps house until `stop` is done. A round that fails is logged, and the next is tried.
pub async fn run(app: Arc<App>, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    let mut rounds = interval(PERIOD);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = rounds.tick() => {}
        }
        if let Err(error) = round(&app).await {
            tracing::error!(?error, "housekeeping");
        }
    }
}

/// One round.
pub async fn round(app: &App) -> Result<()> {
    app.limits.tidy();
    let now = clock::now();
    let tx = app.db.begin().await?;
    let sessions = session::expire(&*tx, app.config.accounts.lifetime(), now).await?;
    let links = token::expire(&*tx, now).await?;
    tx.commit().await?;
    let cleared = media::tidy(app, now).await?;
    if cleared > 0 {
        tracing::info!(cleared, "media that were deleted or broken off are gone");
    }
    if sessions + links > 0 {
        tracing::debug!(sessions, links, "what has ended is deleted");
    }
    Ok(())
}
