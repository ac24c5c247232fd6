//! Where acts are done, which decides who reads of them.

use entity::{AccountId, Act, InvitationKind, audit, report};
use sea_orm::{
    ActiveEnum, ColumnTrait, EntityTrait, Iterable, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};

/// Where an act is done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Inside a TwinSpace: it is in the log of the TwinSpace, which has more readers than that of the
    /// project.
    Inside,
    /// Inside a TwinSpace, to a report, which is the subject.
    Report,
    /// Inside a TwinSpace, if it is not a partner who is invited.
    Invitation,
    /// To a project, its partners, its labels or successions, or outside of projects.
    Elsewhere,
}

const fn place(act: Act) -> Place {
    match act {
        Act::TwinSpaceOpened
        | Act::MemberRoleChanged
        | Act::MemberRemoved
        | Act::MemberLeft
        | Act::PupilCreated
        | Act::PupilAttached
        | Act::PupilsLookedUp
        | Act::PupilRequested
        | Act::PupilRequestAccepted
        | Act::PupilRequestDeclined
        | Act::PupilRequestEnded
        | Act::PupilEdited
        | Act::PupilPasswordReset
        | Act::PupilErased
        | Act::PupilsExported
        | Act::CustodyOffered
        | Act::CustodyRequested
        | Act::CustodyObjected
        | Act::CustodyDeclined
        | Act::CustodyTransferEnded
        | Act::CustodyTransferred
        | Act::ConsentRecorded
        | Act::ConsentWithdrawn
        | Act::MediaPicturedChanged
        | Act::TwinSpaceExported
        | Act::SettingsEdited
        | Act::ChatMessageDeleted
        | Act::ContentTakenDown => Place::Inside,
        Act::MessageReported | Act::ReportSettled => Place::Report,
        Act::InvitationSent
        | Act::InvitationResent
        | Act::InvitationRoleChanged
        | Act::InvitationRevoked
        | Act::InvitationAccepted
        | Act::InvitationDeclined => Place::Invitation,
        Act::AccountCreated
        | Act::AccountBlocked
        | Act::AccountUnblocked
        | Act::AccountRemoved
        | Act::AdmissionRequested
        | Act::TeacherAdmitted
        | Act::TeacherDeclined
        | Act::SchoolConfirmed
        | Act::SchoolUnconfirmed
        | Act::SchoolsMerged
        | Act::SessionsEnded
        | Act::AccountErased
        | Act::PasswordChanged
        | Act::EmailChanged
        | Act::ProjectCreated
        | Act::ProjectEdited
        | Act::ProjectSent
        | Act::ProjectAccepted
        | Act::ProjectDeclined
        | Act::ProjectWithdrawn
        | Act::ProjectApproved
        | Act::ProjectRejected
        | Act::ProjectClosed
        | Act::ProjectReopened
        | Act::PartnerRoleChanged
        | Act::PartnerRemoved
        | Act::OwnDataExported
        | Act::NumbersExported
        | Act::LabelApplied
        | Act::LabelGranted
        | Act::LabelRefused
        | Act::ProjectNominated
        | Act::SuccessionProposed
        | Act::SuccessionApproved
        | Act::SuccessionRejected
        | Act::ServiceAdded
        | Act::ServiceRenamed
        | Act::ServiceMoved
        | Act::ServiceSpelled
        | Act::ServiceRemoved
        | Act::OfficerMoved
        | Act::MailRetried
        | Act::AuditLogExported => Place::Elsewhere,
    }
}

fn acts(of: &[Place]) -> impl Iterator<Item = Act> {
    Act::iter().filter(|act| of.contains(&place(*act)))
}

/// Whether something was done inside the TwinSpace.
pub fn inside() -> Expr {
    let (act, kind) = (audit::Column::Act, Expr::cust(r#""audit"."details" ->> 'kind'"#));
    let to_others = kind.ne(InvitationKind::Partner.to_value());
    let always = act.is_in(acts(&[Place::Inside, Place::Report]));
    always.or(act.is_in(acts(&[Place::Invitation])).and(to_others))
}

/// Whether an act is done to a report, which is the subject.
pub fn is_of_report(act: Act) -> bool {
    place(act) == Place::Report
}

/// Who wrote the message that was reported, as long as the report is there.
pub fn reported() -> Expr {
    let report = report::Column::Id.into_expr().eq(audit::Column::SubjectId.into_expr());
    let author = report::Entity::find().filter(report).select_only();
    author.column(report::Column::AuthorId).into_query().into()
}

/// Whether an entry is of no report, or of one that this person may know about: the author of the
/// message may not, and a report that is gone does not say whose message it was.
pub fn readable(reader: AccountId) -> Expr {
    audit::Column::Act.is_not_in(acts(&[Place::Report])).or(reported().ne(reader.0))
}
