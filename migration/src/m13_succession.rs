//! Successions of founders (P-15), and follow-up projects (P-17).

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
        let reference = |column, to| crate::reference("succession", column, to);
        m.create_table(
            Table::create()
                .table("succession")
                .col(uuid("id").primary_key())
                .col(uuid("project_id"))
                .col(uuid("departed_id"))
                .col(uuid("successor_id"))
                .col(uuid("proposed_by"))
                .col(string_len("country", 2))
                .col(uuid_null("service_id"))
                .col(uuid_null("region_service_id"))
                .col(string_len("state", 16))
                .col(text_null("reason"))
                .col(uuid_null("decided_by"))
                .col(timestamp_with_time_zone("proposed_at"))
                .col(timestamp_with_time_zone_null("decided_at"))
                .foreign_key(&mut reference("project_id", "project"))
                .foreign_key(&mut reference("departed_id", "account"))
                .foreign_key(&mut reference("successor_id", "account"))
                .foreign_key(&mut reference("proposed_by", "account"))
                .foreign_key(&mut reference("service_id", "service"))
                .foreign_key(&mut reference("region_service_id", "service"))
                .foreign_key(&mut reference("decided_by", "account"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("follow_up")
                .col(uuid("project_id").primary_key())
                .col(uuid("follows_id"))
                .foreign_key(&mut crate::reference("follow_up", "project_id", "project"))
                .foreign_key(&mut crate::reference("follow_up", "follows_id", "project"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                // Only one proposal per project is pending at a time.
                "create unique index succession_pending on succession (project_id) \
                 where state = 'pending'",
                "create index succession_page on succession (project_id, id)",
                "create index succession_departed on succession (departed_id)",
                "create index succession_successor on succession (successor_id)",
                "create index succession_proposed_by on succession (proposed_by)",
                // What is pending with a support service.
                "create index succession_service on succession (service_id, state, id)",
                "create index succession_region on succession (region_service_id, state, id)",
                "create index succession_decided_by on succession (decided_by)",
                "create index follow_up_page on follow_up (follows_id, project_id)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["follow_up", "succession"]).await
    }
}
