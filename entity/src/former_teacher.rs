//! Who has been a teacher in a TwinSpace and left it or was lowered (M-16).

use sea_orm::entity::prelude::*;

use crate::{AccountId, ProjectId};

/// Somebody who has been a teacher in a TwinSpace. It stays when they come back.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "former_teacher")]
pub struct Model {
    /// The project whose TwinSpace it was.
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: ProjectId,
    /// The teacher.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
