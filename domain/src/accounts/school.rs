//! Schools, which teachers enter when they register.

use std::collections::BTreeSet;

use entity::{AccountId, SchoolId, account, school};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{LockType, OnConflict},
};

use serde::{Deserialize, Serialize};

use crate::{Error, Result, db::Tx, error::Flaw, list::Cell, projects::service, text};

pub mod confirmation;
mod merge;
mod row;

pub use merge::merge;
pub use row::{Filter, LEAST, SchoolRow};

/// A school as entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The town or city.
    pub town: String,
    /// The region within the country; empty if none was given.
    pub region: String,
    /// The country, as an ISO 3166-1 alpha-2 code.
    pub country: String,
}

impl Named {
    /// What identifies the school: case and accents are ignored.
    pub fn identity_key(&self) -> String {
        // A key contains no line ends, so that parts cannot run into each other.
        [&self.country, &self.region, &self.town, &self.name].map(|part| text::key(part)).join("\n")
    }

    /// The words of town and name, each once and in alphabetical order: what schools that were entered
    /// more than once usually have in common.
    pub fn alike_key(&self) -> String {
        let place = text::key(&format!("{} {}", self.town, self.name)).replace(['.', '\''], "");
        let words = place.split(|letter: char| !letter.is_alphanumeric());
        let words: BTreeSet<&str> = words.filter(|word| !word.is_empty()).collect();
        words.into_iter().collect::<Vec<_>>().join(" ")
    }
}

/// The school with this name in this place, created if nobody has entered it before. A region is
/// written as its support service writes it, if that spelling is known. A school that was merged into
/// another is that other one.
pub async fn find_or_add(tx: &Tx, named: &Named) -> Result<SchoolId> {
    let region = service::region(tx, &named.country, &named.region).await?;
    let named = &Named { region: region.unwrap_or_else(|| named.region.clone()), ..named.clone() };
    let key = named.identity_key();
    let row = school::ActiveModel {
        id: Set(SchoolId::new()),
        name: Set(named.name.clone()),
        town: Set(named.town.clone()),
        region: Set(named.region.clone()),
        country: Set(named.country.clone()),
        identity_key: Set(key.clone()),
        alike_key: Set(named.alike_key()),
        merged_into_id: Set(None),
    };
    // Inserted first: if two people enter a new school at once, both get the same row.
    school::Entity::insert(row)
        .on_conflict(OnConflict::column(school::Column::IdentityKey).do_nothing().to_owned())
        .exec_without_returning(&**tx)
        .await?;
    let found = school::Entity::find()
        .select_only()
        .column(school::Column::Id)
        .filter(school::Column::IdentityKey.eq(key))
        .into_tuple()
        .one(&**tx)
        .await?
        .ok_or_else(|| Error::internal("a newly added school is missing"))?;
    hold(tx, found).await
}

/// Whether this is the school of an account, named without its region.
pub(crate) async fn is_named(tx: &Tx, id: AccountId, named: &Named) -> Result<bool> {
    if !named.region.is_empty() {
        return Ok(false);
    }
    let at_it = account::Entity::find_by_id(id).select_only().column(account::Column::SchoolId);
    let current = school::Entity::find()
        .filter(school::Column::Id.in_subquery(at_it.into_query()))
        .one(&**tx)
        .await?;
    let same = |current: school::Model| {
        let with_region = Named { region: current.region, ..named.clone() };
        with_region.identity_key() == current.identity_key
    };
    Ok(current.is_some_and(same))
}

/// Holds a school so that it is not merged into another before the transaction ends, for adding
/// somebody to it. If it was merged already, it is the school into which it was.
pub(crate) async fn hold(tx: &Tx, mut id: SchoolId) -> Result<SchoolId> {
    loop {
        let merged: Option<SchoolId> = school::Entity::find_by_id(id)
            .select_only()
            .column(school::Column::MergedIntoId)
            .lock(LockType::KeyShare)
            .into_tuple()
            .one(&**tx)
            .await?
            .ok_or(Error::NotFound("school"))?;
        match merged {
            Some(other) => id = other,
            None => return Ok(id),
        }
    }
}

/// The schools with these IDs, without those that were merged into others.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[SchoolId]) -> Result<Vec<school::Model>> {
    let schools = school::Entity::find()
        .filter(school::Column::Id.is_in(ids.iter().copied()))
        .filter(school::Column::MergedIntoId.is_null());
    Ok(schools.all(db).await?)
}

/// The code of a country, ISO 3166-1 alpha-2, in upper case; `None` if there is no such country.
/// The codes used by the European Union are also accepted: `UK`, `EL`, and `XK` for Kosovo, which
/// has no other.
pub fn country(code: &str) -> Option<String> {
    match code.trim().to_ascii_uppercase().as_str() {
        "UK" => Some("GB".to_owned()),
        "EL" => Some("GR".to_owned()),
        "XK" => Some("XK".to_owned()),
        code => rust_iso3166::from_alpha2(code).map(|country| country.alpha2.to_owned()),
    }
}

/// The same, of the argument `country`.
pub fn country_asked(code: &str) -> Result<String> {
    country(code).ok_or_else(|| Error::invalid("country", Flaw::NO_COUNTRY))
}

/// A school in a row of a list, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::school`")]
pub struct SchoolCells {
    pub id: Cell<Option<SchoolId>>,
    pub name: Cell<Option<String>>,
    pub town: Cell<Option<String>>,
    pub region: Cell<Option<String>>,
    pub country: Cell<Option<String>>,
}
