//! The spellings of regions with a support service: `Andalucía`, `Andalusia`.

use sea_orm::entity::prelude::*;

use crate::ServiceId;

/// An alternative spelling of a region.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "region_spelling")]
pub struct Model {
    /// The country, as an ISO 3166-1 alpha-2 code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub country: String,
    /// The spelling without case and accents.
    #[sea_orm(primary_key, auto_increment = false)]
    pub spelling_key: String,
    /// The spelling.
    pub spelling: String,
    /// The support service of the region.
    pub service_id: ServiceId,
}

impl ActiveModelBehavior for ActiveModel {}
