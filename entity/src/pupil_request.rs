//! Requests to bring a pupil into a TwinSpace, to be answered by the custodian (M-11).

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, ProjectId, PupilRequestId, TwinSpaceRole};

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
    /// The custodian has not answered yet.
    Pending,
    /// The custodian accepted. The pupil is a member.
    Accepted,
    /// The custodian declined.
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
