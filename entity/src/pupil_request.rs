//! Requests to bring a pupil into a TwinSpace, to be answered by the custodian (M-11), or by the
//! support service if the custodian no longer has an account (M-16).

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, ConsentGiver, ProjectId, PupilRequestId, ServiceId, TwinSpaceRole};

/// The state of a request.
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
pub enum PupilRequestState {
    /// Not answered yet.
    Pending,
    /// Accepted by the custodian, or granted by the support service. The pupil is a member.
    Accepted,
    /// Declined by the custodian or the support service.
    Declined,
    /// Withdrawn by the teacher who made it.
    Withdrawn,
    /// Expired without an answer.
    Expired,
    /// Ended because the teacher may no longer bring pupils in, or because the pupil joined by
    /// other means.
    Ended,
}

/// A request to bring a pupil into a TwinSpace. It is addressed to whoever is the custodian at the
/// time.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pupil_request")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PupilRequestId,
    /// The project of the TwinSpace.
    pub project_id: ProjectId,
    /// The pupil.
    pub pupil_id: AccountId,
    /// The role that the pupil would have.
    pub role: TwinSpaceRole,
    /// The teacher who made the request.
    pub asked_by: AccountId,
    /// The state. A request that was not answered in time may still be pending.
    pub state: PupilRequestState,
    /// The support service of the country of the pupil's school, if any, which decides if the
    /// custodian no longer has an account.
    pub service_id: Option<ServiceId>,
    /// The support service of the school's region, if any.
    pub region_service_id: Option<ServiceId>,
    /// Who consented to the pupil taking part, according to the teacher: recorded if the support
    /// service grants the request. Empty for old requests.
    pub consent_given_by: Option<ConsentGiver>,
    /// The officer or administrator who decided.
    pub decided_by: Option<AccountId>,
    /// When the request was made.
    pub asked_at: DateTimeUtc,
    /// When it expires.
    pub expires_at: DateTimeUtc,
    /// When it was answered or otherwise ended.
    pub ended_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The pending requests, whether or not they have expired.
    pub fn pending() -> Select<Self> {
        Self::find().filter(Column::State.eq(PupilRequestState::Pending))
    }
}
