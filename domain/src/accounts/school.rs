//! Schools, which teachers enter when they register.

use entity::{SchoolId, school};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::OnConflict,
};

use serde::{Deserialize, Serialize};

use crate::{Error, Result, db::Tx, list::Cell, projects::service, text};

mod row;

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
}

/// The school with this name in this place, created if nobody has entered it before. A region is
/// written as its support service writes it, if that spelling is known.
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
    };
    // Inserted first: if two people enter a new school at once, both get the same row.
    school::Entity::insert(row)
        .on_conflict(OnConflict::column(school::Column::IdentityKey).do_nothing().to_owned())
        .exec_without_returning(&**tx)
        .await?;
    school::Entity::find()
        .select_only()
        .column(school::Column::Id)
        .filter(school::Column::IdentityKey.eq(key))
        .into_tuple()
        .one(&**tx)
        .await?
        .ok_or_else(|| Error::internal("a newly added school is missing"))
}

/// The schools with these IDs.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[SchoolId]) -> Result<Vec<school::Model>> {
    let schools = school::Entity::find().filter(school::Column::Id.is_in(ids.iter().copied()));
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
    country(code).ok_or_else(|| Error::invalid("country", "must be a two-letter country code"))
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
