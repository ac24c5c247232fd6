//! Custody: requests to bring a pupil in (M-11), transfers of custody (M-16), and what others did,
//! for the custodian to read.

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
        let reference = |column, to| crate::reference("pupil_request", column, to);
        m.create_table(
            Table::create()
                .table("pupil_request")
                .col(uuid("id").primary_key())
                .col(uuid("project_id"))
                .col(uuid("pupil_id"))
                .col(string_len("role", 16))
                .col(uuid("asked_by"))
                .col(string_len("state", 16))
                .col(timestamp_with_time_zone("asked_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .col(timestamp_with_time_zone_null("ended_at"))
                .foreign_key(&mut reference("project_id", "project"))
                .foreign_key(&mut reference("pupil_id", "account"))
                .foreign_key(&mut reference("asked_by", "account"))
                .to_owned(),
        )
        .await?;
        let reference = |column, to| crate::reference("custody_transfer", column, to);
        m.create_table(
            Table::create()
                .table("custody_transfer")
                .col(uuid("id").primary_key())
                .col(string_len("kind", 16))
                .col(uuid("project_id"))
                .col(uuid("pupil_id"))
                .col(uuid("from_id"))
                .col(uuid("to_id"))
                .col(uuid_null("service_id"))
                .col(uuid_null("region_service_id"))
                .col(string_len("state", 16))
                .col(timestamp_with_time_zone("began_at"))
                .col(timestamp_with_time_zone_null("due_at"))
                .col(uuid_null("decided_by"))
                .col(timestamp_with_time_zone_null("ended_at"))
                .foreign_key(&mut reference("project_id", "project"))
                .foreign_key(&mut reference("pupil_id", "account"))
                .foreign_key(&mut reference("from_id", "account"))
                .foreign_key(&mut reference("to_id", "account"))
                .foreign_key(&mut reference("service_id", "service"))
                .foreign_key(&mut reference("region_service_id", "service"))
                .foreign_key(&mut reference("decided_by", "account"))
                .to_owned(),
        )
        .await?;
        let reference = |column, to| crate::reference("pupil_news", column, to);
        m.create_table(
            Table::create()
                .table("pupil_news")
                .col(uuid("id").primary_key())
                .col(uuid("custodian_id"))
                .col(uuid("pupil_id"))
                .col(uuid_null("project_id"))
                .col(string_len("act", 32))
                .col(uuid_null("actor_id"))
                .col(timestamp_with_time_zone("at"))
                .foreign_key(&mut reference("custodian_id", "account"))
                .foreign_key(&mut reference("pupil_id", "account"))
                .foreign_key(&mut reference("project_id", "project"))
                .foreign_key(&mut reference("actor_id", "account"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                // Only one request per pupil and TwinSpace is pending at a time.
                "create unique index pupil_request_pending on pupil_request (pupil_id, project_id) \
                 where state = 'pending'",
                "create index pupil_request_pupil on pupil_request (pupil_id, project_id, ended_at)",
                "create index pupil_request_page on pupil_request (project_id, id)",
                "create index pupil_request_asked_by on pupil_request (asked_by, state)",
                // Only one offer and one takeover per pupil are open at a time.
                "create unique index custody_transfer_open on custody_transfer (pupil_id, kind) \
                 where state in ('pending', 'objected')",
                "create index custody_transfer_pupil on custody_transfer (pupil_id, project_id, to_id)",
                "create index custody_transfer_project on custody_transfer (project_id)",
                "create index custody_transfer_from on custody_transfer (from_id, state)",
                "create index custody_transfer_to on custody_transfer (to_id, state)",
                "create index custody_transfer_service on custody_transfer (service_id, state)",
                "create index custody_transfer_region on custody_transfer (region_service_id, state)",
                "create index custody_transfer_decided_by on custody_transfer (decided_by)",
                "create index custody_transfer_due on custody_transfer (due_at) where state = 'pending'",
                "create index pupil_news_custodian on pupil_news (custodian_id, at)",
                "create index pupil_news_pupil on pupil_news (pupil_id)",
                "create index pupil_news_project on pupil_news (project_id)",
                "create index pupil_news_actor on pupil_news (actor_id)",
                "create index pupil_news_age on pupil_news (at)",
                // A pupil's account cannot be a custodian (M-12): its own custodian takes over.
                "update account set custodian_id = (select raised.custodian_id from account as raised \
                 where raised.id = account.custodian_id) where kind = 'pupil' and exists (select 1 \
                 from account as raised where raised.id = account.custodian_id \
                 and raised.kind = 'pupil' and raised.custodian_id is not null)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["pupil_news", "custody_transfer", "pupil_request"]).await
    }
}
