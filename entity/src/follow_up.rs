//! Which project follows up which (P-17).

use sea_orm::entity::prelude::*;

use crate::ProjectId;

/// The relation between a project and its follow-up.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "follow_up")]
pub struct Model {
    /// The follow-up, which follows up at most one project.
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: ProjectId,
    /// The project that is followed up.
    pub follows_id: ProjectId,
}

impl ActiveModelBehavior for ActiveModel {}
