//! The memory for hashing passwords, 19 MiB at a time: reused by the next hash, and returned to the
//! system once there are no more.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use argon2::Block;
use tokio::{runtime::Handle, time::sleep};

/// How long memory is kept for the next hash.
const KEPT: Duration = Duration::from_secs(5);

/// The minimum reserved, in blocks of 1 KiB. glibc may keep up to 32 MiB for the thread that freed
/// them, so that memory would grow with the number of threads; larger buffers are returned. Only
/// memory that is written to is actually used.
const RESERVED: usize = (32 << 10) + 1;

/// Buffers waiting for the next hash.
#[derive(Default)]
pub struct Memories(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    memories: Vec<Vec<Block>>,
    /// When memory was last put here, as long as a watcher is running.
    watched: Option<Instant>,
}

impl fmt::Debug for Memories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memories").field("waiting", &self.waiting()).finish()
    }
}

impl Memories {
    /// Lends a buffer of this many blocks to `work`.
    pub fn lend<T>(self: &Arc<Self>, blocks: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let waiting = self.lock().memories.pop();
        let mut memory = waiting.unwrap_or_else(|| Vec::with_capacity(blocks.max(RESERVED)));
        if memory.len() < blocks {
            memory.resize(blocks, Block::new());
        }
        let done = work(&mut memory[..blocks]);
        self.keep(memory);
        done
    }

    /// The number of waiting buffers.
    pub fn waiting(&self) -> usize {
        self.lock().memories.len()
    }

    fn keep(self: &Arc<Self>, memory: Vec<Block>) {
        // Without a runtime, nobody would free it.
        let Ok(runtime) = Handle::try_current() else { return };
        let mut waiting = self.lock();
        waiting.memories.push(memory);
        if waiting.watched.replace(Instant::now()).is_none() {
            let this = Arc::downgrade(self);
            runtime.spawn(async move {
                loop {
                    sleep(KEPT).await;
                    if this.upgrade().is_none_or(|this| this.give_back()) {
                        return;
                    }
                }
            });
        }
    }

    /// Frees what has not been used for long; returns whether it did.
    fn give_back(&self) -> bool {
        let mut waiting = self.lock();
        if waiting.watched.is_some_and(|used| used.elapsed() < KEPT) {
            return false;
        }
        *waiting = Waiting::default();
        true
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
