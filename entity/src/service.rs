//! Support services of countries and regions, whose officers approve projects.

use sea_orm::entity::prelude::*;

use crate::ServiceId;

/// A support service.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ServiceId,
    /// The name.
    pub name: String,
    /// The country, as an ISO 3166-1 alpha-2 code.
    pub country: String,
    /// The region that it serves; empty for the whole country.
    pub region: String,
    /// The region without case and accents.
    pub region_key: String,
}

impl ActiveModelBehavior for ActiveModel {}
