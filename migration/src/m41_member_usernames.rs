//! Members have a copy of the username of their account, too, and it is in the index of their names: a
//! search for a word among the members of a TwinSpace (M-03) reads that index alone.

use sea_orm_migration::{prelude::*, schema::*};

use crate::m39_member_names::{COPIED, copy, keep, leave};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // SQLite migrations run without a transaction unless they request one.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut username = text_null("username");
        let table = Table::alter().table("member").add_column(&mut username).to_owned();
        m.alter_table(table).await?;
        let fill = format!(
            "update member set {} from account \
             where account.id = account_id and account.username is not null",
            copy(&["username"], "account")
        );
        let statements = [
            &*fill,
            "drop index member_by_name",
            "create index member_by_name on member (project_id, name_key, id, username)",
        ];
        crate::run(m, &statements).await?;
        leave(m).await?;
        keep(m, &[COPIED, &["username"]].concat()).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        leave(m).await?;
        let statements = [
            "drop index member_by_name",
            "create index member_by_name on member (project_id, name_key, id)",
        ];
        crate::run(m, &statements).await?;
        let table = Table::alter().table("member").drop_column("username").to_owned();
        m.alter_table(table).await?;
        keep(m, COPIED).await
    }
}
