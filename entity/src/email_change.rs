//! Addresses to which accounts are to change, until the mailed link is opened.

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// The new address of an account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "email_change")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The address, which may already belong to someone.
    pub email: String,
    /// When it was requested.
    pub requested_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
