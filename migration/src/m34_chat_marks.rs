//! How far a member has read the chat room.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mark = uuid_null("chat_read_id");
        m.alter_table(Table::alter().table("member").add_column(mark).to_owned()).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(Table::alter().table("member").drop_column("chat_read_id").to_owned()).await
    }
}
