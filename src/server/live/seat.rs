//! How many connections of a kind an account has open.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, PoisonError},
};

use entity::AccountId;

/// The open connections of each account, on this instance.
#[derive(Clone, Debug, Default)]
pub struct Seats(Arc<Mutex<HashMap<AccountId, u16>>>);

impl Seats {
    /// A place for one more; `None` if the account already has `most`.
    pub fn take(&self, account: AccountId, most: u16) -> Option<Seat> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(account).or_default();
        (*count < most).then(|| {
            *count += 1;
            Seat { seats: self.clone(), account }
        })
    }
}

/// The place of a connection. It becomes free again when this is dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Seats,
    account: AccountId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = taken.entry(self.account) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}
