//! What an erasure leaves outside the tables: pages of SQLite's write-ahead log, and mails
//! saved as files. Recorded with the commit, and cleared right afterwards by `app::housekeeping`.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// What has yet to be cleared.
#[derive(Debug, Default)]
pub struct Leftovers {
    traces: Mutex<Option<Vec<String>>>,
    news: Notify,
}

impl Leftovers {
    /// Records that something was erased, and the names and addresses by which it can be found.
    pub(super) fn note(&self, traces: Vec<String>) {
        self.keep(traces);
        self.news.notify_one();
    }

    /// Keeps what could not be cleared yet, without waking anybody.
    pub fn keep(&self, traces: Vec<String>) {
        let mut noted = self.traces.lock().unwrap_or_else(PoisonError::into_inner);
        noted.get_or_insert_default().extend(traces);
    }

    /// Waits until there is something to clear.
    pub async fn noted(&self) {
        self.news.notified().await;
    }

    /// Takes what was recorded; the caller clears it. `None` if nothing was erased.
    pub fn take(&self) -> Option<Vec<String>> {
        self.traces.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
