//! The audit log, which the database itself keeps append-only.

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
                .table("audit")
                .col(uuid("id").primary_key())
                .col(timestamp_with_time_zone("at"))
                .col(uuid_null("actor_id"))
                .col(string_len("act", 32))
                .col(uuid_null("project_id"))
                .col(uuid_null("account_id"))
                .col(uuid_null("subject_id"))
                .col(json_binary("details"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                "create index audit_project on audit (project_id, id)",
                "create index audit_account on audit (account_id, id)",
            ],
        )
        .await?;
        let guard: &[&str] = match m.get_database_backend() {
            sea_orm_migration::sea_orm::DbBackend::Postgres => &[
                "create function audit_is_append_only() returns trigger language plpgsql as \
                 $$ begin raise exception 'the audit log is append-only'; end $$",
                "create trigger audit_append_only before update or delete or truncate on audit \
                 for each statement execute function audit_is_append_only()",
            ],
            _ => &[
                "create trigger audit_no_update before update on audit \
                 begin select raise(abort, 'the audit log is append-only'); end",
                "create trigger audit_no_delete before delete on audit \
                 begin select raise(abort, 'the audit log is append-only'); end",
            ],
        };
        crate::run(m, guard).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["audit"]).await?;
        if m.get_database_backend() == sea_orm_migration::sea_orm::DbBackend::Postgres {
            crate::run(m, &["drop function audit_is_append_only()"]).await?;
        }
        Ok(())
    }
}
