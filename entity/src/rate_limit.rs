//! How often something was done recently, by whom or from where.

use sea_orm::entity::prelude::*;

/// The count of one quota for one account or network address.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_limit")]
pub struct Model {
    /// The first part of the SHA-256 hash of the quota's name and of whom it counts, in
    /// hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// When the count reaches zero, in microseconds since 1970.
    pub free_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
