//! The alternative spellings of regions with support services (P-06).

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
                .table("region_spelling")
                .col(string_len("country", 2))
                .col(text("spelling_key"))
                .col(text("spelling"))
                .col(uuid("service_id"))
                .primary_key(Index::create().col("country").col("spelling_key"))
                .foreign_key(&mut crate::reference("region_spelling", "service_id", "service"))
                .to_owned(),
        )
        .await?;
        crate::run(m, &["create index region_spelling_service on region_spelling (service_id)"])
            .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["region_spelling"]).await
    }
}
