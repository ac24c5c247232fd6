//! What others did to a pupil, for the custodian to read.

use sea_orm::entity::prelude::*;

use crate::{AccountId, Act, ProjectId, PupilNewsId};

/// Something that someone else did to a pupil. Deleted once the custodian has read it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pupil_news")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PupilNewsId,
    /// The custodian who is notified.
    pub custodian_id: AccountId,
    /// The pupil.
    pub pupil_id: AccountId,
    /// The project of the TwinSpace; `None` if it applies everywhere.
    pub project_id: Option<ProjectId>,
    /// The action that was performed.
    pub act: Act,
    /// The person who acted; `None` for the server itself.
    pub actor_id: Option<AccountId>,
    /// The time.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
