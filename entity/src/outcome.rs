//! What requests with an idempotency key came to: asked again, they are answered and not done again.

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// The outcome of a request.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outcome")]
pub struct Model {
    /// Who asked.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The key that they chose, with the name of the mutation before it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of what was asked: the key stands for this and nothing else.
    pub request_hash: String,
    /// What came of it, without passwords.
    pub outcome: Json,
    /// The time.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
