//! An index for projects by when they entered their state.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let index = "create index project_state_since on project (state, state_since, id)";
        crate::run(m, &[index]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::run(m, &["drop index project_state_since"]).await
    }
}
