//! The support services' decisions on projects, pending and made (P-06, P-07).

use async_graphql::Enum;
use sea_orm::entity::prelude::*;

use crate::{AccountId, ApprovalId, ProjectId, ServiceId};

/// A support service's decision on a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Enum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
#[graphql(name = "ApprovalState")]
pub enum Decision {
    /// Not decided yet.
    Pending,
    /// Approved.
    Approved,
    /// Rejected, with a reason.
    Rejected,
}

/// A support service's decision on a project, pending or made.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "approval")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApprovalId,
    /// The project.
    pub project_id: ProjectId,
    /// The submission of the project to which it belongs, counted from 1.
    pub round: i32,
    /// The country of the founder on whose behalf the decision is requested, as an ISO 3166-1
    /// alpha-2 code.
    pub country: String,
    /// The support service that decides; `None` if there is none and the administrators decide.
    pub service_id: Option<ServiceId>,
    /// The decision.
    pub decision: Decision,
    /// The reason.
    pub reason: Option<String>,
    /// The officer or administrator who decided.
    pub decided_by: Option<AccountId>,
    /// When the decision was requested.
    pub created_at: DateTimeUtc,
    /// When the decision was made.
    pub decided_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The decisions on a project.
    pub fn of(project: ProjectId) -> Select<Self> {
        Self::find().filter(Column::ProjectId.eq(project))
    }
}
