//! The audit log: who did what, on whom, when. Append-only.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, AuditId, ProjectId};

/// What was done.
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
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))", rename_all = "snake_case")]
pub enum Act {
    /// An account was made.
    AccountCreated,
    /// The operator of the server blocked an account.
    AccountBlocked,
    /// The operator of the server let a blocked account sign in again.
    AccountUnblocked,
    /// The operator of the server removed an officer or an administrator.
    AccountRemoved,
    /// An account was erased by its owner, or by the operator of the server.
    AccountErased,
    /// A password was changed by its owner or by a mailed link.
    PasswordChanged,
    /// An account got another e-mail address by the link that was mailed there.
    EmailChanged,
    /// A project was begun.
    ProjectCreated,
    /// A project's fields were edited.
    ProjectEdited,
    /// A project was sent to its partner.
    ProjectSent,
    /// The invited partner accepted the project.
    ProjectAccepted,
    /// The invited partner declined the project.
    ProjectDeclined,
    /// The proposer took the project back.
    ProjectWithdrawn,
    /// A service approved the project.
    ProjectApproved,
    /// A service rejected the project.
    ProjectRejected,
    /// The TwinSpace opened.
    TwinSpaceOpened,
    /// A founder closed the project.
    ProjectClosed,
    /// A founder reopened the project.
    ProjectReopened,
    /// An invitation was sent.
    InvitationSent,
    /// An invitation was sent again.
    InvitationResent,
    /// An invitation's role was changed.
    InvitationRoleChanged,
    /// An invitation was revoked.
    InvitationRevoked,
    /// An invitation was accepted.
    InvitationAccepted,
    /// An invitation was declined.
    InvitationDeclined,
    /// A partner's project role was changed.
    PartnerRoleChanged,
    /// A partner was removed from the project.
    PartnerRemoved,
    /// A member's role was changed.
    MemberRoleChanged,
    /// A member was removed from the TwinSpace.
    MemberRemoved,
    /// A member left the TwinSpace.
    MemberLeft,
    /// A pupil's account was made.
    PupilCreated,
    /// A pupil who has an account was brought into a TwinSpace.
    PupilAttached,
    /// Pupils were looked up by username or by name.
    PupilsLookedUp,
    /// A teacher asked the custodian to have a pupil in a TwinSpace.
    PupilRequested,
    /// The custodian let the pupil into the TwinSpace.
    PupilRequestAccepted,
    /// The custodian declined that.
    PupilRequestDeclined,
    /// A request for a pupil ended without an answer: it was taken back or expired, or the teacher who
    /// asked may not bring pupils in any more.
    PupilRequestEnded,
    /// A pupil's name was corrected.
    PupilEdited,
    /// A pupil's password was set by the custodian.
    PupilPasswordReset,
    /// The custodian offered the custody of a pupil to another teacher.
    CustodyOffered,
    /// A teacher administrator asked to take over the custody of a pupil.
    CustodyRequested,
    /// The custodian objected to that.
    CustodyObjected,
    /// An offer or a takeover of a custody was declined.
    CustodyDeclined,
    /// An offer or a takeover of a custody was taken back or expired, or what it was based on ended.
    CustodyTransferEnded,
    /// The custody of a pupil was handed to another teacher.
    CustodyTransferred,
    /// A consent was recorded.
    ConsentRecorded,
    /// A consent was withdrawn.
    ConsentWithdrawn,
    /// A pupil's name was put on media, or taken off it.
    MediaPicturedChanged,
    /// Pupils were exported.
    PupilsExported,
    /// A person exported their own data.
    OwnDataExported,
    /// A pupil's account was erased.
    PupilErased,
    /// The settings of a TwinSpace were edited.
    SettingsEdited,
    /// A teacher deleted another's message in the chat.
    ChatMessageDeleted,
    /// A message was reported; the report itself says by whom.
    MessageReported,
    /// A teacher administrator, or an administrator of the server, settled a report.
    ReportSettled,
    /// An administrator of the server took down what somebody had said, written or added.
    TakenDown,
    /// A partner applied for the quality label.
    LabelApplied,
    /// A service granted the label to a partner.
    LabelGranted,
    /// A service refused the label to a partner.
    LabelRefused,
    /// A service nominated the project for the European label.
    ProjectNominated,
    /// A founder proposed that the powers of the other, who has left, go to another partner.
    SuccessionProposed,
    /// A service handed the powers over.
    SuccessionApproved,
    /// A service left the powers where they were.
    SuccessionRejected,
}

/// What else is told of an act: ids, roles and states, never names, so that nothing of a person
/// stays behind when their account is erased.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, FromJsonQueryResult,
)]
pub struct Details(pub serde_json::Map<String, serde_json::Value>);

/// A line of the audit log.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    /// Its key, in order of time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditId,
    /// When.
    pub at: DateTimeUtc,
    /// Who; none for the server's own acts.
    pub actor_id: Option<AccountId>,
    /// What.
    pub act: Act,
    /// In which project.
    pub project_id: Option<ProjectId>,
    /// On whom.
    pub account_id: Option<AccountId>,
    /// On which other thing: an invitation, an approval.
    pub subject_id: Option<Uuid>,
    /// Before, after and the like.
    pub details: Details,
}

impl ActiveModelBehavior for ActiveModel {}
