//! The outbox: mails written in the transaction that causes them, sent afterwards.
//!
//! A row holds no secret: where the mail needs a link with a token, the token is made when the
//! mail is sent, and only its hash is ever stored.

use sea_orm::entity::prelude::*;

use crate::MailId;

/// A mail that waits to be sent.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MailId,
    /// The address it goes to.
    pub recipient: String,
    /// What it says, as JSON of `domain::mail::Letter`.
    pub letter: Json,
    /// The account or invitation that it is about: its mails are withdrawn together.
    pub subject_id: Uuid,
    /// How often sending was tried.
    pub attempts: i32,
    /// When it may be tried next; moved ahead by the worker that takes it.
    pub due_at: DateTimeUtc,
    /// When it was written.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
