//! Single-use secrets sent by mail, stored as hashes.

use sea_orm::entity::prelude::*;

/// The purpose of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(24))", rename_all = "snake_case")]
pub enum Purpose {
    /// Verifies the address of an account.
    VerifyEmail,
    /// Sets a new password for an account.
    ResetPassword,
    /// Changes the address of an account.
    ChangeEmail,
    /// Accepts an invitation.
    AcceptInvitation,
    /// Downloads an export of pupils; the subject is the membership of the person who requested it
    /// (M-17).
    ExportPupils,
    /// Downloads what is stored about a person; the subject is the account.
    ExportOwnData,
    /// Downloads the numbers of a support service's country or region; the subject is the officer's
    /// account.
    ExportNumbers,
    /// Downloads the audit log of the server; the subject is the administrator's account.
    ExportLog,
    /// Downloads a TwinSpace; the subject is the account of the person who requested it (P-18).
    ExportTwinSpace,
}

/// A single-use secret.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token")]
pub struct Model {
    /// The SHA-256 hash of the token, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// Its purpose.
    pub purpose: Purpose,
    /// The account or invitation to which it applies.
    pub subject_id: Uuid,
    /// When it expires.
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
