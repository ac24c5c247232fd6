//! Schools that were entered more than once, as one: everybody moves to the one that is kept. The other
//! remains as a spelling of it, so that whoever types it gets the one that is kept.

use std::collections::BTreeSet;

use entity::{AccountId, Act, SchoolId, account, member, school};
use policy::{SchoolPair, ServerPermission};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Cond, LockType},
};

use crate::{
    Actor, Error, Reason, Result,
    accounts::{account as accounts, erasure::TRIES},
    care::audit,
    db::Tx,
    events::Event,
    projects::office,
};

/// Merges one school into another of the same country.
pub async fn merge(actor: Actor<'_>, from: SchoolId, into: SchoolId) -> Result<()> {
    for _ in 0..TRIES {
        if let Some(tx) = merged(&actor, from, into).await? {
            return Ok(tx.commit().await?);
        }
    }
    Err(Error::Conflict(Reason::Overtaken))
}

/// Merges them; `None` if somebody came to the first meanwhile.
async fn merged(actor: &Actor<'_>, from: SchoolId, into: SchoolId) -> Result<Option<Tx>> {
    let Actor { db, person, now } = *actor;
    let by = actor.account()?;
    person.may_on_server(ServerPermission::MergeSchools).map_err(Error::forbidden)?;
    let tx = db.begin().await?;
    accounts::still_there(&tx, by).await?;
    // The accounts first, as everywhere: whoever changes theirs waits for its school.
    let held = ids(&tx, people(from).lock(LockType::NoKeyUpdate)).await?;
    let both = school::Entity::find()
        .filter(school::Column::Id.is_in([from, into]))
        .filter(school::Column::MergedIntoId.is_null())
        .order_by_asc(school::Column::Id)
        .lock_exclusive()
        .all(&*tx)
        .await?;
    let found = |id| both.iter().find(|one| one.id == id).ok_or(Error::NotFound("school"));
    let (duplicate, kept) = (found(from)?, found(into)?);
    let in_place = match person.service {
        Some(service) => office::of(&*tx, service).await?.place.holds(&*tx, &[from, into]).await?,
        None => false,
    };
    let one_country = duplicate.country == kept.country;
    let pair = SchoolPair { in_place, same: from == into, one_country };
    pair.may_merge(person).map_err(|refusal| Error::refused("school", refusal))?;
    if !ids(&tx, people(from)).await?.is_subset(&held) {
        return Ok(None);
    }
    tell_members(&tx, from).await?;
    let row = account::ActiveModel { school_id: Set(Some(into)), ..Default::default() };
    let theirs = account::Column::SchoolId.eq(from);
    account::Entity::update_many().set(row).filter(theirs).exec(&*tx).await?;
    let row = school::ActiveModel { merged_into_id: Set(Some(into)), ..Default::default() };
    let spellings =
        Cond::any().add(school::Column::Id.eq(from)).add(school::Column::MergedIntoId.eq(from));
    school::Entity::update_many().set(row).filter(spellings).exec(&*tx).await?;
    let line = audit::line(Act::SchoolsMerged, by).subject(into.0);
    line.detail(audit::Detail::From, from.to_string()).write(&tx, now).await?;
    Ok(Some(tx))
}

/// Everybody at a school: teachers, people who wait to be admitted, and pupils.
fn people(school: SchoolId) -> Select<account::Entity> {
    let people = account::Entity::find().select_only().column(account::Column::Id);
    people.filter(account::Column::SchoolId.eq(school)).order_by_asc(account::Column::Id)
}

async fn ids(tx: &Tx, people: Select<account::Entity>) -> Result<BTreeSet<AccountId>> {
    let ids: Vec<AccountId> = people.into_tuple().all(&**tx).await?;
    Ok(ids.into_iter().collect())
}

/// Their school is shown in all TwinSpaces to which they belong.
async fn tell_members(tx: &Tx, school: SchoolId) -> Result<()> {
    let people = account::Entity::find().select_only().column(account::Column::Id);
    let people = people.filter(account::Column::SchoolId.eq(school));
    let places: Vec<(entity::ProjectId, entity::MemberId)> = member::Entity::find()
        .select_only()
        .columns([member::Column::ProjectId, member::Column::Id])
        .filter(member::Column::AccountId.in_subquery(people.into_query()))
        .into_tuple()
        .all(&**tx)
        .await?;
    let changed = |(project, member)| Event::Member { project, member, joined: false };
    Ok(tx.tell_all(places.into_iter().map(changed).collect()).await?)
}
