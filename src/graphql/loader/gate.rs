//! Gathers the keys of a batch.
//!
//! The rows of a page request their keys one after the other, over several turns of the task that
//! polls them. A plain `dataloader` starts its batch after a fixed number of turns and resumes the
//! waiting rows one by one, so that the next batch misses most of a page of a hundred rows. Here a
//! batch starts when a turn has brought no more keys, and all waiting rows resume together. Keys
//! requested by many tasks are gathered for a while instead, because the tasks run on several
//! threads.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use dataloader::cached;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use tokio::{task::yield_now, time::sleep};

use super::{Batch, Loaded, Run};

/// The maximum number of keys per statement.
const MOST: usize = 500;

type Loader<B> = cached::Loader<<B as Batch>::Key, Loaded<<B as Batch>::Value>, Run<B>>;

/// The result of a batch.
type Answers<B> =
    Result<Arc<HashMap<<B as Batch>::Key, Loaded<<B as Batch>::Value>>>, Arc<io::Error>>;

/// Keys being gathered, and those waiting for them, if there are any left.
struct Gathering<B: Batch> {
    keys: Vec<B::Key>,
    answers: WeakShared<BoxFuture<'static, Answers<B>>>,
}

/// Gathers the keys of one loader.
pub struct Gate<B: Batch> {
    loader: Loader<B>,
    /// How long keys are gathered, repeated as long as that brings more.
    pause: Option<Duration>,
    gathering: Arc<Mutex<Option<Gathering<B>>>>,
}

impl<B: Batch> Clone for Gate<B> {
    fn clone(&self) -> Self {
        let (loader, gathering) = (self.loader.clone(), Arc::clone(&self.gathering));
        Self { loader, pause: self.pause, gathering }
    }
}

impl<B: Batch> Gate<B> {
    /// Notes a value that need not be loaded.
    pub async fn prime(&self, key: B::Key, value: B::Value) {
        self.loader.prime(key, Ok(Some(Arc::new(value)))).await;
    }

    pub fn new(run: Run<B>, pause: Option<Duration>) -> Self {
        let loader = cached::Loader::new(run).with_max_batch_size(MOST).with_yield_count(0);
        Self { loader, pause, gathering: Arc::default() }
    }

    /// Loads a value, together with all others that are requested at the same time.
    pub async fn load(&self, key: B::Key) -> Result<Loaded<B::Value>, Arc<io::Error>> {
        let answers = self.join(key.clone()).await?;
        Ok(answers.get(&key).cloned().unwrap_or(Ok(None)))
    }

    fn gathering(&self) -> MutexGuard<'_, Option<Gathering<B>>> {
        self.gathering.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(&self, key: B::Key) -> Shared<BoxFuture<'static, Answers<B>>> {
        let mut gathering = self.gathering();
        // The first requester may have been dropped, and all who joined.
        if let Some(others) = &mut *gathering
            && let Some(answers) = others.answers.upgrade()
        {
            others.keys.push(key);
            return answers;
        }
        let answers = self.clone().gather().boxed().shared();
        let weak = answers.downgrade().expect("it was not polled");
        *gathering = Some(Gathering { keys: vec![key], answers: weak });
        answers
    }

    async fn gather(self) -> Answers<B> {
        // The first requester.
        let mut known = 1;
        let keys = loop {
            match self.pause {
                None => yield_now().await,
                Some(pause) => sleep(pause).await,
            }
            let count = self.gathering().as_ref().map_or(0, |gathering| gathering.keys.len());
            if count == known || count >= MOST {
                break self.gathering().take().map(|gathered| gathered.keys).unwrap_or_default();
            }
            known = count;
        };
        self.loader.try_load_many(keys).await.map(Arc::new).map_err(Arc::new)
    }
}
