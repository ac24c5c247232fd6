//! Rounds in which the objects of a query are asked what they need: all of them before any of it is
//! loaded, so that what is loaded in batches is loaded together, and at hand in the next round.

use std::{
    future::pending,
    ptr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_graphql::{Positioned, parser::types::Field};
use futures_util::{FutureExt, future::BoxFuture};

/// What a field has waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Only for batches.
    Batch,
    /// Also for something else.
    Other,
}

/// The place of a field in the document.
pub fn place(field: &Positioned<Field>) -> usize {
    ptr::from_ref(field).addr()
}

/// The rounds of an operation. It is one task, and a round ends where it begins to wait: what is asked
/// for during a round is asked for by it.
#[derive(Default)]
pub struct Rounds(Mutex<State>);

#[derive(Default)]
struct State {
    /// The fields that have waited, by their place in the document.
    waits: Vec<(usize, Wait)>,
    /// How many rounds are in progress, each within the one before.
    depth: usize,
    /// The number of times that something was asked for.
    asked: u64,
    /// What brings it: batches, by their number, and others.
    work: Vec<(Option<usize>, BoxFuture<'static, ()>)>,
}

impl std::fmt::Debug for Rounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rounds").finish_non_exhaustive()
    }
}

impl Rounds {
    /// Begins a round.
    pub fn begin(&self) -> Round<'_> {
        self.state().depth += 1;
        Round(self)
    }

    /// These, if a round is in progress.
    pub fn in_progress(&self) -> Option<&Self> {
        (self.state().depth > 0).then_some(self)
    }

    /// Has something done before the next round: this one ends without whoever asks. A batch has a
    /// number, because many ask for it.
    pub async fn ask<T>(
        &self,
        batch: Option<usize>,
        work: impl FnOnce() -> BoxFuture<'static, ()>,
    ) -> T {
        {
            let mut state = self.state();
            state.asked += 1;
            if batch.is_none() || state.work.iter().all(|(other, _)| *other != batch) {
                state.work.push((batch, work()));
            }
        }
        pending().await
    }

    /// What a field has waited for, in any of the objects so far.
    pub fn wait(&self, field: &Positioned<Field>) -> Option<Wait> {
        let place = place(field);
        self.state().waits.iter().find(|(other, _)| *other == place).map(|(_, wait)| *wait)
    }

    /// The result of a field if it is at hand; otherwise it has been recorded for what it waits.
    pub fn poll<F: Future>(&self, field: &Positioned<Field>, future: F) -> Option<F::Output> {
        let asked = self.state().asked;
        let result = future.now_or_never();
        if result.is_none() {
            let place = place(field);
            let mut state = self.state();
            let wait = if state.asked > asked { Wait::Batch } else { Wait::Other };
            match state.waits.iter_mut().find(|(other, _)| *other == place) {
                Some((_, known)) if *known == Wait::Batch => *known = wait,
                Some(_) => {}
                None => state.waits.push((place, wait)),
            }
        }
        result
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A round in progress.
#[derive(Debug)]
pub struct Round<'a>(&'a Rounds);

impl Round<'_> {
    /// Ends the round; returns what it waits for, unless it was part of another round, which does.
    pub fn end(self) -> Option<Vec<BoxFuture<'static, ()>>> {
        let mut state = self.0.state();
        let work = (state.depth == 1).then(|| std::mem::take(&mut state.work));
        work.map(|work| work.into_iter().map(|(_, work)| work).collect())
    }
}

impl Drop for Round<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.depth -= 1;
        if state.depth == 0 {
            state.work.clear();
        }
    }
}
