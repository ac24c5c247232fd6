//! Periodic deletion of what is no longer needed: expired sessions and links, results of idempotent
//! requests, unverified registrations, old chat messages, deleted or abandoned media, counts of
//! attempts.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant, UNIX_EPOCH},
};

use domain::{
    Error, Result,
    accounts::{email_change, registration, session},
    care::{administration, report},
    clock,
    db::Db,
    inside::{chat, media::Usage},
    mail as outbox, markup,
    members::{custody_transfer, pupil_news, pupil_request},
    outcome, rate_limit, token,
};
use metrics::gauge;
use tokio::time::{MissedTickBehavior, interval};

use super::App;
use crate::{mail::Delivery, media};

/// The interval between rounds.
const PERIOD: Duration = Duration::from_mins(1);
/// The interval at which statistics are collected.
const STOCK: Duration = Duration::from_hours(1);

/// Runs housekeeping until `stop` completes. If a round fails, the failure is logged and the next
/// round is tried.
pub async fn run(app: Arc<App>, stop: impl Future<Output = ()>) {
    // Concurrently with the rounds, which take time: subscribers must not be considered gone
    // meanwhile.
    tokio::select! {
        () = rounds(&app, stop) => {}
        () = pulses(&app) => {}
        () = erasures(&app) => {}
    }
}

/// Records who is subscribed, for ever.
async fn pulses(app: &App) {
    let mut pulses = interval(PERIOD);
    pulses.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pulses.tick().await;
        if let Err(error) = app.presence.pulse(&app.db, clock::now()).await {
            tracing::warn!(?error, "the number of subscribers could not be recorded");
        }
    }
}

/// Clears the remains of each erasure, for ever.
async fn erasures(app: &App) {
    loop {
        app.db.leftovers().noted().await;
        if let Err(error) = clear(&app.db, &app.mail).await {
            tracing::error!(?error, "the remains of an erasure could not be deleted");
        }
    }
}

/// Clears erased data that still exists outside the tables: in mails saved as files, and in
/// the database's write-ahead log.
pub async fn clear(db: &Db, mail: &Delivery) -> Result<()> {
    let mut forgotten = Ok(());
    if let Some(traces) = db.leftovers().take() {
        forgotten = mail.forget(&traces).await;
        if forgotten.is_err() {
            // For the next round.
            db.leftovers().keep(traces);
        }
    }
    if !db.sweep().await? {
        tracing::debug!("the database's write-ahead log is in use; it will be truncated later");
    }
    forgotten.map_err(Error::internal)
}

async fn rounds(app: &App, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    let mut stock = None;
    let mut rounds = interval(PERIOD);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = rounds.tick() => {}
        }
        match round(app).await {
            Ok(()) => {
                let now = UNIX_EPOCH.elapsed().unwrap_or_default();
                gauge!("twinspace_housekeeping_timestamp_seconds").set(now);
            }
            Err(error) => tracing::error!(?error, "housekeeping"),
        }
        match outbox::waiting(&app.db).await {
            Ok(waiting) => {
                gauge!("twinspace_mails_waiting").set(u32::try_from(waiting).unwrap_or(u32::MAX));
            }
            Err(error) => tracing::warn!(?error, "the mails that wait could not be counted"),
        }
        if stock.is_none_or(|last: Instant| last.elapsed() > STOCK) {
            stock = Some(Instant::now());
            if let Err(error) = take_stock(app).await {
                tracing::error!(?error, "the statistics could not be collected");
            }
        }
    }
}

/// Collects what takes longer.
async fn take_stock(app: &App) -> Result<()> {
    app.db.take_stock().await?;
    let Usage { bytes, count } = administration::storage(app.db.read()).await?;
    #[expect(clippy::cast_precision_loss, reason = "nobody counts bytes by the petabyte")]
    for (name, figure) in [("twinspace_media_bytes", bytes), ("twinspace_media_objects", count)] {
        gauge!(name).set(figure as f64);
    }
    Ok(())
}

/// One round.
#[tracing::instrument(name = "housekeeping", level = "trace", skip_all)]
pub async fn round(app: &App) -> Result<()> {
    let now = clock::now();
    let tx = app.db.begin().await?;
    let sessions = session::expire(&*tx, app.config.accounts.lifetime(), now).await?;
    let links = token::expire(&*tx, now).await?;
    let outcomes = outcome::expire(&*tx, now).await?;
    let wishes =
        email_change::expire(&*tx, now).await? + registration::expire_guests(&*tx, now).await?;
    let counts = rate_limit::expire(&*tx, now).await?;
    let news = pupil_news::expire(&*tx, now).await?;
    tx.commit().await?;
    let long_ago = now - app.config.talk.chat_kept();
    let chat = chat::expire(&app.db, long_ago).await?;
    let reports = report::expire(&app.db, long_ago).await?;
    let registrations = match app.config.accounts.registration_kept() {
        Some(kept) => registration::expire(&app.db, now - kept, now).await?,
        None => 0,
    };
    if sessions + links + outcomes + wishes + counts + news + chat + reports + registrations > 0 {
        tracing::debug!(
            sessions,
            links,
            outcomes,
            wishes,
            counts,
            news,
            chat,
            reports,
            registrations,
            "expired data deleted"
        );
    }
    let asked = pupil_request::expire(&app.db, now).await?;
    let custodies = custody_transfer::settle(&app.db, now).await?;
    if asked + custodies > 0 {
        tracing::info!(asked, custodies, "expired requests and custody transfers settled");
    }
    let cleared = media::tidy(app, now).await?;
    if cleared > 0 {
        tracing::info!(cleared, "deleted and abandoned media removed");
    }
    let texts = markup::renew(&app.db).await?;
    if texts > 0 {
        tracing::debug!(texts, "texts from an older renderer rendered again");
    }
    // Last, including what was deleted just now.
    clear(&app.db, &app.mail).await
}
