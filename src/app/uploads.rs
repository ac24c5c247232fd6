//! Limits the number of simultaneous uploads per account.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use entity::AccountId;

/// The uploads in progress, by account.
#[derive(Clone, Debug)]
pub struct Uploads {
    most: u16,
    counts: Arc<Mutex<HashMap<AccountId, u16>>>,
}

/// An upload in progress, counted until this is dropped.
#[derive(Debug)]
pub struct Upload {
    of: AccountId,
    among: Uploads,
}

impl Uploads {
    /// Allows this many uploads per account.
    pub fn new(most: u16) -> Self {
        Self { most, counts: Arc::default() }
    }

    /// Begins an upload; `None` if the account has reached the maximum.
    pub fn begin(&self, account: AccountId) -> Option<Upload> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(account).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Upload { of: account, among: self.clone() })
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let mut counts = self.among.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.of);
            }
        }
    }
}
