//! Results of requests with an idempotency key, which are returned if a request is repeated.

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// The result of a request.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outcome")]
pub struct Model {
    /// The account that sent the request.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The key chosen by the client, prefixed with the name of the mutation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The SHA-256 hash of the request: the key is valid only for this request.
    pub request_hash: String,
    /// The result, without passwords.
    pub outcome: Json,
    /// The time.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
