//! Which project follows which (P-17).

use sea_orm::entity::prelude::*;

use crate::ProjectId;

/// That a project follows another one up.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "follow_up")]
pub struct Model {
    /// The later project, which follows one at most.
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: ProjectId,
    /// The earlier one.
    pub follows_id: ProjectId,
}

impl ActiveModelBehavior for ActiveModel {}
