//! People who registered as teachers and wait until they are admitted.

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
        let reference = |column, to| crate::reference("admission", column, to);
        m.create_table(
            Table::create()
                .table("admission")
                .col(uuid("account_id").primary_key())
                .col(string_len("country", 2))
                .col(uuid_null("service_id"))
                .col(uuid_null("region_service_id"))
                .col(string_len("state", 16))
                .col(text_null("reason"))
                .col(uuid_null("decided_by"))
                .col(timestamp_with_time_zone("asked_at"))
                .col(timestamp_with_time_zone_null("decided_at"))
                .foreign_key(&mut reference("account_id", "account"))
                .foreign_key(&mut reference("service_id", "service"))
                .foreign_key(&mut reference("region_service_id", "service"))
                .foreign_key(&mut reference("decided_by", "account"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                "create index admission_service on admission (service_id, state, asked_at)",
                "create index admission_region on admission (region_service_id, state, asked_at)",
                "create index admission_decided_by on admission (decided_by)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["admission"]).await
    }
}
