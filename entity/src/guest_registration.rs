//! Guests who registered as teachers with the address of their account, until they open the mailed
//! link.

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// The registration of a guest as a teacher.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "guest_registration")]
pub struct Model {
    /// The guest's account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The hash of the password chosen with it: Argon2id in PHC format.
    pub password_hash: String,
    /// Name, school, subjects and languages, as JSON of `domain::accounts::registration::Teacher`.
    pub teacher: Json,
    /// When it was requested.
    pub requested_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
