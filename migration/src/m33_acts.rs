//! How many acts there have been on a project: what a decision rests on still stands if it is the same.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let acts = big_integer("acts").default(0).to_owned();
        m.alter_table(Table::alter().table("project").add_column(acts).to_owned()).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(Table::alter().table("project").drop_column("acts").to_owned()).await
    }
}
