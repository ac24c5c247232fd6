//! Guests who registered as teachers, until they open the mailed link.

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
                .table("guest_registration")
                .col(uuid("account_id").primary_key())
                .col(text("password_hash"))
                .col(json_binary("teacher"))
                .col(timestamp_with_time_zone("requested_at"))
                .foreign_key(&mut crate::reference("guest_registration", "account_id", "account"))
                .to_owned(),
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["guest_registration"]).await
    }
}
