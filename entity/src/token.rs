//! Single-use secrets sent by mail, stored as hashes.

use sea_orm::entity::prelude::*;

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(24))", rename_all = "snake_case")]
pub enum Purpose {
    /// Proves the address of an account.
    VerifyEmail,
    /// Sets a new password for an account.
    ResetPassword,
    /// Gives an account another address.
    ChangeEmail,
    /// Takes the place that an invitation offers.
    AcceptInvitation,
    /// Downloads an export of pupils; the subject is the maker's place (M-17).
    ExportPupils,
    /// Downloads what is kept of a person; the subject is the account.
    ExportOwnData,
}

/// A single-use secret.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token")]
pub struct Model {
    /// SHA-256 of the token, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// What it is good for.
    pub purpose: Purpose,
    /// The account or invitation that it acts on.
    pub subject_id: Uuid,
    /// When it ends.
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
