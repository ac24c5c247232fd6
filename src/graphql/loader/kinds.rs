//! The kinds of objects that are loaded in batches.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use domain::{
    Result,
    access::{self, Access, Person},
    accounts::{
        account, person, picture,
        session::{self, Lifetime, Live},
    },
    care::report,
    clock,
    db::Db,
    desktop::teacher,
    list::{Ask, Columns, Listed, Page},
    members::{consent, member, pupil},
    projects::{project, service},
};
use entity::{AccountId, ConsentId, MemberId, ProjectId, ServiceId, SessionId, TagKind};
use uuid::Uuid;

use super::Batch;

/// People's access to projects.
pub struct Accesses;

impl Batch for Accesses {
    type Key = (Person, ProjectId);
    type Value = Access;

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, Access>> {
        access::load(db.read(), keys).await
    }
}

/// The number of members in TwinSpaces, and of those who are online if that is asked for.
pub struct Counts;

impl Batch for Counts {
    type Key = (Uuid, bool);
    type Value = member::Counts;

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, member::Counts>> {
        let mut found = HashMap::new();
        for (online, ids) in grouped(keys.iter().map(|(id, online)| (*online, *id))) {
            let counts = member::counts(db.read(), &ids, online, clock::now()).await?;
            found.extend(counts.into_iter().map(|(id, counts)| ((id, online), counts)));
        }
        Ok(found)
    }
}

/// People's memberships in the TwinSpaces of projects.
pub struct MembersOf;

impl Batch for MembersOf {
    type Key = (ProjectId, AccountId);
    type Value = MemberId;

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, MemberId>> {
        member::places(db.read(), keys).await
    }
}

/// What happened to projects before, with regard to people.
pub struct Pasts;

impl Batch for Pasts {
    type Key = (Person, ProjectId);
    type Value = project::Past;

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, project::Past>> {
        let mut found = HashMap::new();
        for (person, projects) in grouped(keys.iter().copied()) {
            let pasts = project::past(db.read(), person, &projects).await?;
            found.extend(pasts.into_iter().map(|(id, past)| ((person, id), past)));
        }
        Ok(found)
    }
}

/// Whether people have reported messages; nothing for those who have not.
pub struct Reported;

impl Batch for Reported {
    type Key = (AccountId, Uuid);
    type Value = ();

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, ()>> {
        let reported = report::reported(db.read(), keys).await?;
        Ok(reported.into_iter().map(|key| (key, ())).collect())
    }
}

/// What a viewer can see of people: the viewer is first in the key.
pub struct Portraits;

impl Batch for Portraits {
    type Key = (AccountId, AccountId);
    type Value = picture::Portrait;

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, picture::Portrait>> {
        picture::portraits(db.read(), keys).await
    }
}

/// What account owners see of themselves.
pub struct Owns;

impl Batch for Owns {
    type Key = AccountId;
    type Value = account::Own;

    async fn load(db: &Db, keys: &[AccountId]) -> Result<HashMap<AccountId, account::Own>> {
        account::owns(db.read(), keys).await
    }
}

/// Active sessions and their owners.
pub struct Sessions;

impl Batch for Sessions {
    type Key = (Lifetime, SessionId);
    type Value = Live;

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, Live>> {
        let mut found = HashMap::new();
        for (lifetime, ids) in grouped(keys.iter().copied()) {
            let live = session::by_ids(db.read(), &ids, lifetime, clock::now()).await?;
            found.extend(live.into_iter().map(|live| ((lifetime, live.id), live)));
        }
        Ok(found)
    }
}

/// The sessions of accounts that have not ended: those of the viewer.
pub struct OwnSessions;

impl Batch for OwnSessions {
    type Key = (Lifetime, AccountId);
    type Value = Vec<entity::session::Model>;

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, Self::Value>> {
        let mut found = HashMap::new();
        for key in keys {
            found.insert(*key, session::list(db.read(), key.1, key.0, clock::now()).await?);
        }
        Ok(found)
    }
}

/// The people whom viewers can look up by ID: the viewer is first in the key.
pub struct Known;

impl Batch for Known {
    type Key = (AccountId, AccountId);
    type Value = ();

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, ()>> {
        Ok(person::known(db.read(), keys).await?.into_iter().map(|pair| (pair, ())).collect())
    }
}

/// Support services.
pub struct Services;

impl Batch for Services {
    type Key = ServiceId;
    type Value = entity::service::Model;

