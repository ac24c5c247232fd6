//! Nominations for the European label (L-01).

use sea_orm::entity::prelude::*;

use crate::{AccountId, ProjectId, ServiceId};

/// A nomination for the European label.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "nomination")]
pub struct Model {
    /// The project, which can be nominated only once.
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: ProjectId,
    /// The support service that nominated it; `None` if administrators did.
    pub service_id: Option<ServiceId>,
    /// The officer or administrator who nominated it.
    pub nominated_by: AccountId,
    /// When it was nominated.
    pub nominated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
