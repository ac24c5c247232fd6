//! What a request loads in batches: one set of loaders a request, so that nobody is answered with
//! what another may see, and nothing outlives a change.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt::Debug,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use dataloader::BatchFn;
use entity::{AccountId, MediaId, MemberId, PageId, ProjectId, TagKind};
use uuid::Uuid;

use crate::{
    Error, Result, clock,
    db::Db,
    domain::{
        access::{self, Access, Person},
        account, consent,
        list::{Ask, Columns, Listed, Page},
        media, member,
        page::grant::{self, Editors, Place},
        picture, project, pupil, report, teacher,
    },
};

mod gate;

use gate::Gate;

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
        person: Person,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>>> + Send;
}

struct Run<B> {
    db: Db,
    person: Person,
    batch: std::marker::PhantomData<fn() -> B>,
}

impl<B: Batch> BatchFn<B::Key, Loaded<B::Value>> for Run<B> {
    async fn load(&mut self, keys: &[B::Key]) -> HashMap<B::Key, Loaded<B::Value>> {
        match B::load(&self.db, self.person, keys).await {
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

/// The loaders of one request, made as they are needed.
pub struct Loaders {
    db: Db,
    person: Person,
    loaders: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
}

impl Debug for Loaders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaders").field("person", &self.person).finish_non_exhaustive()
    }
}

impl Loaders {
    /// The loaders of a request of `person`.
    pub fn new(db: Db, person: Person) -> Self {
        Self { db, person, loaders: Mutex::default() }
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
            _ => Error::internal(Shared(cause)),
        })
    }

    fn gate<B: Batch>(&self) -> Gate<B> {
        let mut loaders = self.loaders.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = loaders.entry(TypeId::of::<B>()).or_insert_with(|| {
            let run = Run::<B> {
                db: self.db.clone(),
                person: self.person,
                batch: std::marker::PhantomData,
            };
            Box::new(Gate::new(run))
        });
        gate.downcast_ref::<Gate<B>>().expect("it was put in under its own type").clone()
    }
}

/// The failure of a batch, for each of those who waited for it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Shared(Arc<Error>);

/// How the viewer stands to projects.
pub struct Accesses;

impl Batch for Accesses {
    type Key = ProjectId;
    type Value = Access;

    async fn load(
        db: &Db,
        person: Person,
        keys: &[ProjectId],
    ) -> Result<HashMap<ProjectId, Access>> {
        access::load(db.read(), person, keys).await
    }
}

/// How many members TwinSpaces have, and if it is asked, how many of them are online.
pub struct Counts;

impl Batch for Counts {
    type Key = (Uuid, bool);
    type Value = member::Counts;

    async fn load(
        db: &Db,
        _: Person,
        keys: &[(Uuid, bool)],
    ) -> Result<HashMap<(Uuid, bool), member::Counts>> {
        let mut found = HashMap::new();
        for (online, ids) in grouped(keys.iter().map(|(id, online)| (*online, *id))) {
            let counts = member::counts(db.read(), &ids, online, clock::now()).await?;
            found.extend(counts.into_iter().map(|(id, counts)| ((id, online), counts)));
        }
        Ok(found)
    }
}

/// The members that people are in the TwinSpaces of projects.
pub struct MembersOf;

impl Batch for MembersOf {
    type Key = (ProjectId, AccountId);
    type Value = MemberId;

    async fn load(db: &Db, _: Person, keys: &[Self::Key]) -> Result<HashMap<Self::Key, MemberId>> {
        member::places(db.read(), keys).await
    }
}

/// What was done with projects before, for the viewer.
pub struct Pasts;

impl Batch for Pasts {
    type Key = ProjectId;
    type Value = project::Past;

    async fn load(
        db: &Db,
        person: Person,
        keys: &[ProjectId],
    ) -> Result<HashMap<ProjectId, project::Past>> {
        project::past(db.read(), person, keys).await
    }
}

/// Whether the viewer has reported messages; there is nothing where they have not.
pub struct Reported;

impl Batch for Reported {
    type Key = Uuid;
    type Value = ();

    async fn load(db: &Db, person: Person, keys: &[Uuid]) -> Result<HashMap<Uuid, ()>> {
        let reported = report::reported(db.read(), person, keys).await?;
        Ok(reported.into_iter().map(|key| (key, ())).collect())
    }
}

/// What shows of people to the viewer.
pub struct Portraits;

impl Batch for Portraits {
    type Key = AccountId;
    type Value = picture::Portrait;

    async fn load(
        db: &Db,
        person: Person,
        keys: &[AccountId],
    ) -> Result<HashMap<AccountId, picture::Portrait>> {
        match person.account {
            Some(viewer) => picture::portraits(db.read(), viewer, keys).await,
            None => Ok(HashMap::new()),
        }
    }
}

/// The viewer's own account, by its id.
pub struct Owns;

impl Batch for Owns {
    type Key = AccountId;
    type Value = account::Own;

    async fn load(
        db: &Db,
        _: Person,
        keys: &[AccountId],
    ) -> Result<HashMap<AccountId, account::Own>> {
        let mut found = HashMap::new();
        // There is one viewer, and so one key.
        for &key in keys {
            found.insert(key, account::own(db.read(), key).await?);
        }
        Ok(found)
    }
}

