//! What is loaded in batches: one set of loaders a request, so that nothing outlives a change; for
//! subscribers, one for all who hear something until more happens.
//!
//! A batch knows nobody but by its keys. What depends on who asks has them in its key, so that
//! nobody is answered with what another may see.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt::Debug,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use dataloader::BatchFn;
use tokio::time::Instant;

use crate::{Error, Result, db::Db};

mod gate;
mod kinds;

use gate::Gate;
pub use kinds::*;

/// What a batch answers for a key: what was found, nothing, or why the batch failed.
type Loaded<V> = Result<Option<Arc<V>>, Arc<Error>>;

/// A kind of thing that is loaded in batches.
pub trait Batch: Send + 'static {
    /// What it is loaded by.
    type Key: Clone + Debug + Eq + Hash + Send + Sync + 'static;
    /// What is loaded.
    type Value: Send + Sync + 'static;

    /// Loads several at once. The number of statements does not depend on the number of keys.
    fn load(
        db: &Db,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>>> + Send;
}

struct Run<B> {
    db: Db,
    batch: std::marker::PhantomData<fn() -> B>,
}

impl<B: Batch> BatchFn<B::Key, Loaded<B::Value>> for Run<B> {
    async fn load(&mut self, keys: &[B::Key]) -> HashMap<B::Key, Loaded<B::Value>> {
        match B::load(&self.db, keys).await {
            Ok(mut found) => {
                let answer = |key: &B::Key| (key.clone(), Ok(found.remove(key).map(Arc::new)));
                keys.iter().map(answer).collect()
            }
            Err(error) => {
                let error = Arc::new(error);
                keys.iter().map(|key| (key.clone(), Err(Arc::clone(&error)))).collect()
            }
        }
    }
}

/// Loaders that remember what they loaded, made as they are needed.
pub struct Loaders {
    db: Db,
    /// How long keys are gathered; where there is none, until the turn of a task brings no more.
    gathering: Option<Duration>,
    loaders: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
}

impl Debug for Loaders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaders").finish_non_exhaustive()
    }
}

impl Loaders {
    /// The loaders of a request.
    pub fn new(db: Db) -> Self {
        Self { db, gathering: None, loaders: Mutex::default() }
    }

    /// Loads one, together with all others of its kind that are asked for at this time.
    pub async fn load<B: Batch>(&self, key: B::Key) -> Result<Option<Arc<B::Value>>> {
        let gate = self.gate::<B>();
        // A batch that was dropped under way takes its keys with it (the siblings of a failed
        // non-null field are dropped): ask again, on our own.
        let answer = match gate.load(key.clone()).await {
            Ok(answer) => answer,
            Err(_) => gate.load(key).await.map_err(Error::internal)?,
        };
        answer.map_err(|cause| match &*cause {
            Error::Unavailable(..) => Error::clone(&cause),
            _ => Error::internal(Failed(cause)),
        })
    }

    fn gate<B: Batch>(&self) -> Gate<B> {
        let mut loaders = self.loaders.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = loaders.entry(TypeId::of::<B>()).or_insert_with(|| {
            let run = Run::<B> { db: self.db.clone(), batch: std::marker::PhantomData };
            Box::new(Gate::new(run, self.gathering))
        });
        gate.downcast_ref::<Gate<B>>().expect("it was put in under its own type").clone()
    }
}

/// The failure of a batch, for each of those who waited for it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failed(Arc<Error>);

/// Those who hear something at the same time, and load it together.
#[derive(Debug, Default)]
pub struct Audience(Mutex<Option<Shared>>);

/// Loaders of all who hear something as long as nothing more has happened.
#[derive(Debug)]
struct Shared {
    /// How much had been told when they were made.
    told: u64,
    since: Instant,
    loaders: Weak<Loaders>,
}

/// How long they are shared, for what changes without being told.
const FRESH: Duration = Duration::from_secs(1);
/// How long those who hear of an event are waited for.
const GATHERING: Duration = Duration::from_millis(2);

impl Audience {
    /// The loaders of all who hear something now. They were made after all that was told, and so
    /// know nothing older.
    pub fn now(&self, db: &Db) -> Arc<Loaders> {
        let told = db.events().told();
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = &*shared
            && shared.told == told
            && shared.since.elapsed() < FRESH
            && let Some(loaders) = shared.loaders.upgrade()
        {
            return loaders;
        }
        let loaders = Arc::new(Loaders { gathering: Some(GATHERING), ..Loaders::new(db.clone()) });
        let since = Instant::now();
        *shared = Some(Shared { told, since, loaders: Arc::downgrade(&loaders) });
        loaders
    }
}
