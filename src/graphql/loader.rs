//! What is loaded in batches: one set of loaders per request, so that nothing outlives a change;
//! subscribers who receive the same event share one until something else happens.
//!
//! A batch knows nothing but its keys. If a result depends on the viewer, the viewer is part of the
//! key, so that nobody gets what someone else may see.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt::Debug,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use dataloader::BatchFn;
use domain::{Error, Result, db::Db};
use tokio::time::Instant;

use crate::graphql::round::Rounds;

mod gate;
mod inside;
mod kinds;
mod schools;

use gate::Gate;
pub use inside::*;
pub use kinds::*;
pub use schools::*;

/// The result of a batch for a key: a value, nothing, or the reason why the batch failed.
type Loaded<V> = Result<Option<Arc<V>>, Arc<Error>>;

/// A kind of object that is loaded in batches.
pub trait Batch: Send + 'static {
    /// The key.
    type Key: Clone + Debug + Eq + Hash + Send + Sync + 'static;
    /// The value.
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

/// Loaders that remember what they loaded, created on demand.
pub struct Loaders {
    db: Db,
    /// How long keys are gathered; if `None`, until turns of the task bring no more keys.
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

    /// Loads a value, together with all others of its kind that are requested at the same time.
    pub async fn load<B: Batch>(&self, key: B::Key) -> Result<Option<Arc<B::Value>>> {
        self.load_in::<B>(None, key).await
    }

    /// The same in an operation that has rounds.
    pub async fn load_in<B: Batch>(
        &self,
        rounds: Option<&Rounds>,
        key: B::Key,
    ) -> Result<Option<Arc<B::Value>>> {
        let gate = self.gate::<B>();
        // A batch that is dropped while it is running drops its keys too (the siblings of a failed
        // non-null field are dropped): load the key separately.
        let answer = match gate.load(rounds, key.clone()).await {
            Ok(answer) => answer,
            Err(_) => gate.load(rounds, key).await.map_err(Error::internal)?,
        };
        answer.map_err(|cause| match &*cause {
            Error::Unavailable(..) => Error::clone(&cause),
            _ => Error::internal(Failed(cause)),
        })
    }

    /// Notes a value that is at hand, so that it need not be loaded.
    pub async fn prime<B: Batch>(&self, key: B::Key, value: impl Into<Arc<B::Value>>) {
        self.gate::<B>().prime(key, value.into()).await;
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

/// The failure of a batch, for everyone waiting for it.
#[derive(Debug, thiserror::Error)]
#[error("a batch failed")]
struct Failed(#[source] Arc<Error>);

/// Subscribers who receive an event at the same time and load it together.
#[derive(Debug, Default)]
pub struct Audience(Mutex<Option<Shared>>);

/// The loaders shared by all subscribers until something else happens.
#[derive(Debug)]
struct Shared {
    /// The number of events published when they were created.
    told: u64,
    since: Instant,
    loaders: Weak<Loaders>,
}

/// How long they are shared, because of changes without events.
const FRESH: Duration = Duration::from_secs(1);
/// How long to wait for the other subscribers to an event.
const GATHERING: Duration = Duration::from_millis(2);

impl Audience {
    /// The loaders shared by everyone who receives an event now. They were created after all
    /// published events, and so contain nothing older.
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
