//! A transaction: what it does, logs and announces happens together or not at all.

use std::{
    collections::BTreeSet,
    future::{Ready, ready},
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use entity::{ProjectId, audit};
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait};

use super::{Engine, leftovers::Leftovers, postgresql, statements};
use crate::events::{Event, Events};

/// A transaction, with what goes into the log and to subscribers if it is committed.
#[derive(Debug)]
pub struct Tx {
    pub(super) inner: DatabaseTransaction,
    pub(super) events: Events,
    pub(super) engine: Engine,
    pub(super) last: Mutex<Last>,
    pub(super) leftovers: Arc<Leftovers>,
}

/// What happens at the end of a transaction.
#[derive(Debug, Default)]
pub(super) struct Last {
    /// The entries of the log.
    lines: Vec<audit::ActiveModel>,
    /// The events for subscribers.
    told: Vec<Event>,
    /// The projects that were locked.
    held: BTreeSet<ProjectId>,
    /// The names and addresses that were erased; `None` if nothing was.
    erased: Option<Vec<String>>,
}

/// The number of log entries in a statement.
pub(super) const LINES: usize = 1000;

impl Tx {
    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes entries to the log when this is committed, in the same transaction.
    pub(crate) fn log(&self, lines: impl IntoIterator<Item = audit::ActiveModel>) {
        self.last().lines.extend(lines);
    }

    /// Records that these projects are locked: another act on them.
    pub(crate) fn holds(&self, projects: impl IntoIterator<Item = ProjectId>) {
        self.last().held.extend(projects);
    }

    /// Sends an event to subscribers once this is committed.
    pub fn tell(&self, event: Event) -> Ready<Result<(), DbErr>> {
        self.tell_all(vec![event])
    }

    /// Sends several events to subscribers once this is committed.
    pub fn tell_all(&self, events: Vec<Event>) -> Ready<Result<(), DbErr>> {
        self.last().told.extend(events);
        ready(Ok(()))
    }

    /// Sends events to subscribers once this is committed, each of them once.
    pub(crate) fn tell_once(&self, events: impl IntoIterator<Item = Event>) {
        let told = &mut self.last().told;
        for event in events {
            if !told.contains(&event) {
                told.push(event);
            }
        }
    }

    /// Records that this transaction erases something, and the names and addresses by which more of
    /// it can be found outside the tables: once committed, that is cleared too.
    pub fn erases(&self, traces: impl IntoIterator<Item = String>) {
        self.last().erased.get_or_insert_default().extend(traces);
    }

    /// Writes the log and commits. It continues even if the caller disappears meanwhile: committed
    /// changes are announced.
    #[tracing::instrument(level = "trace", skip_all)]
    pub async fn commit(self) -> Result<(), DbErr> {
        let lasting = tokio::spawn(statements::inherit(async move {
            let Self { inner, events, engine, last, leftovers } = self;
            let Last { lines, told, held, erased } =
                last.into_inner().unwrap_or_else(PoisonError::into_inner);
            match engine {
                Engine::Postgresql(aside) => {
                    let (ordered, told): (Vec<_>, Vec<_>) =
                        told.into_iter().partition(Event::is_ordered);
                    postgresql::finish(&inner, &lines, held, &ordered).await?;
                    inner.commit().await?;
                    aside.announce(told).await;
                }
                Engine::Sqlite(_) => {
                    write(&inner, &lines).await?;
                    // The next transaction could overtake between its commit and its events.
                    let turn = events.turn().await;
                    inner.commit().await?;
                    for event in told {
                        events.tell(event);
                    }
                    drop(turn);
                }
            }
            if let Some(traces) = erased {
                leftovers.note(traces);
            }
            Ok(())
        }));
        lasting.await.map_err(|error| DbErr::Custom(error.to_string()))?
    }
}

/// Writes these entries to the log.
pub(super) async fn write(
    tx: &DatabaseTransaction,
    lines: &[audit::ActiveModel],
) -> Result<(), DbErr> {
    for some in lines.chunks(LINES) {
        let insert = audit::Entity::insert_many(some.iter().cloned());
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}

impl Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}
