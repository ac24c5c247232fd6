//! Support services of countries and regions (P-06), set up from the command line.

use std::collections::HashMap;

use entity::{AccountKind, ServiceId, account, region_spelling, school, service};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Cond, LockType},
};

use crate::{
    Error, Result,
    db::{Tx, is_duplicate, is_referred_to},
    text,
};

/// Sets up the support service of a country, or of one of its regions; `region` is empty for the
/// whole country.
///
/// A place has only one service: a second one fails with `AlreadyDone`.
pub async fn add(tx: &Tx, name: &str, country: &str, region: &str) -> Result<ServiceId> {
    let key = text::key(region);
    if !key.is_empty() && at(tx, country, &key).await?.region.is_some() {
        return Err(Error::Conflict(crate::Reason::AlreadyDone));
    }
    let id = ServiceId::new();
    let row = service::ActiveModel {
        id: Set(id),
        name: Set(name.to_owned()),
        country: Set(country.to_owned()),
        region: Set(region.to_owned()),
        region_key: Set(key),
    };
    match row.insert(&**tx).await {
        Ok(_) => Ok(id),
        Err(cause) if is_duplicate(&cause) => Err(Error::Conflict(crate::Reason::AlreadyDone)),
        Err(cause) => Err(cause.into()),
    }
}

/// Adds alternative spellings of a service's region: `Andalusia` for `Andalucía`. If any is a
/// spelling or the name of another region, none is added: `AlreadyDone`.
pub async fn spell(tx: &Tx, id: ServiceId, country: &str, spellings: &[String]) -> Result<()> {
    lock(tx, id).await?;
    for spelling in spellings {
        let key = text::key(spelling);
        let answering = at(tx, country, &key).await?.region;
        match answering {
            Some(other) if other == id => continue,
            Some(_) => return Err(Error::Conflict(crate::Reason::AlreadyDone)),
            None => {}
        }
        let row = region_spelling::ActiveModel {
            country: Set(country.to_owned()),
            spelling_key: Set(key),
            spelling: Set(spelling.clone()),
            service_id: Set(id),
        };
        region_spelling::Entity::insert(row).exec_without_returning(&**tx).await?;
    }
    Ok(())
}

/// All support services, each with the number of its officers, by country and region.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<(service::Model, u64)>> {
    let services = service::Entity::find()
        .order_by_asc(service::Column::Country)
        .order_by_asc(service::Column::RegionKey)
        .all(db)
        .await?;
    let officers = account::Entity::find()
        .select_only()
        .column(account::Column::ServiceId)
        .expr(account::Column::Id.count())
        .filter(account::Column::ServiceId.is_not_null())
        .group_by(account::Column::ServiceId);
    let officers: Vec<(ServiceId, i64)> = officers.into_tuple().all(db).await?;
    let officers: HashMap<_, _> = officers.into_iter().collect();
    let count = |id| officers.get(&id).map_or(0, |count| count.unsigned_abs());
    Ok(services.into_iter().map(|service| (service.clone(), count(service.id))).collect())
}

/// The services with these IDs.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[ServiceId]) -> Result<Vec<service::Model>> {
    let services = service::Entity::find().filter(service::Column::Id.is_in(ids.iter().copied()));
    Ok(services.all(db).await?)
}

/// A support service, locked: nobody removes it, or does something else to it, before the transaction
/// ends.
pub async fn lock(tx: &Tx, id: ServiceId) -> Result<service::Model> {
    let found = service::Entity::find_by_id(id).lock(LockType::Update).one(&**tx).await?;
    found.ok_or(Error::NotFound("support service"))
}

/// Renames a support service.
pub async fn rename(tx: &Tx, id: ServiceId, name: &str) -> Result<()> {
    lock(tx, id).await?;
    let row =
        service::ActiveModel { id: Set(id), name: Set(name.to_owned()), ..Default::default() };
    row.update(&**tx).await?;
    Ok(())
}

/// Lets a support service serve another country or region, with its officers and all that it has
/// decided. The spellings of its region are those of the old one, and are forgotten. If the place
/// has a service: `AlreadyDone`.
pub async fn move_to(
    tx: &Tx,
    id: ServiceId,
    country: &str,
    region: &str,
) -> Result<service::Model> {
    let key = text::key(region);
    lock(tx, id).await?;
    forget_spellings(tx, id).await?;
    let there = at(tx, country, &key).await?;
    let taken = if key.is_empty() { there.country } else { there.region };
    if taken.is_some_and(|other| other != id) {
        return Err(Error::Conflict(crate::Reason::AlreadyDone));
    }
    let row = service::ActiveModel {
        id: Set(id),
        country: Set(country.to_owned()),
        region: Set(region.to_owned()),
        region_key: Set(key),
        ..Default::default()
    };
    row.update(&**tx).await.map_err(|cause| match is_duplicate(&cause) {
        true => Error::Conflict(crate::Reason::AlreadyDone),
        false => cause.into(),
    })
}

/// Removes a support service that has no officers and on which nothing depends: neither a decision
/// that it made nor one that waits for it.
pub async fn remove(tx: &Tx, id: ServiceId) -> Result<Removal> {
    lock(tx, id).await?;
    let officers = account::Entity::find().filter(account::Column::ServiceId.eq(id));
    if officers.count(&**tx).await? > 0 {
        return Ok(Removal::HasOfficers);
    }
    forget_spellings(tx, id).await?;
    match service::Entity::delete_by_id(id).exec(&**tx).await {
        Ok(_) => Ok(Removal::Removed),
        Err(cause) if is_referred_to(&cause) => Ok(Removal::HasDecisions),
        Err(cause) => Err(cause.into()),
    }
}

