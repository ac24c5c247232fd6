//! Schools, which teachers name when they register.

use entity::{SchoolId, school};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::OnConflict,
};

use serde::{Deserialize, Serialize};

use super::{list::Cell, service, text};
use crate::{Error, Result, db::Tx};

/// A school as somebody names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The town.
    pub town: String,
    /// The region within the country; empty where none was given.
    pub region: String,
    /// The country, ISO 3166-1 alpha-2.
    pub country: String,
}

impl Named {
    /// What makes it the same school as another: case and accents do not count.
    pub fn identity_key(&self) -> String {
        // A key has no line ends, so that no part runs into the next.
        [&self.country, &self.region, &self.town, &self.name].map(|part| text::key(part)).join("\n")
    }
}

/// The school of this name in this place; made if nobody has named it before. A region is written
/// as its support service writes it, if one answers to that spelling.
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
    // Inserted first: of two who name a new school at once, both get the same row.
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

/// The code of a country, ISO 3166-1 alpha-2, in capitals; none if there is no such country. The
/// codes that the European Union writes are taken, too: `UK`, `EL`, and `XK` for Kosovo, which has
/// no other.
pub fn country(code: &str) -> Option<String> {
    match code.trim().to_ascii_uppercase().as_str() {
        "UK" => Some("GB".to_owned()),
        "EL" => Some("GR".to_owned()),
        "XK" => Some("XK".to_owned()),
        code => rust_iso3166::from_alpha2(code).map(|country| country.alpha2.to_owned()),
    }
}

/// A school in a row of a list, as far as it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::school`")]
pub struct SchoolCells {
    pub id: Cell<Option<SchoolId>>,
    pub name: Cell<Option<String>>,
    pub town: Cell<Option<String>>,
    pub region: Cell<Option<String>>,
    pub country: Cell<Option<String>>,
}
