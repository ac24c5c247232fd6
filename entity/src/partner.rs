//! Partners: the teachers who are full members of a project, starting with its founders.

use sea_orm::entity::prelude::*;

use crate::{AccountId, PartnerId, ProjectId, ProjectRole};

/// A teacher's partnership in a project.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "partner")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PartnerId,
    /// The project.
    pub project_id: ProjectId,
    /// The teacher.
    pub account_id: AccountId,
    /// Their role in the project.
    pub role: ProjectRole,
    /// Whether they have a founder's powers.
    pub founder: bool,
    /// When they became a partner.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The partners of a project.
    pub fn of(project: ProjectId) -> Select<Self> {
        Self::find().filter(Column::ProjectId.eq(project))
    }
}
