//! SQLite: deleted data is also removed from the search index and the free space of the file
//!

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // A transaction cannot contain `vacuum`. If interrupted, it is repeated.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        if m.get_database_backend() != DbBackend::Sqlite {
            return Ok(());
        }
        crate::run(
            m,
            &[
                "insert into search_word (search_word, rank) values ('secure-delete', 1)",
                // Without what was deleted before.
                "insert into search_word (search_word) values ('rebuild')",
                "vacuum",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        if m.get_database_backend() != DbBackend::Sqlite {
            return Ok(());
        }
        crate::run(m, &["insert into search_word (search_word, rank) values ('secure-delete', 0)"])
            .await
    }
}
