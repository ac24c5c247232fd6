//! Which consents the custodian withdrew, so that only the custodian can give them again (M-14).

use sea_orm_migration::{prelude::*, schema::boolean};

use crate::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // In a transaction even on SQLite, where the crate does not use one by default.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(
            Table::alter()
                .table("consent")
                .add_column(boolean("by_custodian").default(false))
                .to_owned(),
        )
        .await?;
        run(
            m,
            &["update consent set by_custodian = true where withdrawn_by = \
               (select custodian_id from account where account.id = consent.account_id)"],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(Table::alter().table("consent").drop_column("by_custodian").to_owned()).await
    }
}
