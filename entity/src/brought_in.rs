//! Who brought a pupil into a TwinSpace that the pupil has left since (M-16).

use sea_orm::entity::prelude::*;

use crate::{AccountId, ProjectId};

/// Somebody who has brought a pupil into a TwinSpace. It stays when the pupil comes back.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "brought_in")]
pub struct Model {
    /// The project of the TwinSpace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: ProjectId,
    /// The pupil.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pupil_id: AccountId,
    /// Who brought the pupil in.
    #[sea_orm(primary_key, auto_increment = false)]
    pub teacher_id: AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
