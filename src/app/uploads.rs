//! Who is uploading: so many at the same time, and no more.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use entity::AccountId;

/// The uploads under way, by account.
#[derive(Clone, Debug)]
pub struct Uploads {
    most: u16,
    counts: Arc<Mutex<HashMap<AccountId, u16>>>,
}

/// An upload under way: it counts until this is dropped.
#[derive(Debug)]
pub struct Upload {
    of: AccountId,
    among: Uploads,
}

impl Uploads {
    /// At most so many of each account.
    pub fn new(most: u16) -> Self {
        Self { most, counts: Arc::default() }
    }

    /// Begins one; none if the account has as many as it may.
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
