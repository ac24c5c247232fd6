//! Members have a copy of the name and the school of their account, so that a page of members is read
//! from their own rows (M-02). The database keeps it: whatever changes an account, it cannot be
//! forgotten.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

pub(super) const COPIED: &[&str] = &["name", "name_key", "school_id"];

/// Copies these columns from the account that is called `from`.
pub(super) fn copy(columns: &[&str], from: &str) -> String {
    each(columns, ", ", |column| format!("{column} = {from}.{column}"))
}

fn each(columns: &[&str], between: &str, text: impl Fn(&&str) -> String) -> String {
    columns.iter().map(text).collect::<Vec<_>>().join(between)
}

/// Has the database keep the copies of these columns of the account.
pub(super) async fn keep(m: &SchemaManager<'_>, copied: &[&str]) -> Result<(), DbErr> {
    let changed =
        each(copied, " or ", |column| format!("old.{column} is distinct from new.{column}"));
    let columns = copied.join(", ");
    let rename = format!("update member set {} where account_id = new.id;", copy(copied, "new"));
    let statements = if m.get_database_backend() == DbBackend::Postgres {
        let new = each(copied, ", ", |column| format!("new.{column}"));
        let trigger = |name: &str, when: &str, body: &str| {
            [
                format!(
                    "create function {name}() returns trigger language plpgsql as \
                     $$ begin {body} return new; end $$"
                ),
                format!("create trigger {name} {when} execute function {name}()"),
            ]
        };
        let of_account = format!("update of {columns} on account for each row when ({changed})");
        // Whoever joins holds their account until the end of the transaction: a change waits for
        // that, or they wait for the change.
        let joined = format!(
            "select {columns} into {new} from account where id = new.account_id for key share;"
        );
        let change = "perform from account where id = new.id for update;";
        [
            trigger("member_named", "before insert on member for each row", &joined),
            trigger("account_renaming", &format!("before {of_account}"), change),
            trigger("account_renamed", &format!("after {of_account}"), &rename),
        ]
        .concat()
    } else {
        let joined = format!(
            "update member set {} from account \
             where account.id = new.account_id and member.id = new.id;",
            copy(copied, "account")
        );
        vec![
            format!("create trigger member_named after insert on member begin {joined} end"),
            format!(
                "create trigger account_renamed after update of {columns} on account \
                 when {changed} begin {rename} end"
            ),
        ]
    };
    crate::run(m, &statements.iter().map(String::as_str).collect::<Vec<_>>()).await
}

/// Has it keep them no longer.
pub(super) async fn leave(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    let statements: &[&str] = if m.get_database_backend() == DbBackend::Postgres {
        &[
            "drop trigger member_named on member",
            "drop trigger account_renaming on account",
            "drop trigger account_renamed on account",
            "drop function member_named()",
            "drop function account_renaming()",
            "drop function account_renamed()",
        ]
    } else {
        &["drop trigger member_named", "drop trigger account_renamed"]
    };
    crate::run(m, statements).await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // SQLite migrations run without a transaction unless they request one.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for mut column in [text("name").default("").take(), uuid_null("school_id")] {
            let table = Table::alter().table("member").add_column(&mut column).to_owned();
            m.alter_table(table).await?;
        }
        let fill = format!(
            "update member set {} from account where account.id = account_id",
            copy(COPIED, "account")
        );
        crate::run(m, &[&*fill]).await?;
        keep(m, COPIED).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        leave(m).await?;
        for column in ["name", "school_id"] {
            let table = Table::alter().table("member").drop_column(column).to_owned();
            m.alter_table(table).await?;
        }
        Ok(())
    }
}
