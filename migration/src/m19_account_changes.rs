//! Accounts blocked by the server's operator, and pending changes of address.

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
        m.alter_table(
            Table::alter()
                .table("account")
                .add_column(timestamp_with_time_zone_null("blocked_at"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("email_change")
                .col(uuid("account_id").primary_key())
                .col(text("email"))
                .col(timestamp_with_time_zone("requested_at"))
                .foreign_key(&mut crate::reference("email_change", "account_id", "account"))
                .to_owned(),
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["email_change"]).await?;
        m.alter_table(Table::alter().table("account").drop_column("blocked_at").to_owned()).await
    }
}