/// The subjects and languages of teachers.
pub struct Tags;

impl Batch for Tags {
    type Key = AccountId;
    type Value = Vec<(TagKind, String)>;

    async fn load(
        db: &Db,
        _: Person,
        keys: &[AccountId],
    ) -> Result<HashMap<AccountId, Vec<(TagKind, String)>>> {
        teacher::tags(db.read(), keys).await
    }
}

/// The consents of and for pupils, in all TwinSpaces.
pub struct Consents;

impl Batch for Consents {
    type Key = AccountId;
    type Value = Vec<entity::consent::Model>;

    async fn load(
        db: &Db,
        _: Person,
        keys: &[AccountId],
    ) -> Result<HashMap<AccountId, Vec<entity::consent::Model>>> {
        let mut consents: HashMap<_, Vec<_>> = HashMap::new();
        for consent in consent::of(db.read(), keys).await? {
            consents.entry(consent.account_id).or_default().push(consent);
        }
        Ok(consents)
    }
}

/// The places of pupils, in all TwinSpaces.
pub struct Places;

impl Batch for Places {
    type Key = AccountId;
    type Value = Vec<entity::member::Model>;

    async fn load(
        db: &Db,
        _: Person,
        keys: &[AccountId],
    ) -> Result<HashMap<AccountId, Vec<entity::member::Model>>> {
        let mut places: HashMap<_, Vec<_>> = HashMap::new();
        for place in pupil::own::places(db.read(), keys).await? {
            places.entry(place.account_id).or_default().push(place);
        }
        Ok(places)
    }
}

/// Whether pages were given to members to edit; there is nothing where they were not.
pub struct Given;

impl Batch for Given {
    type Key = (PageId, Place);
    type Value = ();

    async fn load(db: &Db, _: Person, keys: &[Self::Key]) -> Result<HashMap<Self::Key, ()>> {
        let given = grant::given(db.read(), keys).await?;
        Ok(given.into_iter().map(|key| (key, ())).collect())
    }
}

/// Who was given permission to edit pages.
pub struct PageEditors;

impl Batch for PageEditors {
    type Key = PageId;
    type Value = Editors;

    async fn load(db: &Db, _: Person, keys: &[PageId]) -> Result<HashMap<PageId, Editors>> {
        grant::editors(db.read(), keys).await
    }
}

/// The pupils on media.
pub struct Pictured;

impl Batch for Pictured {
    type Key = MediaId;
    type Value = Vec<MemberId>;

    async fn load(db: &Db, _: Person, keys: &[MediaId]) -> Result<HashMap<MediaId, Vec<MemberId>>> {
        media::pictured(db.read(), keys).await
    }
}

/// How much media TwinSpaces have.
pub struct Usages;

impl Batch for Usages {
    type Key = Uuid;
    type Value = media::Usage;

    async fn load(db: &Db, _: Person, keys: &[Uuid]) -> Result<HashMap<Uuid, media::Usage>> {
        media::usage(db.read(), keys).await
    }
}

/// The countries of projects' founders.
pub struct Countries;

impl Batch for Countries {
    type Key = ProjectId;
    type Value = Vec<String>;

    async fn load(
        db: &Db,
        _: Person,
        keys: &[ProjectId],
    ) -> Result<HashMap<ProjectId, Vec<String>>> {
        project::countries(db.read(), keys).await
    }
}

/// Rows by their keys, with the columns asked for.
pub struct Rows<R>(std::marker::PhantomData<fn() -> R>);

impl<R: Listed> Batch for Rows<R> {
    type Key = (Uuid, Columns);
    type Value = R;

    async fn load(
        db: &Db,
        _: Person,
        keys: &[(Uuid, Columns)],
    ) -> Result<HashMap<(Uuid, Columns), R>> {
        let mut found = HashMap::new();
        for (columns, ids) in grouped(keys.iter().map(|(id, columns)| (*columns, *id))) {
            let rows = Ask::<R>::by_id(db.read(), &ids, columns).await?;
            found.extend(rows.into_iter().map(|(id, row)| ((id, columns), row)));
        }
        Ok(found)
    }
}

/// Pages of lists, of each parent.
pub struct Pages<R>(std::marker::PhantomData<fn() -> R>);

impl<R: Listed> Batch for Pages<R> {
    type Key = (Uuid, Arc<Ask<R>>);
    type Value = Page<R>;

    async fn load(db: &Db, _: Person, keys: &[Self::Key]) -> Result<HashMap<Self::Key, Page<R>>> {
        let mut found = HashMap::new();
        for (ask, parents) in grouped(keys.iter().map(|(parent, ask)| (Arc::clone(ask), *parent))) {
            let pages = ask.of_many(db.read(), &parents).await?;
            found
                .extend(pages.into_iter().map(|(parent, page)| ((parent, Arc::clone(&ask)), page)));
        }
        Ok(found)
    }
}

/// The keys of a batch by what they have in common, which is a matter of the query's shape.
fn grouped<S: Eq + Hash>(keys: impl Iterator<Item = (S, Uuid)>) -> HashMap<S, Vec<Uuid>> {
    let mut groups: HashMap<S, Vec<Uuid>> = HashMap::new();
    for (shape, id) in keys {
        groups.entry(shape).or_default().push(id);
    }
    groups
}
