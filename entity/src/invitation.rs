//! Invitations to a project or its TwinSpace (P-11, M-04, M-05).

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, InvitationId, ProjectId, TwinSpaceRole};

/// What an invitation offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Enum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum InvitationKind {
    /// Partnership in the project, which includes membership in its TwinSpace.
    Partner,
    /// Membership in the TwinSpace only, as a teacher.
    Collaborator,
    /// Membership in the TwinSpace as a visitor, with read-only access.
    Visitor,
}

/// The state of an invitation.
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
pub enum InvitationState {
    /// Not answered yet.
    Pending,
    /// Accepted.
    Accepted,
    /// Declined by the invited person.
    Declined,
    /// Revoked.
    Revoked,
    /// Expired without an answer.
    Expired,
}

/// An invitation.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    /// The project.
    pub project_id: ProjectId,
    /// What the invitation offers.
    pub kind: InvitationKind,
    /// The invited address, in lower case.
    pub email: String,
    /// The invited account, for partners, who are chosen from the contacts.
    pub account_id: Option<AccountId>,
    /// The role that the person would have in the TwinSpace.
    pub role: TwinSpaceRole,
    /// The person who sent it.
    pub inviter_id: AccountId,
    /// The state. A pending invitation past its expiry counts as expired.
    pub state: InvitationState,
    /// When the invitation was last sent.
    pub sent_at: DateTimeUtc,
    /// When it became known that its mail could not be delivered.
    pub undeliverable_since: Option<DateTimeUtc>,
    /// When it expires.
    pub expires_at: DateTimeUtc,
    /// When the invitation was answered or revoked.
    pub ended_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The invitations to a project and its TwinSpace.
    pub fn of(project: ProjectId) -> Select<Self> {
        Self::find().filter(Column::ProjectId.eq(project))
    }
}
