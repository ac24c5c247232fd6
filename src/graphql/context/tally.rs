//! What is counted during an operation.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use domain::{Error, Result};

use super::Request;

/// The maximum number of bytes of long texts in a response.
pub const MOST_TEXT: usize = 16 << 20;

/// The bytes of long texts in the response, and what counts against rate limits.
#[derive(Debug, Default)]
pub struct Tally {
    long: AtomicUsize,
    limited: AtomicUsize,
    /// How often the operation has counted, all executions together.
    counted: Arc<AtomicUsize>,
}

impl Tally {
    /// Counts for an operation that starts when there are this many bytes in the response.
    pub fn after(sent: usize) -> Self {
        Self { long: sent.into(), ..Self::default() }
    }

    /// Counts for another execution of the same operation: without extensions or from the replica,
    /// and again if that does not work.
    #[must_use]
    pub fn again(&self) -> Self {
        let counted = Arc::clone(&self.counted);
        Self { counted, ..Self::after(self.long.load(Ordering::Relaxed)) }
    }
}

impl Request {
    /// The same, with this tally.
    #[must_use]
    pub fn counting(self, tally: Tally) -> Self {
        Self { tally, ..self }
    }

    /// Counts something against a rate limit, unless another execution of the operation has done so.
    pub async fn count(&self, count: impl Future<Output = Result<()>>) -> Result<()> {
        let Tally { limited, counted, .. } = &self.tally;
        let number = limited.fetch_add(1, Ordering::Relaxed);
        if number >= counted.load(Ordering::Relaxed) {
            count.await?;
            counted.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// A long text, if it still fits into the response.
    pub fn long(&self, text: String) -> Result<String> {
        match self.tally.long.fetch_add(text.len(), Ordering::Relaxed) + text.len() <= MOST_TEXT {
            true => Ok(text),
            false => Err(Error::TooMuchText(MOST_TEXT)),
        }
    }

    /// The number of bytes of long texts so far.
    pub fn long_so_far(&self) -> usize {
        self.tally.long.load(Ordering::Relaxed)
    }

    /// Forgets the long texts since there were this many bytes: they are not sent, or only later.
    pub fn rewind_long(&self, before: usize) {
        self.tally.long.store(before, Ordering::Relaxed);
    }
}
