//! Rate limits: counted for all instances, and across restarts.

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
        m.create_table(
            Table::create()
                .table("rate_limit")
                .col(text("key").primary_key())
                .col(big_integer("free_at"))
                .to_owned(),
        )
        .await?;
        crate::run(m, &["create index rate_limit_free on rate_limit (free_at)"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["rate_limit"]).await
    }
}
