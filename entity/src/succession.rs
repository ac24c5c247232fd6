//! Proposals to transfer a founder's powers to another partner (P-15).

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, ProjectId, ServiceId, SuccessionId};

/// The state of a proposal.
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
pub enum SuccessionState {
    /// Not decided yet.
    Pending,
    /// The powers were transferred.
    Approved,
    /// The proposal was rejected, with a reason.
    Rejected,
}

/// A proposal to transfer the powers of a founder who has left to another partner.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "succession")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SuccessionId,
    /// The project.
    pub project_id: ProjectId,
    /// The founder who has left.
    pub departed_id: AccountId,
    /// The partner who would receive the powers.
    pub successor_id: AccountId,
    /// The other founder, who made the proposal.
    pub proposed_by: AccountId,
    /// The country of the departed founder's school, as an ISO 3166-1 alpha-2 code.
    pub country: String,
    /// The support service of the country, which may decide. If there is neither this nor the next,
    /// the administrators decide.
    pub service_id: Option<ServiceId>,
    /// The support service of the school's region, which may decide as well.
    pub region_service_id: Option<ServiceId>,
    /// The current state.
    pub state: SuccessionState,
    /// The reason for the rejection.
    pub reason: Option<String>,
    /// The officer or administrator who decided.
    pub decided_by: Option<AccountId>,
    /// When the proposal was made.
    pub proposed_at: DateTimeUtc,
    /// When the decision was made.
    pub decided_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The proposals for a project.
    pub fn of(project: ProjectId) -> Select<Self> {
        Self::find().filter(Column::ProjectId.eq(project))
    }
}
