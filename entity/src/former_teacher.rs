//! Former teachers of TwinSpaces, who left or were demoted (M-16).

use sea_orm::entity::prelude::*;

use crate::{AccountId, ProjectId};

/// Someone who has been a teacher in a TwinSpace. The row remains if they come back.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "former_teacher")]
pub struct Model {
    /// The project of the TwinSpace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: ProjectId,
    /// The teacher.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
