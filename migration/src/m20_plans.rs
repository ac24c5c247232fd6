//! Indexes for what grows over a school year and is queried all the time.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // SQLite migrations run without a transaction unless they request one.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::run(
            m,
            &[
                "create index approval_concerned on approval (project_id, service_id)",
                "create index audit_actor on audit (actor_id, id)",
                "create index media_usage on media (project_id, state, bytes)",
                "create index session_idle on session (last_used_at)",
            ],
        )
        .await?;
        if m.get_database_backend() == DbBackend::Postgres {
            // In byte order, as in SQLite, so that the index supports prefix searches of usernames.
            let username = "alter table account alter column username type text collate \"C\"";
            return crate::run(m, &[username]).await;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::run(
            m,
            &[
                "drop index approval_concerned",
                "drop index audit_actor",
                "drop index media_usage",
                "drop index session_idle",
            ],
        )
        .await?;
        if m.get_database_backend() == DbBackend::Postgres {
            let username = "alter table account alter column username type text";
            return crate::run(m, &[username]).await;
        }
        Ok(())
    }
}
