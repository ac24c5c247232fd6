//! How many members TwinSpaces have.

use sea_orm::entity::prelude::*;

use crate::{ProjectId, TwinSpaceRole};

/// The number of members of a TwinSpace with one role. Triggers keep it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member_count")]
pub struct Model {
    /// The project of the TwinSpace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: ProjectId,
    /// The role.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: TwinSpaceRole,
    /// How many members have it.
    pub members: i64,
    /// How many of them have a pupil's account.
    pub pupils: i64,
}

impl ActiveModelBehavior for ActiveModel {}
