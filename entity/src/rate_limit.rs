//! How often what was done lately, by whom or from where.

use sea_orm::entity::prelude::*;

/// What one quota counts for one account or network address.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_limit")]
pub struct Model {
    /// The beginning of the SHA-256 of the quota's name and whom it counts, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// When nothing is counted any longer, in microseconds since 1970.
    pub free_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
