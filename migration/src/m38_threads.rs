//! The threads of messages: those between the same two people in the same TwinSpace.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let thread = uuid_null("thread_id");
        m.alter_table(Table::alter().table("message").add_column(thread).to_owned()).await?;
        crate::run(
            m,
            &[
                // Finds the thread of a new message; its beginning also serves the foreign key.
                "create index message_pair on message (project_id, sender_id, recipient_id)",
                "drop index message_project",
                // A thread has the key of its oldest message.
                "update message set thread_id = (select first.id from message as first \
                 where first.project_id = message.project_id and \
                 ((first.sender_id = message.sender_id and first.recipient_id = message.recipient_id) or \
                 (first.sender_id = message.recipient_id and first.recipient_id = message.sender_id)) \
                 order by first.id limit 1)",
                "create index message_thread on message (thread_id, id)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::run(
            m,
            &[
                "drop index message_thread",
                "drop index message_pair",
                "create index message_project on message (project_id)",
            ],
        )
        .await?;
        m.alter_table(Table::alter().table("message").drop_column("thread_id").to_owned()).await
    }
}
