//! The outbox: mails written in the transaction that causes them, sent afterwards.
//!
//! A row contains no secret: if the mail needs a link with a token, the token is created when the
//! mail is sent, and only its hash is ever stored.

use sea_orm::entity::prelude::*;

use crate::MailId;

/// A pending mail.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MailId,
    /// The recipient's address.
    pub recipient: String,
    /// The language in which to write to an address without an account, as an ISO 639-1 code.
    pub language: String,
    /// Its content, as JSON of `domain::mail::Letter`.
    pub letter: Json,
    /// The account or invitation that it is about, whose mails are cancelled together.
    pub subject_id: Uuid,
    /// The number of attempts to send it.
    pub attempts: i32,
    /// When the next attempt is due; the worker that takes the mail moves it forward.
    pub due_at: DateTimeUtc,
    /// When it was written.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
