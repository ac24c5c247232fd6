//! Messages reported to the teacher administrators of a TwinSpace.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;

use crate::{AccountId, ProjectId, ReportId};

/// The kind of message that was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Enum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum ReportKind {
    /// A message in the chat room.
    #[sea_orm(string_value = "chat")]
    ChatMessage,
    /// A message from one member to another.
    Message,
}

/// A reported message, as it was when it was reported: deleting the message does not delete this.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report")]
pub struct Model {
    /// The key, in chronological order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReportId,
    /// The project of the TwinSpace in which it was sent.
    pub project_id: ProjectId,
    /// The kind of message.
    pub kind: ReportKind,
    /// The bare key of the message.
    pub message_id: Uuid,
    /// The author of the message.
    pub author_id: AccountId,
    /// The recipient; `None` in the chat.
    pub recipient_id: Option<AccountId>,
    /// The person who reported it.
    pub reporter_id: AccountId,
    /// The subject of the message.
    pub subject: String,
    /// The text of the message.
    pub text: String,
    /// When the message was sent.
    pub sent_at: DateTimeUtc,
    /// The reason for the report.
    pub reason: String,
    /// When the message was reported.
    pub reported_at: DateTimeUtc,
    /// When a teacher administrator or server administrator settled it.
    pub settled_at: Option<DateTimeUtc>,
    /// The person who settled it.
    pub settled_by: Option<AccountId>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The reports in a project's TwinSpace.
    pub fn of(project: ProjectId) -> Select<Self> {
        Self::find().filter(Column::ProjectId.eq(project))
    }
}
