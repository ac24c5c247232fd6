//! Gaps between the pages of a TwinSpace, so that moving one does not change the others; and an
//! index of replies.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // SQLite migrations run without a transaction unless they request one.
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
        // The order does not change: with gaps, it is the same.
        crate::run(m, &["drop index message_reply"]).await
    }
}
