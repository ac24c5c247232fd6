//! Quality labels, and nominations for the European one (L-01).

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
        let reference = |column, to| crate::reference("label_application", column, to);
        m.create_table(
            Table::create()
                .table("label_application")
                .col(uuid("id").primary_key())
                .col(uuid("project_id"))
                .col(uuid("applicant_id"))
                .col(string_len("country", 2))
                .col(uuid_null("service_id"))
                .col(uuid_null("region_service_id"))
                .col(string_len("state", 16))
                .col(text("statement"))
                .col(text_null("reason"))
                .col(uuid_null("decided_by"))
                .col(timestamp_with_time_zone("applied_at"))
                .col(timestamp_with_time_zone_null("decided_at"))
                .foreign_key(&mut reference("project_id", "project"))
                .foreign_key(&mut reference("applicant_id", "account"))
                .foreign_key(&mut reference("service_id", "service"))
                .foreign_key(&mut reference("region_service_id", "service"))
                .foreign_key(&mut reference("decided_by", "account"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("nomination")
                .col(uuid("project_id").primary_key())
                .col(uuid_null("service_id"))
                .col(uuid("nominated_by"))
                .col(timestamp_with_time_zone("nominated_at"))
                .foreign_key(&mut crate::reference("nomination", "project_id", "project"))
                .foreign_key(&mut crate::reference("nomination", "service_id", "service"))
                .foreign_key(&mut crate::reference("nomination", "nominated_by", "account"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                // A partner has one pending application, or the label; refused ones stay on record.
                "create unique index label_application_standing on label_application \
                 (project_id, applicant_id) where state <> 'refused'",
                "create index label_application_page on label_application (project_id, id)",
                "create index label_application_applicant on label_application (applicant_id)",
                // What is pending with a support service.
                "create index label_application_service on label_application \
                 (service_id, state, id)",
                "create index label_application_region on label_application \
                 (region_service_id, state, id)",
                "create index label_application_decided_by on label_application (decided_by)",
                "create index nomination_service on nomination (service_id)",
                "create index nomination_nominated_by on nomination (nominated_by)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["nomination", "label_application"]).await
    }
}