/// Whether a support service was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It was.
    Removed,
    /// It still has officers.
    HasOfficers,
    /// It has decided, or a decision waits for it.
    HasDecisions,
}

async fn forget_spellings(tx: &Tx, id: ServiceId) -> Result<()> {
    let theirs = region_spelling::Column::ServiceId.eq(id);
    region_spelling::Entity::delete_many().filter(theirs).exec(&**tx).await?;
    Ok(())
}

/// A region that has a support service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The name.
    pub name: String,
    /// Alternative spellings that are accepted.
    pub spellings: Vec<String>,
}

/// The regions of a country that have a support service, by name.
pub async fn regions(db: &impl ConnectionTrait, country: &str) -> Result<Vec<Region>> {
    let services = service::Entity::find()
        .filter(service::Column::Country.eq(country))
        .filter(service::Column::RegionKey.ne(""))
        .order_by_asc(service::Column::RegionKey)
        .all(db)
        .await?;
    let spellings = region_spelling::Entity::find()
        .filter(region_spelling::Column::Country.eq(country))
        .order_by_asc(region_spelling::Column::SpellingKey)
        .all(db)
        .await?;
    let region = |service: service::Model| {
        let own = spellings.iter().filter(|spelling| spelling.service_id == service.id);
        let spellings = own.map(|spelling| spelling.spelling.clone()).collect();
        Region { name: service.region, spellings }
    };
    Ok(services.into_iter().map(region).collect())
}

/// A region as its service writes it; `None` if no service has this spelling.
pub(crate) async fn region(tx: &Tx, country: &str, spelling: &str) -> Result<Option<String>> {
    let answering = match text::key(spelling) {
        key if key.is_empty() => None,
        key => at(tx, country, &key).await?.region,
    };
    let Some(id) = answering else { return Ok(None) };
    let service = service::Entity::find_by_id(id).one(&**tx).await?;
    Ok(service.map(|service| service.region))
}

/// Who decides on requests from a school: the support service of the country, and that of the
/// school's region. If there is neither, the administrators.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deciding {
    pub country: Option<ServiceId>,
    pub region: Option<ServiceId>,
}

/// Who decides on requests from this school.
pub(crate) async fn deciding(tx: &Tx, school: &school::Model) -> Result<Deciding> {
    at(tx, &school.country, &text::key(&school.region)).await
}

/// The same for a region of a country; empty for no region.
pub(crate) async fn at(tx: &Tx, country: &str, region_key: &str) -> Result<Deciding> {
    let spelled = region_spelling::Entity::find_by_id((country.to_owned(), region_key.to_owned()));
    let spelled = spelled.one(&**tx).await?.map(|spelling| spelling.service_id);
    let there = Cond::any()
        .add(service::Column::RegionKey.is_in(["", region_key]))
        .add(service::Column::Id.is_in(spelled));
    // Held, so that what refers to them finds them: nobody removes them meanwhile.
    let services = service::Entity::find()
        .filter(service::Column::Country.eq(country))
        .filter(there)
        .lock(LockType::KeyShare)
        .all(&**tx)
        .await?;
    let mut deciding = Deciding::default();
    for service in services {
        match service.region_key.is_empty() {
            true => deciding.country = Some(service.id),
            false => deciding.region = Some(service.id),
        }
    }
    Ok(deciding)
}

impl Deciding {
    /// Each of them; `None` for the administrators.
    pub fn each(self) -> Vec<Option<ServiceId>> {
        match [self.country, self.region] {
            [None, None] => vec![None],
            both => both.into_iter().flatten().map(Some).collect(),
        }
    }

    /// The officers of all of them, or the administrators.
    pub async fn officers(self, tx: &Tx) -> Result<Vec<account::Model>> {
        let mut all = Vec::new();
        for service in self.each() {
            all.extend(officers(tx, service).await?);
        }
        Ok(all)
    }
}

/// The officers of a support service, or the administrators, who can sign in.
pub(crate) async fn officers(tx: &Tx, service: Option<ServiceId>) -> Result<Vec<account::Model>> {
    let query = match service {
        Some(id) => account::Entity::find()
            .filter(account::Column::ServiceId.eq(id))
            .filter(account::Column::Kind.eq(AccountKind::Officer)),
        None => {
            account::Entity::find().filter(account::Column::Kind.eq(AccountKind::Administrator))
        }
    };
    let at_work = query
        .filter(account::Column::Email.is_not_null())
        .filter(account::Column::BlockedAt.is_null());
    Ok(at_work.all(&**tx).await?)
}

/// The support service of exactly this place, in any known spelling; `region` is empty for the
/// whole country.
pub async fn of(
    db: &impl ConnectionTrait,
    country: &str,
    region: &str,
) -> Result<Option<ServiceId>> {
    let key = text::key(region);
    let id = service::Entity::find()
        .select_only()
        .column(service::Column::Id)
        .filter(service::Column::Country.eq(country))
        .filter(service::Column::RegionKey.eq(&key))
        .into_tuple()
        .one(db)
        .await?;
    if id.is_some() || key.is_empty() {
        return Ok(id);
    }
    let spelled = region_spelling::Entity::find_by_id((country.to_owned(), key)).one(db).await?;
    Ok(spelled.map(|spelling| spelling.service_id))
}
