//! Members have a copy of the name and the school of their account, so that a page of members is read
//! from their own rows (M-02). The database keeps it: whatever changes an account, it cannot be
//! forgotten.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

const COPIED: [&str; 3] = ["name", "name_key", "school_id"];

/// Copies from the account that is called `from`.
fn copy(from: &str) -> String {
    COPIED.map(|column| format!("{column} = {from}.{column}")).join(", ")
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
            copy("account")
        );
        let changed = COPIED.map(|column| format!("old.{column} is distinct from new.{column}"));
        let (columns, changed) = (COPIED.join(", "), changed.join(" or "));
        let rename = format!("update member set {} where account_id = new.id;", copy("new"));
        let statements = if m.get_database_backend() == DbBackend::Postgres {
            let new = COPIED.map(|column| format!("new.{column}")).join(", ");
            let trigger = |name: &str, when: &str, body: &str| {
                [
                    format!(
                        "create function {name}() returns trigger language plpgsql as \
                         $$ begin {body} return new; end $$"
                    ),
                    format!("create trigger {name} {when} execute function {name}()"),
                ]
            };
            let of_account =
                format!("update of {columns} on account for each row when ({changed})");
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
                copy("account")
            );
            vec![
                format!("create trigger member_named after insert on member begin {joined} end"),
                format!(
                    "create trigger account_renamed after update of {columns} on account \
                     when {changed} begin {rename} end"
                ),
            ]
        };
        crate::run(m, &[&*fill]).await?;
        crate::run(m, &statements.iter().map(String::as_str).collect::<Vec<_>>()).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
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
        crate::run(m, statements).await?;
        for column in ["name", "school_id"] {
            let table = Table::alter().table("member").drop_column(column).to_owned();
            m.alter_table(table).await?;
        }
        Ok(())
    }
}
