//! The diaries of projects (T-05).

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
                .table("diary_entry")
                .col(uuid("id").primary_key())
                .col(uuid("project_id"))
                .col(uuid("author_id"))
                .col(text("title"))
                .col(text("text"))
                .col(text("html"))
                .col(string_len("visibility", 16))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("edited_at"))
                .foreign_key(&mut crate::reference("diary_entry", "project_id", "project"))
                .foreign_key(&mut crate::reference("diary_entry", "author_id", "account"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                "create index diary_entry_page on diary_entry (project_id, id)",
                "create index diary_entry_author on diary_entry (author_id)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["diary_entry"]).await
    }
}
