//! The audit log: who did what to whom, and when. Append-only.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, AuditId, ProjectId};

/// An action recorded in the audit log.
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
    /// An account was created.
    AccountCreated,
    /// An administrator or the server's operator blocked an account.
    AccountBlocked,
    /// An administrator or the server's operator unblocked an account.
    AccountUnblocked,
    /// An administrator or the server's operator removed an officer or an administrator.
    AccountRemoved,
    /// Somebody who registered as a teacher waits to be admitted.
    AdmissionRequested,
    /// Somebody who registered as a teacher was admitted.
    TeacherAdmitted,
    /// Somebody who registered as a teacher was not admitted.
    TeacherDeclined,
    /// A teacher's school was confirmed.
    SchoolConfirmed,
    /// The confirmation of a teacher's school was withdrawn, or ended because the teacher named another
    /// school.
    SchoolUnconfirmed,
    /// A school was merged into another.
    SchoolsMerged,
    /// All sessions of an account were ended by an administrator or the server's operator.
    SessionsEnded,
    /// An account was erased by its owner or by the server's operator.
    AccountErased,
    /// A password was changed by its owner, either directly or through a mailed link.
    PasswordChanged,
    /// An account's e-mail address was changed through the link mailed to the new address.
    EmailChanged,
    /// A project was created.
    ProjectCreated,
    /// A project's fields were edited.
    ProjectEdited,
    /// A project was sent to the invited partner.
    ProjectSent,
    /// The invited partner accepted the project.
    ProjectAccepted,
    /// The invited partner declined the project.
    ProjectDeclined,
    /// The proposer withdrew the project.
    ProjectWithdrawn,
    /// A support service approved the project.
    ProjectApproved,
    /// A support service rejected the project.
    ProjectRejected,
    /// The TwinSpace was opened.
    TwinSpaceOpened,
    /// A founder closed the project.
    ProjectClosed,
    /// A founder reopened the project.
    ProjectReopened,
    /// An invitation was sent.
    InvitationSent,
    /// An invitation was resent.
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
    /// A pupil's account was created.
    PupilCreated,
    /// A pupil with an existing account was added to a TwinSpace.
    PupilAttached,
    /// Pupils were looked up by username or name.
    PupilsLookedUp,
    /// A teacher asked a pupil's custodian to let the pupil join a TwinSpace.
    PupilRequested,
    /// The custodian, or the support service in their place, let the pupil join the TwinSpace.
    PupilRequestAccepted,
    /// The custodian, or the support service in their place, declined a request to let a pupil join a
    /// TwinSpace.
    PupilRequestDeclined,
    /// A request for a pupil ended without a response: it was withdrawn or expired, or the teacher who
    /// made it may no longer bring pupils in.
    PupilRequestEnded,
    /// A pupil's name was corrected.
    PupilEdited,
    /// The custodian set a pupil's password.
    PupilPasswordReset,
    /// The custodian offered custody of a pupil to another teacher.
    CustodyOffered,
    /// A teacher administrator asked to take over custody of a pupil.
    CustodyRequested,
    /// The custodian objected to a takeover of custody.
    CustodyObjected,
    /// A custody offer or takeover was declined.
    CustodyDeclined,
    /// A custody offer or takeover was withdrawn or expired, or ended because its conditions no longer
    /// held.
    CustodyTransferEnded,
    /// Custody of a pupil was transferred to another teacher.
    CustodyTransferred,
    /// A consent was recorded.
    ConsentRecorded,
    /// A consent was withdrawn.
    ConsentWithdrawn,
    /// A pupil was tagged in media, or a tag was removed.
    MediaPicturedChanged,
    /// Pupils were exported.
    PupilsExported,
    /// The whole TwinSpace was exported.
    TwinSpaceExported,
    /// A person exported their own data.
    OwnDataExported,
    /// An officer exported the numbers of a country or region.
    NumbersExported,
    /// A pupil's account was erased.
    PupilErased,
    /// The settings of a TwinSpace were edited.
    SettingsEdited,
    /// A teacher deleted someone else's chat message.
    ChatMessageDeleted,
    /// A message was reported. The report itself says by whom.
    MessageReported,
    /// A teacher administrator or a server administrator settled a report.
    ReportSettled,
    /// A server administrator took down content.
    #[sea_orm(string_value = "taken_down")]
    ContentTakenDown,
    /// A partner applied for the quality label.
    LabelApplied,
    /// A support service granted the label to a partner.
    LabelGranted,
    /// A support service refused the label to a partner.
    LabelRefused,
    /// A support service nominated the project for the European label.
    ProjectNominated,
    /// A founder proposed transferring the powers of the other founder, who has left, to another
    /// partner.
    SuccessionProposed,
    /// A support service approved the transfer of a founder's powers.
    SuccessionApproved,
    /// A support service rejected the transfer of a founder's powers.
    SuccessionRejected,
    /// A support service was set up.
    ServiceAdded,
    /// A support service was renamed.
    ServiceRenamed,
    /// A support service serves another country or region.
    ServiceMoved,
    /// Spellings of a region were added to its support service.
    ServiceSpelled,
    /// A support service was removed.
    ServiceRemoved,
    /// An officer works for another support service.
    OfficerMoved,
    /// Pending mails were tried again.
    MailRetried,
    /// The audit log of the server was exported.
    AuditLogExported,
}

