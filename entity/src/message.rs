//! Messages from member to member (T-06).

use sea_orm::entity::prelude::*;

use crate::{AccountId, MessageId, ProjectId};

/// A message from member to member. Each of the two has it in a box of their own.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    /// Its key, in order of time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    /// The project in whose TwinSpace the two were members.
    pub project_id: ProjectId,
    /// The author.
    pub sender_id: AccountId,
    /// The recipient.
    pub recipient_id: AccountId,
    /// What it is about; may be empty.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The message that it answers.
    pub in_reply_to: Option<MessageId>,
    /// The idempotency key that the sender chose.
    pub key: Option<String>,
    /// When it was sent.
    pub sent_at: DateTimeUtc,
    /// When it was read.
    pub read_at: Option<DateTimeUtc>,
    /// Whether a mail told the recipient of it.
    pub mailed: bool,
    /// Whether the sender deleted it from their box.
    pub sender_deleted: bool,
    /// Whether the recipient deleted it from theirs.
    pub recipient_deleted: bool,
}

impl ActiveModelBehavior for ActiveModel {}
