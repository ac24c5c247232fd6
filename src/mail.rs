//! Mail delivery: the worker that delivers the outbox of `domain::mail`.
//!
//! A mail is taken for the duration of a lease, sent, and then deleted. If a server dies between
//! sending and deleting, the mail is sent twice with the same `Message-ID`; none is lost.
//!
//! Several are sent at once, so that a slow receiver does not delay other mails.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Error, Result, clock,
    events::Event,
    mail::{self as outbox, Taken},
};
use metrics::counter;
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        oneshot,
    },
    task::{self, JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tracing::{Span, field};

use crate::app::App;

mod delivery;
mod language;
pub mod letter;
mod smtp;

pub use delivery::Delivery;
use delivery::Failure;
pub use language::Language;

/// The number of mails delivered at once.
const AT_ONCE: usize = 8;

/// How many of them may go to the same domain, whose server may be the slow one.
const PER_DOMAIN: usize = 4;

/// The timing of deliveries.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How often the outbox is checked if nothing triggers it.
    pub poll: Duration,
    /// How long a mail being sent is left alone by others; sending may take half of that.
    pub lease: Duration,
    /// How long after the first failure a mail is retried; the interval doubles each time.
    pub first_retry: Duration,
    /// The maximum time between two attempts.
    pub longest_retry: Duration,
    /// How long after it was written a failing mail is abandoned.
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
    /// How long to wait after this number of attempts: up to a quarter longer than scheduled, so
    /// that mails that failed together are not retried together.
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

    /// Stops after finishing the mails in progress.
    pub async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.worker.await {
            tracing::error!(%error, "the mail worker failed");
        }
    }
}

/// The deliveries in progress, and the domain of each.
#[derive(Default)]
struct UnderWay {
    deliveries: JoinSet<()>,
    domains: HashMap<task::Id, String>,
}

impl UnderWay {
    fn is_full(&self) -> bool {
        self.deliveries.len() >= AT_ONCE
    }

    /// The domains that have reached the maximum number of deliveries.
    fn busy(&self) -> Vec<&str> {
        let mut counts = HashMap::new();
        for domain in self.domains.values() {
            *counts.entry(domain.as_str()).or_insert(0) += 1;
        }
        counts.into_iter().filter(|&(_, count)| count >= PER_DOMAIN).map(|(it, _)| it).collect()
    }

    /// Starts delivering due mails as long as the limit allows.
    async fn fill(&mut self, app: &Arc<App>, pace: Pace) -> Result<()> {
        while !self.is_full() {
            let now = clock::now();
            let Some(mail) = outbox::take(&app.db, delta(pace.lease), &self.busy(), now).await?
            else {
                break;
            };
            let domain = mail.domain().to_owned();
            let app = Arc::clone(app);
            let delivery = self.deliveries.spawn(async move {
                if let Err(error) = deliver(&app, &pace, &mail).await {
                    tracing::error!(id = %mail.id, ?error, "a delivery could not be recorded");
                }
            });
            self.domains.insert(delivery.id(), domain);
        }
        Ok(())
    }

    /// Waits until one has ended; for ever if there is none.
    async fn ended(&mut self) {
        let id = match self.deliveries.join_next_with_id().await {
            None => return std::future::pending().await,
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => {
                tracing::error!(%error, "a delivery failed");
                error.id()
            }
        };
        self.domains.remove(&id);
    }
}

async fn work(app: Arc<App>, pace: Pace, mut stopped: oneshot::Receiver<()>) {
    let mut events = app.db.events().listen();
    let mut under_way = UnderWay::default();
    loop {
        if let Err(error) = under_way.fill(&app, pace).await {
            tracing::error!(?error, "the outbox could not be processed");
        }
        if under_way.deliveries.is_empty() {
            app.mail.rest();
        }
        tokio::select! {
            biased;
            _ = &mut stopped => break,
            () = under_way.ended() => {}
            () = posted(&mut events), if !under_way.is_full() => {}
            () = sleep(pace.poll) => {}
        }
    }
    while !under_way.deliveries.is_empty() {
        under_way.ended().await;
    }
    app.mail.rest();
}

/// Waits until a mail is written, here or by another instance.
async fn posted(events: &mut broadcast::Receiver<Event>) {
    loop {
        match events.recv().await {
            Ok(Event::Mail | Event::Gap) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Tries to deliver the mail that has been due for longest; false if none is due.
pub async fn deliver_next(app: &App, pace: &Pace) -> Result<bool> {
    let Some(mail) = outbox::take(&app.db, delta(pace.lease), &[], clock::now()).await? else {
        return Ok(false);
    };
    deliver(app, pace, &mail).await?;
    Ok(true)
}

/// Counts an attempt to deliver a mail.
fn count(outcome: &'static str) {
    Span::current().record("outcome", outcome);
    counter!("twinspace_mails_total", "outcome" => outcome).increment(1);
}

/// Sends a mail, and records the result.
#[tracing::instrument(name = "mail", level = "trace", skip_all, fields(attempts = mail.attempts, outcome = field::Empty))]
async fn deliver(app: &App, pace: &Pace, mail: &Taken) -> Result<()> {
    let sent = timeout(pace.lease / 2, send(app, mail, clock::now())).await;
    let failure = match sent {
        Ok(Ok(())) => {
            count("sent");
            return outbox::settle(&app.db, mail.id).await;
        }
        Ok(Err(failure)) => failure,
        Err(_) => Failure::Passing("the mail server took too long".into()),
    };
    let (id, attempts, now) = (mail.id, mail.attempts, clock::now());
    if let Failure::Final(failure) = failure {
        count("abandoned");
        tracing::error!(%id, attempts, %failure, "a mail could not be delivered");
        outbox::give_up(&app.db, mail, now).await
    } else if now - mail.created_at > delta(pace.give_up) {
        count("abandoned");
        tracing::error!(%id, attempts, %failure, "gave up on a mail");
        outbox::give_up(&app.db, mail, now).await
    } else {
        count("retried");
        tracing::warn!(%id, attempts, %failure, "a mail could not be delivered; it will be tried again");
        outbox::retry(&app.db, id, now + delta(pace.backoff(attempts)?)).await
    }
}

async fn send(app: &App, mail: &Taken, now: DateTime<Utc>) -> Result<(), Failure> {
    let letter =
        mail.letter.as_ref().map_err(|error| Failure::Passing(error.to_string().into()))?;
    let token = mail.token.as_deref();
    // A newer version of the server may write it.
    let language = Language::of(&mail.language).unwrap_or(Language::ENGLISH);
    let words = letter::compose(letter, language, token, &app.config.server.app_url());
    let from = &app.config.mail.mail_from;
    let message = letter::message(&words, mail.id, from, &mail.recipient, now)
        .map_err(|error| Failure::Final(error.to_string()))?;
    app.mail.send(mail.id, &message).await?;
    if app.mail.is_folder() {
        tracing::info!(id = %mail.id, "a mail was saved as a file in the data folder, because no SMTP server is set");
    }
    Ok(())
}

/// A duration in the database's unit.
fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
