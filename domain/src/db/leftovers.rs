//! What an erasure leaves outside of the tables: the pages of SQLite's write-ahead log, and
//! mails that are files. Noted with the commit, and cleared right after it by `app::housekeeping`.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// What is still to be cleared.
#[derive(Debug, Default)]
pub struct Leftovers {
    traces: Mutex<Option<Vec<String>>>,
    news: Notify,
}

impl Leftovers {
    /// Notes that something was erased, and by which names and addresses it is to be found.
    pub(super) fn note(&self, traces: Vec<String>) {
        let mut noted = self.traces.lock().unwrap_or_else(PoisonError::into_inner);
        noted.get_or_insert_default().extend(traces);
        self.news.notify_one();
    }

    /// Waits until there is something to clear.
    pub async fn noted(&self) {
        self.news.notified().await;
    }

    /// What was noted; whoever takes it clears it. None if nothing was erased.
    pub fn take(&self) -> Option<Vec<String>> {
        self.traces.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
