//! The spellings to which the support services of regions answer: `Andalucía`, `Andalusia`.

use sea_orm::entity::prelude::*;

use crate::ServiceId;

/// A spelling of a region, beside its name.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "region_spelling")]
pub struct Model {
    /// The country, ISO 3166-1 alpha-2.
    #[sea_orm(primary_key, auto_increment = false)]
    pub country: String,
    /// The spelling without case and accents.
    #[sea_orm(primary_key, auto_increment = false)]
    pub spelling_key: String,
    /// The spelling.
    pub spelling: String,
    /// The service of the region.
    pub service_id: ServiceId,
}

impl ActiveModelBehavior for ActiveModel {}