    async fn load(db: &Db, keys: &[ServiceId]) -> Result<HashMap<ServiceId, Self::Value>> {
        let services = service::by_ids(db.read(), keys).await?;
        Ok(services.into_iter().map(|service| (service.id, service)).collect())
    }
}

/// Consents by ID.
pub struct ConsentsById;

impl Batch for ConsentsById {
    type Key = ConsentId;
    type Value = entity::consent::Model;

    async fn load(db: &Db, keys: &[ConsentId]) -> Result<HashMap<ConsentId, Self::Value>> {
        let consents = consent::by_ids(db.read(), keys).await?;
        Ok(consents.into_iter().map(|consent| (consent.id, consent)).collect())
    }
}

/// The subjects and languages of teachers.
pub struct Tags;

impl Batch for Tags {
    type Key = AccountId;
    type Value = Vec<(TagKind, String)>;

    async fn load(
        db: &Db,
        keys: &[AccountId],
    ) -> Result<HashMap<AccountId, Vec<(TagKind, String)>>> {
        teacher::tags(db.read(), keys).await
    }
}

/// The consents of or for pupils, in all TwinSpaces.
pub struct Consents;

impl Batch for Consents {
    type Key = AccountId;
    type Value = Vec<entity::consent::Model>;

    async fn load(
        db: &Db,
        keys: &[AccountId],
    ) -> Result<HashMap<AccountId, Vec<entity::consent::Model>>> {
        let mut consents: HashMap<_, Vec<_>> = HashMap::new();
        for consent in consent::of(db.read(), keys).await? {
            consents.entry(consent.account_id).or_default().push(consent);
        }
        Ok(consents)
    }
}

/// The memberships of pupils, in all TwinSpaces.
pub struct Places;

impl Batch for Places {
    type Key = AccountId;
    type Value = Vec<entity::member::Model>;

    async fn load(
        db: &Db,
        keys: &[AccountId],
    ) -> Result<HashMap<AccountId, Vec<entity::member::Model>>> {
        let mut places: HashMap<_, Vec<_>> = HashMap::new();
        for place in pupil::own::places(db.read(), keys).await? {
            places.entry(place.account_id).or_default().push(place);
        }
        Ok(places)
    }
}

/// The countries of projects' founders.
pub struct Countries;

impl Batch for Countries {
    type Key = ProjectId;
    type Value = Vec<String>;

    async fn load(db: &Db, keys: &[ProjectId]) -> Result<HashMap<ProjectId, Vec<String>>> {
        project::countries(db.read(), keys).await
    }
}

/// Rows by key, with the requested columns.
pub struct Rows<R>(std::marker::PhantomData<fn() -> R>);

impl<R: Listed> Batch for Rows<R> {
    type Key = (Uuid, Columns);
    type Value = R;

    async fn load(db: &Db, keys: &[(Uuid, Columns)]) -> Result<HashMap<(Uuid, Columns), R>> {
        let mut found = HashMap::new();
        for (columns, ids) in grouped(keys.iter().map(|(id, columns)| (*columns, *id))) {
            let rows = Ask::<R>::by_id(db.read(), &ids, columns).await?;
            found.extend(rows.into_iter().map(|(id, row)| ((id, columns), row)));
        }
        Ok(found)
    }
}

/// Pages of lists, by parent.
pub struct Pages<R>(std::marker::PhantomData<fn() -> R>);

impl<R: Listed> Batch for Pages<R> {
    type Key = (Uuid, Arc<Ask<R>>);
    type Value = Page<R>;

    async fn load(db: &Db, keys: &[Self::Key]) -> Result<HashMap<Self::Key, Page<R>>> {
        let mut found = HashMap::new();
        for (ask, parents) in grouped(keys.iter().map(|(parent, ask)| (Arc::clone(ask), *parent))) {
            let pages = ask.of_many(db.read(), &parents).await?;
            found
                .extend(pages.into_iter().map(|(parent, page)| ((parent, Arc::clone(&ask)), page)));
        }
        Ok(found)
    }
}

/// Groups the keys of a batch by what they have in common, which depends on the shape of the query.
pub(super) fn grouped<S: Eq + Hash, K>(keys: impl Iterator<Item = (S, K)>) -> HashMap<S, Vec<K>> {
    let mut groups: HashMap<S, Vec<K>> = HashMap::new();
    for (shape, id) in keys {
        groups.entry(shape).or_default().push(id);
    }
    groups
}
