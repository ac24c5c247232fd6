//! Pupils: consents, and the results of requests that may be repeated.

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
                .table("consent")
                .col(uuid("id").primary_key())
                .col(uuid("account_id"))
                .col(uuid("project_id"))
                .col(string_len("scope", 16))
                .col(string_len("giver", 16))
                .col(uuid("recorded_by"))
                .col(timestamp_with_time_zone("recorded_at"))
                .col(uuid_null("withdrawn_by"))
                .col(timestamp_with_time_zone_null("withdrawn_at"))
                .foreign_key(&mut crate::reference("consent", "account_id", "account"))
                .foreign_key(&mut crate::reference("consent", "project_id", "project"))
                .foreign_key(&mut crate::reference("consent", "recorded_by", "account"))
                .foreign_key(&mut crate::reference("consent", "withdrawn_by", "account"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("outcome")
                .col(uuid("account_id"))
                .col(text("key"))
                .col(text("request_hash"))
                .col(json_binary("outcome"))
                .col(timestamp_with_time_zone("created_at"))
                .primary_key(Index::create().col("account_id").col("key"))
                .foreign_key(&mut crate::reference("outcome", "account_id", "account"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                // Only one consent of each scope is valid at a time; withdrawn ones stay on record.
                "create unique index consent_standing on consent (account_id, project_id, scope) \
                 where withdrawn_at is null",
                "create index consent_page on consent (account_id, id)",
                "create index outcome_age on outcome (created_at)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["outcome", "consent"]).await
    }
}
