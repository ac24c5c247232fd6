//! Former teachers: while such a custodian is away, a teacher administrator may take over custody
//! of their pupils (M-16).

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

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
                .table("former_teacher")
                .col(uuid("project_id"))
                .col(uuid("account_id"))
                .primary_key(Index::create().col("project_id").col("account_id"))
                .foreign_key(&mut crate::reference("former_teacher", "project_id", "project"))
                .foreign_key(&mut crate::reference("former_teacher", "account_id", "account"))
                .to_owned(),
        )
        .await?;
        // Those who left before this step are in the audit log, with their role.
        let detail = |key| match m.get_database_backend() {
            DbBackend::Postgres => format!("details ->> '{key}'"),
            _ => format!("json_extract(details, '$.{key}')"),
        };
        let (role, from) = (detail("role"), detail("from"));
        let fill = format!(
            "insert into former_teacher (project_id, account_id) \
             select distinct project_id, account_id from audit \
             where project_id is not null and account_id is not null \
             and ((act in ('member_left', 'member_removed') \
             and {role} in ('teacher_admin', 'teacher')) \
             or (act = 'member_role_changed' and {from} in ('teacher_admin', 'teacher')))"
        );
        crate::run(
            m,
            &[
                "create index former_teacher_account on former_teacher (account_id)",
                // A custodian's pupils, by name.
                "drop index account_custodian",
                "create index account_custodian on account (custodian_id, name_key, id)",
                &fill,
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::run(
            m,
            &[
                "drop index account_custodian",
                "create index account_custodian on account (custodian_id)",
            ],
        )
        .await?;
        crate::drop_tables(m, &["former_teacher"]).await
    }
}
