//! Counts SQL statements: of the whole server, and of a single task.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{DatabaseConnection, DbBackend};
use tracing::Instrument;

tokio::task_local! {
    static OWN: Arc<AtomicU64>;
}

/// A statement that has been executed.
#[derive(Clone, Copy, Debug)]
pub struct Executed<'a> {
    /// The database's name in OpenTelemetry.
    pub system: &'static str,
    /// Its text, with placeholders in place of values.
    pub sql: &'a str,
    /// How long it took, without waiting for a connection.
    pub took: Duration,
    /// Whether there was an error.
    pub failed: bool,
}

/// Is told of each statement, in the task that executes it.
pub type Observer = fn(&Executed<'_>);

/// Counts the statements of some connections.
#[derive(Clone, Debug, Default)]
pub struct Statements(Arc<AtomicU64>);

impl Statements {
    /// Also counts the statements of a connection pool.
    pub fn watch(&self, pool: &mut DatabaseConnection, observer: Option<Observer>) {
        let all = Arc::clone(&self.0);
        pool.set_metric_callback(move |executed| {
            all.fetch_add(1, Ordering::Relaxed);
            let _ = OWN.try_with(|own| own.fetch_add(1, Ordering::Relaxed));
            if let Some(observer) = observer {
                observer(&Executed {
                    system: match executed.statement.db_backend {
                        DbBackend::Postgres => "postgresql",
                        _ => "sqlite",
                    },
                    sql: &executed.statement.sql,
                    took: executed.elapsed,
                    failed: executed.failed,
                });
            }
        });
    }

    /// The number of statements executed since the start.
    pub fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs `work` and counts the statements that it executes itself: not those of other tasks running
/// at the same time, nor those of tasks that `work` spawns without [`inherit`].
pub async fn counted<T>(work: impl Future<Output = T>) -> (T, u64) {
    let own = Arc::new(AtomicU64::new(0));
    let result = OWN.scope(Arc::clone(&own), work).await;
    (result, own.load(Ordering::Relaxed))
}

/// Wraps work for a separate task so that its statements count as those of the task that spawns it,
/// and belong to the same trace.
pub fn inherit<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let own = OWN.try_with(Arc::clone).unwrap_or_default();
    OWN.scope(own, work.in_current_span())
}
