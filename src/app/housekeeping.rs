//! What is thrown away from time to time: sessions and links that have ended, outcomes that nobody
//! repeats any more, what was said in chat rooms long ago, media that were deleted or broken off,
//! counts of tries.

use std::{pin::pin, sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use super::App;
use crate::{
    Result, clock,
    domain::{chat, email_change, outcome, page, report, session, token},
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
    let outcomes = outcome::expire(&*tx, now).await?;
    let wishes = email_change::expire(&*tx, now).await?;
    tx.commit().await?;
    let long_ago = now - app.config.talk.chat_kept();
    let chat = chat::expire(&app.db, long_ago).await?;
    let reports = report::expire(&app.db, long_ago).await?;
    if sessions + links + outcomes + wishes + chat + reports > 0 {
        tracing::debug!(
            sessions,
            links,
            outcomes,
            wishes,
            chat,
            reports,
            "what has ended is deleted"
        );
    }
    let cleared = media::tidy(app, now).await?;
    if cleared > 0 {
        tracing::info!(cleared, "media that were deleted or broken off are gone");
    }
    let pages = page::render_anew(&app.db).await?;
    if pages > 0 {
        tracing::debug!(pages, "pages of an older renderer are rendered anew");
    }
    Ok(())
}
