//! Projects, their partners and the support services' decisions.

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
                .table("project")
                .col(uuid("id").primary_key())
                .col(string_len("state", 24))
                .col(uuid("proposer_id"))
                .col(uuid_null("cofounder_id"))
                .col(text("title"))
                .col(crate::sort_key(m, "title_key"))
                .col(text("short_description"))
                .col(text("aims"))
                .col(text("work_process"))
                .col(text("expected_results"))
                .col(json_binary("languages"))
                .col(json_binary("subjects"))
                .col(integer_null("age_from"))
                .col(integer_null("age_to"))
                .col(integer_null("pupil_count"))
                .col(text("tools"))
                .col(text_null("refusal"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("state_since"))
                .col(timestamp_with_time_zone("edited_at"))
                .foreign_key(&mut crate::reference("project", "proposer_id", "account"))
                .foreign_key(&mut crate::reference("project", "cofounder_id", "account"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("partner")
                .col(uuid("id").primary_key())
                .col(uuid("project_id"))
                .col(uuid("account_id"))
                .col(string_len("role", 16))
                .col(boolean("founder"))
                .col(timestamp_with_time_zone("created_at"))
                .foreign_key(&mut crate::reference("partner", "project_id", "project"))
                .foreign_key(&mut crate::reference("partner", "account_id", "account"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("approval")
                .col(uuid("id").primary_key())
                .col(uuid("project_id"))
                .col(integer("round"))
                .col(string_len("country", 2))
                .col(uuid_null("service_id"))
                .col(string_len("decision", 16))
                .col(text_null("reason"))
                .col(uuid_null("decided_by"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("decided_at"))
                .foreign_key(&mut crate::reference("approval", "project_id", "project"))
                .foreign_key(&mut crate::reference("approval", "service_id", "service"))
                .foreign_key(&mut crate::reference("approval", "decided_by", "account"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                "create index project_proposer on project (proposer_id, id)",
                "create index project_cofounder on project (cofounder_id, id)",
                "create index project_title on project (state, title_key, id)",
                "create index project_state_id on project (state, id)",
                "create unique index partner_place on partner (project_id, account_id)",
                "create index partner_page on partner (project_id, id)",
                "create index partner_account on partner (account_id, project_id)",
                "create index approval_page on approval (project_id, id)",
                "create index approval_service on approval (service_id, decision, id)",
                "create index approval_decided_by on approval (decided_by)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["approval", "partner", "project"]).await
    }
}
