//! Turns of those who are told something.
//!
//! One event may wake thousands of subscribers at once, and each has some work to do before it can be
//! told. Threads serve tasks in the order in which they were woken: a request that comes meanwhile
//! would wait behind all of them, at each of its steps. So subscribers stand in a line of their own,
//! and a few of them at a time are called from it, each for one step: a request waits for a few steps
//! and not for thousands.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    thread::available_parallelism,
};

use tokio::spawn;

/// The line in which subscribers wait.
#[derive(Clone, Debug, Default)]
pub struct Turns(Arc<Mutex<Line>>);

#[derive(Debug)]
struct Line {
    waiting: VecDeque<(Arc<AtomicBool>, Waker)>,
    /// How many tasks call from it. Each calls one, and then lets all others have their turn.
    callers: usize,
    most: usize,
}

impl Default for Line {
    /// With as many callers as there are threads but one, which is for others.
    fn default() -> Self {
        let threads = available_parallelism().map_or(1, usize::from);
        Self { waiting: VecDeque::new(), callers: 0, most: (threads - 1).max(1) }
    }
}

impl Turns {
    /// Does `work`, each step of it when it is called.
    pub async fn take<T>(&self, work: impl Future<Output = T>) -> T {
        InTurn { work: pin!(work), turns: self, called: Arc::default(), waits: false }.await
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, called: Arc<AtomicBool>, waker: Waker) {
        let mut line = self.line();
        line.waiting.push_back((called, waker));
        if line.callers < line.most {
            line.callers += 1;
            spawn(self.clone().call());
        }
    }

    /// Calls one after the other, until nobody waits.
    async fn call(self) {
        loop {
            let next = {
                let mut line = self.line();
                let next = line.waiting.pop_front();
                line.callers -= usize::from(next.is_none());
                next
            };
            let Some((called, waker)) = next else { return };
            called.store(true, Ordering::Release);
            waker.wake();
            behind_all_others().await;
        }
    }
}

/// Goes on after all tasks that are ready now.
pub async fn behind_all_others() {
    let mut waited = false;
    poll_fn(|ctx| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        ctx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

struct InTurn<'a, F> {
    work: Pin<&'a mut F>,
    turns: &'a Turns,
    called: Arc<AtomicBool>,
    /// Whether it stands in the line.
    waits: bool,
}

impl<F: Future> Future for InTurn<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<F::Output> {
        if self.called.swap(false, Ordering::Acquire) {
            self.waits = false;
            return self.work.as_mut().poll(ctx);
        }
        if !self.waits {
            self.waits = true;
            self.turns.wait(Arc::clone(&self.called), ctx.waker().clone());
        }
        Poll::Pending
    }
}
