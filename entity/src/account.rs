//! Accounts of everyone who can sign in.

use sea_orm::entity::prelude::*;

use crate::{AccountId, AccountKind, SchoolId, ServiceId};

/// A person who can sign in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// What kind of account it is.
    pub kind: AccountKind,
    /// Lower case; `None` for pupils, and after the account was erased or removed.
    pub email: Option<String>,
    /// Lower case, unique; only pupils have one.
    pub username: Option<String>,
    /// The Argon2id hash in PHC format.
    pub password_hash: String,
    /// The name that others see.
    pub name: String,
    /// The name as used for searching and sorting: lower case, without accents.
    pub name_key: String,
    /// The school; only teachers and pupils have one.
    pub school_id: Option<SchoolId>,
    /// The support service to which an officer belongs.
    pub service_id: Option<ServiceId>,
    /// The custodian of a pupil.
    pub custodian_id: Option<AccountId>,
    /// The profile text.
    pub profile: String,
    /// The language in which the server writes to them, as an ISO 639-1 code.
    pub language: String,
    /// When the mailed link was opened; `None` while the address is unverified, and after the
    /// account was erased.
    pub verified_at: Option<DateTimeUtc>,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When the server's operator blocked the account; `None` if it is not blocked.
    pub blocked_at: Option<DateTimeUtc>,
    /// Why it is blocked, for administrators; `None` if it is not, or no reason was given.
    pub block_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The account with this address, whatever its case.
    pub fn with_email(email: &str) -> Select<Self> {
        // No address contains a NUL byte, and PostgreSQL does not accept one.
        let email = email.to_lowercase().replace('\0', " ");
        Self::find().filter(Column::Email.eq(email))
    }
}
