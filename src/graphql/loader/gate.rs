//! Gathers the keys of a batch.
//!
//! The rows of a page request their keys one after the other, over several turns of the task that
//! polls them. A plain `dataloader` starts its batch after a fixed number of turns and resumes the
//! waiting rows one by one, so that the next batch misses most of a page of a hundred rows. Here a
//! batch starts when two turns have brought no more keys, and all waiting rows resume together. Keys
//! requested by many tasks are gathered for a while instead, because the tasks run on several
//! threads.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use dataloader::cached;
use domain::db::statements::inherit;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use tokio::{spawn, task::yield_now, time::sleep};

use super::{Batch, Loaded, Run};
use crate::graphql::round::Rounds;

/// The maximum number of keys per statement.
const MOST: usize = 500;

type Loader<B> = cached::Loader<<B as Batch>::Key, Loaded<<B as Batch>::Value>, Run<B>>;

/// What was loaded, by its keys.
type Known<B> = HashMap<<B as Batch>::Key, Loaded<<B as Batch>::Value>>;

/// The result of a batch.
type Answers<B> = Result<Arc<Known<B>>, Arc<io::Error>>;

/// The keys of a batch; none once it goes.
type Keys<B> = Arc<Mutex<Option<Vec<<B as Batch>::Key>>>>;

/// Keys being gathered, and those waiting for them, if there are any left.
struct Gathering<B: Batch> {
    keys: Keys<B>,
    answers: WeakShared<BoxFuture<'static, Answers<B>>>,
}

/// Gathers the keys of one loader.
pub struct Gate<B: Batch> {
    loader: Loader<B>,
    /// How long keys are gathered, repeated as long as that brings more.
    pause: Option<Duration>,
    gathering: Arc<Mutex<Option<Gathering<B>>>>,
    /// What was loaded: who asks for it again in a round, or is one of many tasks, waits for nobody.
    known: Arc<Mutex<Known<B>>>,
}

impl<B: Batch> Clone for Gate<B> {
    fn clone(&self) -> Self {
        let (gathering, known) = (Arc::clone(&self.gathering), Arc::clone(&self.known));
        Self { loader: self.loader.clone(), pause: self.pause, gathering, known }
    }
}

impl<B: Batch> Gate<B> {
    pub fn new(run: Run<B>, pause: Option<Duration>) -> Self {
        let loader = cached::Loader::new(run).with_max_batch_size(MOST).with_yield_count(0);
        Self { loader, pause, gathering: Arc::default(), known: Arc::default() }
    }

    /// Notes a value that need not be loaded.
    pub async fn prime(&self, key: B::Key, value: Arc<B::Value>) {
        locked(&self.known).insert(key.clone(), Ok(Some(Arc::clone(&value))));
        self.loader.prime(key, Ok(Some(value))).await;
    }

    /// Loads a value, together with all others that are requested at the same time.
    pub async fn load(
        &self,
        rounds: Option<&Rounds>,
        key: B::Key,
    ) -> Result<Loaded<B::Value>, Arc<io::Error>> {
        let round = rounds.and_then(Rounds::in_progress);
        // Outside of rounds, the rows of a page go on together so that they ask together again.
        if (round.is_some() || self.pause.is_some())
            && let Some(known) = locked(&self.known).get(&key)
        {
            return Ok(known.clone());
        }
        let (batch, answers) = self.join(key.clone());
        if let Some(round) = round {
            return round.ask(Some(batch), || answers.map(drop).boxed()).await;
        }
        Ok(answers.await?.get(&key).cloned().unwrap_or(Ok(None)))
    }

    /// Adds a key to a batch, which has a number of its own as long as it lasts.
    fn join(&self, key: B::Key) -> (usize, Shared<BoxFuture<'static, Answers<B>>>) {
        let mut gathering = locked(&self.gathering);
        // The first requester may have been dropped, and all who joined.
        if let Some(others) = &*gathering
            && let Some(answers) = others.answers.upgrade()
            && let Some(keys) = &mut *locked(&others.keys)
        {
            keys.push(key);
            return (Arc::as_ptr(&others.keys).addr(), answers);
        }
        let keys = Arc::new(Mutex::new(Some(vec![key])));
        let gather = self.clone().gather(Arc::clone(&keys));
        let answers = gather.boxed().shared();
        let weak = answers.downgrade().expect("it was not polled");
        let number = Arc::as_ptr(&keys).addr();
        *gathering = Some(Gathering { keys, answers: weak });
        (number, answers)
    }

    async fn gather(self, keys: Keys<B>) -> Answers<B> {
        // The first requester.
        let mut known = 1;
        let mut pause = self.pause;
        // The turns in a row that have brought no more keys. One is not enough: of a list with more than
        // thirty rows, some are polled in the next turn.
        let (mut quiet, enough) = (0, if pause.is_some() { 1 } else { 2 });
        let keys = loop {
            match pause {
                None => yield_now().await,
                Some(pause) => sleep(pause).await,
            }
            let mut keys = locked(&keys);
            let count = keys.as_ref().map_or(0, Vec::len);
            quiet = if count == known { quiet + 1 } else { 0 };
            if quiet == enough || count >= MOST {
                break keys.take().unwrap_or_default();
            }
            known = count;
            // All who wait are woken each time.
            pause = pause.map(|pause| pause * 2);
        };
        let many = self.pause.is_some();
        let load = async move {
            let answers = self.loader.try_load_many(keys).await?;
            let answered = answers.iter().map(|(key, answer)| (key.clone(), answer.clone()));
            locked(&self.known).extend(answered);
            Ok(Arc::new(answers))
        };
        if !many {
            return load.await;
        }
        // By a task of its own, for it holds a connection, and those who wait for it have their turns.
        let load = spawn(inherit(load)).await;
        load.unwrap_or_else(|error| Err(Arc::new(io::Error::other(error))))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
