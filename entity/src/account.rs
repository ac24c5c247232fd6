//! Everyone who signs in.

use sea_orm::entity::prelude::*;

use crate::{AccountId, AccountKind, SchoolId, ServiceId};

/// A person who signs in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// What kind of account it is.
    pub kind: AccountKind,
    /// Lower case; none for pupils, and for those whose account was erased or removed.
    pub email: Option<String>,
    /// Lower case, unique; only pupils have one.
    pub username: Option<String>,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// As shown to others.
    pub name: String,
    /// The name as it is searched and sorted: lower case, no accents.
    pub name_key: String,
    /// The school; only teachers and pupils have one.
    pub school_id: Option<SchoolId>,
    /// The support service that an officer works for.
    pub service_id: Option<ServiceId>,
    /// The teacher who answers for a pupil.
    pub custodian_id: Option<AccountId>,
    /// What the person says of themselves.
    pub profile: String,
    /// When the mailed link was followed; none while the address is unproven, and of who was erased.
    pub verified_at: Option<DateTimeUtc>,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When the operator of the server blocked it; none if they did not.
    pub blocked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The account with this address, whatever its case.
    pub fn with_email(email: &str) -> Select<Self> {
        // No address has a zero byte, and PostgreSQL takes none.
        let email = email.to_lowercase().replace('\0', " ");
        Self::find().filter(Column::Email.eq(email))
    }
}
