//! Quality labels: the partners' applications and the decisions on them (L-01).

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, LabelApplicationId, ProjectId, ServiceId};

/// The state of a label application.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Enum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum LabelState {
    /// Not decided yet.
    Pending,
    /// The partner holds the label.
    Granted,
    /// Refused, with a reason. The partner may apply again.
    Refused,
}

/// A partner's application for the quality label.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "label_application")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LabelApplicationId,
    /// The project.
    pub project_id: ProjectId,
    /// The partner.
    pub applicant_id: AccountId,
    /// The country of the partner's school at the time of the application, as an ISO 3166-1 alpha-2
    /// code.
    pub country: String,
    /// The support service of the country, which may decide. If there is neither this nor the next,
    /// the administrators decide.
    pub service_id: Option<ServiceId>,
    /// The support service of the school's region, which may decide as well.
    pub region_service_id: Option<ServiceId>,
    /// The current state.
    pub state: LabelState,
    /// The partner's statement.
    pub statement: String,
    /// The reason for granting or refusing it.
    pub reason: Option<String>,
    /// The officer or administrator who decided.
    pub decided_by: Option<AccountId>,
    /// When the partner applied.
    pub applied_at: DateTimeUtc,
    /// When the decision was made.
    pub decided_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The applications of a project's partners.
    pub fn of(project: ProjectId) -> Select<Self> {
        Self::find().filter(Column::ProjectId.eq(project))
    }
}
