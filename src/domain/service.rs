//! Support services of countries and regions (P-06); they are set up from the command line.

use entity::{ServiceId, service};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QuerySelect,
};

use super::text;
use crate::{
    Error, Result,
    db::{Tx, is_duplicate},
};

/// Sets up the service of a country, or of a region of it; `region` is empty for the whole country.
///
/// A place has one service: a second one is refused as `AlreadyDone`.
pub async fn add(tx: &Tx, name: &str, country: &str, region: &str) -> Result<ServiceId> {
    let id = ServiceId::new();
    let row = service::ActiveModel {
        id: Set(id),
        name: Set(name.to_owned()),
        country: Set(country.to_owned()),
        region: Set(region.to_owned()),
        region_key: Set(text::key(region)),
    };
    match row.insert(&**tx).await {
        Ok(_) => Ok(id),
        Err(cause) if is_duplicate(&cause) => Err(Error::Conflict(crate::Reason::AlreadyDone)),
        Err(cause) => Err(cause.into()),
    }
}

/// The service of exactly this place; `region` is empty for the whole country.
pub async fn of(
    db: &impl ConnectionTrait,
    country: &str,
    region: &str,
) -> Result<Option<ServiceId>> {
    let id = service::Entity::find()
        .select_only()
        .column(service::Column::Id)
        .filter(service::Column::Country.eq(country))
        .filter(service::Column::RegionKey.eq(text::key(region)))
        .into_tuple()
        .one(db)
        .await?;
    Ok(id)
}
