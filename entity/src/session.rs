//! Sessions of accounts.

use sea_orm::entity::prelude::*;

use crate::{AccountId, ProjectId, SessionId};

/// A session of an account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// The account.
    pub account_id: AccountId,
    /// The SHA-256 hash of the token, in hexadecimal.
    #[sea_orm(unique)]
    pub token_hash: String,
    /// The project that a pupil chose at sign-in.
    pub project_id: Option<ProjectId>,
    /// The client's user agent.
    pub user_agent: String,
    /// When the transfer was started.
    pub created_at: DateTimeUtc,
    /// When it was last used, to the minute.
    pub last_used_at: DateTimeUtc,
    /// When it expires regardless of use.
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