/// Further details of an action: IDs, roles and states, but never names, so that no personal data
/// remains when an account is erased.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, FromJsonQueryResult,
)]
pub struct Details(pub serde_json::Map<String, serde_json::Value>);

/// What `Details` can be about: their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter)]
pub enum Detail {
    /// Whether the change of a pupil's role was acknowledged.
    Acknowledged,
    /// How a password was changed.
    By,
    /// Whether the chat room is open to pupils.
    ChatOpenToPupils,
    /// The founder who has left.
    Departed,
    /// Whether it was done in another TwinSpace.
    Elsewhere,
    /// How many pupils were found by username.
    Found,
    /// How many pupils were found by name.
    FoundByName,
    /// Whether somebody has a founder's powers.
    Founder,
    /// The role, custodian, school or account before.
    From,
    /// The kind of an invitation or of content.
    Kind,
    /// How many mails.
    Mails,
    /// Whether a pupil is named in media.
    Named,
    /// The role in the TwinSpace.
    Role,
    /// The scope of a consent.
    Scope,
    /// The state in which something ended.
    State,
    /// The role or custodian afterwards.
    To,
    /// How many usernames were looked up.
    Usernames,
}

impl Detail {
    /// The key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::By => "by",
            Self::ChatOpenToPupils => "chatOpenToPupils",
            Self::Departed => "departed",
            Self::Elsewhere => "elsewhere",
            Self::Found => "found",
            Self::FoundByName => "foundByName",
            Self::Founder => "founder",
            Self::From => "from",
            Self::Kind => "kind",
            Self::Mails => "mails",
            Self::Named => "named",
            Self::Role => "role",
            Self::Scope => "scope",
            Self::State => "state",
            Self::To => "to",
            Self::Usernames => "usernames",
        }
    }

    /// The detail with this key.
    pub fn read(key: &str) -> Option<Self> {
        <Self as sea_orm::Iterable>::iter().find(|detail| detail.key() == key)
    }
}

/// An entry in the audit log.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    /// The key, in chronological order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditId,
    /// The time.
    pub at: DateTimeUtc,
    /// The person who acted; `None` for the server itself.
    pub actor_id: Option<AccountId>,
    /// The action.
    pub act: Act,
    /// The project.
    pub project_id: Option<ProjectId>,
    /// The person affected.
    pub account_id: Option<AccountId>,
    /// Another object affected, such as an invitation or an approval.
    pub subject_id: Option<Uuid>,
    /// Values before and after, and similar details.
    pub details: Details,
}

impl ActiveModelBehavior for ActiveModel {}
