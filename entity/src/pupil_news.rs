//! What others did to a pupil, for the custodian to read.

use sea_orm::entity::prelude::*;

use crate::{AccountId, Act, ProjectId, PupilNewsId};

/// Something that somebody else did to a pupil. It is deleted once the custodian has read it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pupil_news")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PupilNewsId,
    /// The custodian, who is told.
    pub custodian_id: AccountId,
    /// The pupil.
    pub pupil_id: AccountId,
    /// In which project's TwinSpace; none for what is done everywhere.
    pub project_id: Option<ProjectId>,
    /// The action that was performed.
    pub act: Act,
    /// Who did it; none for the server itself.
    pub actor_id: Option<AccountId>,
    /// The time.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
