//! The languages in which the server writes to people. Until now, it wrote English.

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
        for table in ["account", "mail"] {
            let language = string_len("language", 8).default("en").take();
            m.alter_table(Table::alter().table(table).add_column(language).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for table in ["account", "mail"] {
            m.alter_table(Table::alter().table(table).drop_column("language").to_owned()).await?;
        }
        Ok(())
    }
}
