//! Who is downloading a TwinSpace: a few accounts at a time, and each of them one.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use entity::AccountId;

/// The maximum number of TwinSpaces that are downloaded at the same time.
const MOST: usize = 4;

/// The accounts that are downloading one.
#[derive(Clone, Debug, Default)]
pub struct Turns(Arc<Mutex<HashSet<AccountId>>>);

/// A download in progress, counted until this is dropped.
#[derive(Debug)]
pub struct Turn {
    of: AccountId,
    among: Turns,
}

impl Turns {
    /// Begins a download; `None` if the account has one, or there are too many.
    pub fn begin(&self, account: AccountId) -> Option<Turn> {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let free = accounts.len() < MOST && accounts.insert(account);
        free.then(|| Turn { of: account, among: self.clone() })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut accounts = self.among.0.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.remove(&self.of);
    }
}
