//! How many members with each role a TwinSpace has (M-01), and who was a teacher in it (M-16). The
//! database keeps both: whatever changes a membership, neither can be forgotten.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TEACHERS: &str = "('teacher_admin', 'teacher')";

/// Changes the count of the members with the role of `row` by one.
fn count(row: &str, by: i8) -> String {
    let pupil = format!(
        "(select count(*) from account where account.id = {row}.account_id and kind = 'pupil')"
    );
    format!(
        "insert into member_count (project_id, role, members, pupils) \
         values ({row}.project_id, {row}.role, {by}, {by} * {pupil}) \
         on conflict (project_id, role) do update set \
         members = member_count.members + excluded.members, \
         pupils = member_count.pupils + excluded.pupils;"
    )
}

/// Notes that a teacher is one no more.
fn note(condition: &str) -> String {
    format!(
        "insert into former_teacher (project_id, account_id) \
         select old.project_id, old.account_id where old.role in {TEACHERS}{condition} \
         on conflict (project_id, account_id) do nothing;"
    )
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // SQLite migrations run without a transaction unless they request one.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("member_count")
                .col(uuid("project_id"))
                .col(string_len("role", 16))
                .col(big_integer("members"))
                .col(big_integer("pupils"))
                .primary_key(Index::create().col("project_id").col("role"))
                .foreign_key(&mut crate::reference("member_count", "project_id", "project"))
                .to_owned(),
        )
        .await?;
        let joined = count("new", 1);
        let left = format!("{} {}", count("old", -1), note(""));
        let changed = format!(
            "{} {} {}",
            count("old", -1),
            count("new", 1),
            note(&format!(" and new.role not in {TEACHERS}"))
        );
        let events = [
            ("joined", "insert", "", joined),
            ("left", "delete", "", left),
            ("changed", "update of role", "when (old.role <> new.role) ", changed),
        ];
        let mut statements = vec![
            "insert into member_count (project_id, role, members, pupils) \
             select project_id, role, count(*), \
             sum(case when kind = 'pupil' then 1 else 0 end) \
             from member inner join account on account.id = account_id \
             group by project_id, role"
                .to_owned(),
        ];
        for (name, event, when, body) in events {
            if m.get_database_backend() == DbBackend::Postgres {
                statements.push(format!(
                    "create function member_{name}() returns trigger language plpgsql as \
                     $$ begin {body} return null; end $$"
                ));
                statements.push(format!(
                    "create trigger member_{name} after {event} on member \
                     for each row {when}execute function member_{name}()"
                ));
            } else {
                statements.push(format!(
                    "create trigger member_{name} after {event} on member \
                     for each row {when}begin {body} end"
                ));
            }
        }
        crate::run(m, &statements.iter().map(String::as_str).collect::<Vec<_>>()).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut statements = vec![];
        for name in ["joined", "left", "changed"] {
            if m.get_database_backend() == DbBackend::Postgres {
                statements.push(format!("drop trigger member_{name} on member"));
                statements.push(format!("drop function member_{name}()"));
            } else {
                statements.push(format!("drop trigger member_{name}"));
            }
        }
        crate::run(m, &statements.iter().map(String::as_str).collect::<Vec<_>>()).await?;
        crate::drop_tables(m, &["member_count"]).await
    }
}
