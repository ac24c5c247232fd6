//! Why an account is blocked, and indexes for what administrators list: accounts of adults, and the
//! audit log of the server.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // SQLite migrations run without a transaction unless they request one.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let reason = text_null("block_reason");
        m.alter_table(Table::alter().table("account").add_column(reason).to_owned()).await?;
        crate::run(
            m,
            &[
                "create index account_adults on account (name_key, id) \
                 where kind <> 'pupil' and email is not null",
                "create index audit_at on audit (at, id)",
                "create index audit_act on audit (act, at, id)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::run(
            m,
            &["drop index account_adults", "drop index audit_at", "drop index audit_act"],
        )
        .await?;
        m.alter_table(Table::alter().table("account").drop_column("block_reason").to_owned()).await
    }
}
