//! Room between the pages of a TwinSpace, so that to move one changes no other; and replies found by
//! what they answer.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // SQLite migrations run without a transaction unless they ask for one.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::run(
            m,
            &[
                "update page set position = position * 1048576",
                "create index message_reply on message (in_reply_to, id)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // The order stays: what is in order with room is in order.
        crate::run(m, &["drop index message_reply"]).await
    }
}
