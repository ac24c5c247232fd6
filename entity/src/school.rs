//! Schools, shared by the teachers and pupils who belong to them.

use sea_orm::entity::prelude::*;

use crate::SchoolId;

/// A school.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "school")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SchoolId,
    /// The name.
    pub name: String,
    /// The town or city.
    pub town: String,
    /// The region within the country; empty if none was given.
    pub region: String,
    /// The country, as an ISO 3166-1 alpha-2 code.
    pub country: String,
    /// Country, region, town and name without case and accents: the same school has one row.
    #[sea_orm(unique)]
    pub identity_key: String,
    /// The words of town and name, each once and in alphabetical order: schools that have it in common
    /// may be one.
    pub alike_key: String,
    /// The school into which this one was merged, and to which its teachers and pupils belong since
    /// then. That one is merged into none itself.
    pub merged_into_id: Option<SchoolId>,
}

impl ActiveModelBehavior for ActiveModel {}
