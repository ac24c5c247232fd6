//! Mail leaves: the worker that delivers the outbox of `domain::mail`.
//!
//! A mail is taken for the time of a lease, sent, and then deleted. A server that dies between
//! sending and deleting has it sent twice, under the same `Message-ID`; none is lost.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::{
        broadcast::error::RecvError,
        oneshot::{self, error::TryRecvError},
    },
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{
    Error, Result,
    app::App,
    clock,
    domain::mail::{self as outbox, Taken},
    events::{Event, Listener},
};

mod delivery;
pub mod letter;

pub use delivery::Delivery;

/// How the outbox is worked off.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How often the outbox is looked at when nothing calls for it.
    pub poll: Duration,
    /// How long a mail that is being sent is left alone by others; sending is given half of it.
    pub lease: Duration,
    /// How long after the first failure a mail is tried again; then twice as long each time.
    pub first_retry: Duration,
    /// The longest time between two tries.
    pub longest_retry: Duration,
    /// How long after it was written a mail that fails is given up.
    pub give_up: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(5),
            lease: Duration::from_mins(2),
            first_retry: Duration::from_secs(30),
            longest_retry: Duration::from_hours(1),
            give_up: Duration::from_hours(72),
        }
    }
}

impl Pace {
    /// How long to wait after so many tries: up to a quarter longer than its turn, so that what
    /// failed together does not come back together.
    fn backoff(&self, attempts: i32) -> Result<Duration> {
        let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(20);
        let turn = self.first_retry.saturating_mul(1 << doublings).min(self.longest_retry);
        let mut random = [0];
        getrandom::fill(&mut random).map_err(Error::internal)?;
        Ok(turn + turn.mul_f32(f32::from(random[0]) / 1024.0))
    }
}

/// The worker of one instance. It stops when this is dropped.
#[derive(Debug)]
pub struct Mailer {
    stop: oneshot::Sender<()>,
    worker: JoinHandle<()>,
}

impl Mailer {
    /// Starts delivering.
    pub fn start(app: &Arc<App>, pace: Pace) -> Self {
        let (stop, stopped) = oneshot::channel();
        let worker = tokio::spawn(work(Arc::clone(app), pace, stopped));
        Self { stop, worker }
    }

    /// Stops, after the mail under way.
    pub async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.worker.await {
            tracing::error!(%error, "the mail worker failed");
        }
    }
}

async fn work(app: Arc<App>, pace: Pace, mut stopped: oneshot::Receiver<()>) {
    let mut events = app.db.events().listen();
    loop {
        while matches!(stopped.try_recv(), Err(TryRecvError::Empty)) {
            match deliver_next(&app, &pace).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(?error, "the outbox cannot be worked off");
                    break;
                }
            }
        }
        tokio::select! {
            _ = &mut stopped => return,
            () = posted(&mut events) => {}
            () = sleep(pace.poll) => {}
        }
    }
}

/// Waits until a mail was written, here or by another instance.
async fn posted(events: &mut Listener) {
    loop {
        match events.recv().await {
            Ok(Event::Mail | Event::Gap) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Tries the mail that has been due for longest; false if none is due.
pub async fn deliver_next(app: &App, pace: &Pace) -> Result<bool> {
    let Some(mail) = outbox::take(&app.db, delta(pace.lease), clock::now()).await? else {
        return Ok(false);
    };
    let sent = timeout(pace.lease / 2, send(app, &mail, clock::now())).await;
    let failure = match sent {
        Ok(Ok(())) => {
            outbox::settle(&app.db, mail.id).await?;
            return Ok(true);
        }
        Ok(Err(failure)) => failure,
        Err(_) => "the mail server takes too long".into(),
    };
    let (id, attempts) = (mail.id, mail.attempts);
    if clock::now() - mail.created_at > delta(pace.give_up) {
        tracing::error!(%id, attempts, %failure, "a mail was given up");
        outbox::settle(&app.db, id).await?;
    } else {
        tracing::warn!(%id, attempts, %failure, "a mail was not delivered; it will be tried again");
        outbox::retry(&app.db, id, clock::now() + delta(pace.backoff(attempts)?)).await?;
    }
    Ok(true)
}

async fn send(app: &App, mail: &Taken, now: DateTime<Utc>) -> Result<(), delivery::Failure> {
    let letter = mail.letter.as_ref().map_err(ToString::to_string)?;
    let token = mail.token.as_deref();
    let words = letter::compose(letter, token, &app.config.server.app_url());
    let message =
        letter::message(&words, mail.id, &app.config.mail.mail_from, &mail.recipient, now)?;
    app.mail.send(mail.id, &message).await?;
    if app.mail.is_folder() {
        // Nobody but the reader of this log could follow it.
        tracing::info!("mail to {}: {} {}", mail.recipient, words.subject, words.link);
    }
    Ok(())
}

/// A time span as the database's clock counts it.
fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
