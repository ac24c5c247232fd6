//! The state of a subscription.

use std::sync::atomic::{AtomicBool, Ordering};

/// The state of a subscription.
#[derive(Debug, Default)]
pub struct Hearing {
    /// Whether it has begun to receive events.
    begun: AtomicBool,
    /// Whether an event could not be sent.
    missed: AtomicBool,
}

impl Hearing {
    /// From now on, events that cannot be sent are reported as missed.
    pub fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    /// Records that an event could not be sent; false if the subscription has not begun.
    pub fn miss(&self) -> bool {
        let begun = self.begun.load(Ordering::Relaxed);
        self.missed.fetch_or(begun, Ordering::Relaxed);
        begun
    }

    /// Whether an event could not be sent since the last call.
    pub fn take_missed(&self) -> bool {
        self.missed.swap(false, Ordering::Relaxed)
    }
}
