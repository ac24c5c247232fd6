//! Who brought a pupil into a TwinSpace before the pupil left it: such a custodian still counts as
//! the one who did when the pupil comes back by somebody else (M-16).

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
        let reference = |column, to| crate::reference("brought_in", column, to);
        m.create_table(
            Table::create()
                .table("brought_in")
                .col(uuid("project_id"))
                .col(uuid("pupil_id"))
                .col(uuid("teacher_id"))
                .primary_key(Index::create().col("project_id").col("pupil_id").col("teacher_id"))
                .foreign_key(&mut reference("project_id", "project"))
                .foreign_key(&mut reference("pupil_id", "account"))
                .foreign_key(&mut reference("teacher_id", "account"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                "create index brought_in_pupil on brought_in (pupil_id)",
                "create index brought_in_teacher on brought_in (teacher_id)",
                // Whose accounts were made in a TwinSpace stands in the audit log.
                "insert into brought_in (project_id, pupil_id, teacher_id) \
                 select distinct project_id, account_id, actor_id from audit \
                 where act = 'pupil_created' and project_id is not null \
                 and account_id is not null and actor_id is not null",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["brought_in"]).await
    }
}
