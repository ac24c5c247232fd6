//! Addresses that somebody wants to sign in with, until the link that was mailed there is opened.

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// The address that an account is to have.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "email_change")]
pub struct Model {
    /// Whose it is to be.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The address, which may be somebody's already.
    pub email: String,
    /// When it was asked for.
    pub requested_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
