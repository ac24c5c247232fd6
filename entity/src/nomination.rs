//! The projects that were nominated for the European label (L-01).

use sea_orm::entity::prelude::*;

use crate::{AccountId, ProjectId, ServiceId};

/// A nomination for the European label.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "nomination")]
pub struct Model {
    /// The project, which is nominated once.
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: ProjectId,
    /// The service that nominated it; none for the administrators.
    pub service_id: Option<ServiceId>,
    /// The officer or administrator who did.
    pub nominated_by: AccountId,
    /// When.
    pub nominated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
