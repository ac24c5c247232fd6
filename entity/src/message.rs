//! Messages from one member to another (T-06).

use sea_orm::entity::prelude::*;

use crate::{AccountId, MessageId, ProjectId, ThreadId};

/// A message from one member to another. Each of the two has it in their own mailbox.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    /// The key, in chronological order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    /// The project of the TwinSpace in which the two were members.
    pub project_id: ProjectId,
    /// The thread: the same for all messages between the two in the TwinSpace.
    pub thread_id: ThreadId,
    /// The author.
    pub sender_id: AccountId,
    /// The recipient.
    pub recipient_id: AccountId,
    /// The subject, which may be empty.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The message to which it is a reply.
    pub in_reply_to: Option<MessageId>,
    /// The idempotency key chosen by the sender.
    pub key: Option<String>,
    /// When it was sent.
    pub sent_at: DateTimeUtc,
    /// When it was read.
    pub read_at: Option<DateTimeUtc>,
    /// Whether the recipient was notified of it by mail.
    pub mailed: bool,
    /// Whether the sender deleted it from their mailbox.
    pub sender_deleted: bool,
    /// Whether the recipient deleted it from theirs.
    pub recipient_deleted: bool,
}

impl ActiveModelBehavior for ActiveModel {}
