//! Which renderer generated the HTML of diaries, as for pages.

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
        let renderer = integer("renderer").default(0).to_owned();
        m.alter_table(Table::alter().table("diary_entry").add_column(renderer).to_owned()).await?;
        // Output of an older renderer is found and rendered again.
        crate::run(m, &["create index diary_entry_renderer on diary_entry (renderer)"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::run(m, &["drop index diary_entry_renderer"]).await?;
        m.alter_table(Table::alter().table("diary_entry").drop_column("renderer").to_owned()).await
    }
}
