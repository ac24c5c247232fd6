//! Messages in the chat rooms of TwinSpaces (T-04).

use sea_orm::entity::prelude::*;

use crate::{AccountId, ChatMessageId, ProjectId};

/// A message in a chat room.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chat_message")]
pub struct Model {
    /// Its key, in the order of the room.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ChatMessageId,
    /// The project in whose TwinSpace it was sent.
    pub project_id: ProjectId,
    /// The author, who may have left since (M-19).
    pub author_id: AccountId,
    /// Plain text.
    pub text: String,
    /// The idempotency key chosen by the author.
    pub key: Option<String>,
    /// When it was sent.
    pub sent_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The messages in the chat room of a project's TwinSpace.
    pub fn of(project: ProjectId) -> Select<Self> {
        Self::find().filter(Column::ProjectId.eq(project))
    }
}
