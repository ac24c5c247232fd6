//! The audit log, for those who may read it: that of a project and its TwinSpace, or of the whole
//! server.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use domain::{
    Error, Reason, Result,
    access::Access,
    care::audit::{AuditRow, Filter, Order, TOLD},
    list::cell,
};
use entity::{
    AccountId, Act, ApprovalId, AuditId, ChatMessageId, CustodyTransferId, InvitationId, Kind,
    LabelApplicationId, MediaId, ProjectId, PupilRequestId, ReportId, SchoolId, ServiceId,
    SuccessionId, audit::Details,
};
use policy::{ProjectPermission, ServerPermission, Tie, TwinSpacePermission};
use uuid::Uuid;

use crate::graphql::{
    accounts::person::Person,
    connection::{self, Connection, List, Paging},
    context::ContextExt,
    loader::Rows,
    node::Node,
    projects::project::Project,
    scalar::Time,
};

mod csv;
mod details;

pub use csv::csv;
use details::AuditDetails;

/// An entry in the audit log of a project, a TwinSpace or the server: who did what to whom, where and
/// when.
pub struct AuditEntry {
    row: AuditRow,
    /// Whether the viewer may know which pupil an action affected (M-20).
    sees_pupils: bool,
}

impl AuditEntry {
    /// The entry with this ID, for those who may read the log of its project or TwinSpace, or that of
    /// the server.
    pub async fn load(ctx: &Context<'_>, id: AuditId) -> Result<Self> {
        let missing = || Error::NotFound("audit entry");
        let columns = connection::columns::<AuditRow>(ctx).and::<AuditRow>(&["act", TOLD]);
        let row = ctx.load::<Rows<AuditRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        if reads_all(ctx) {
            return Ok(Self { row: (*row).clone(), sees_pupils: false });
        }
        let project = cell(&row.project_id)?.ok_or_else(missing)?;
        let access = match ctx.project(project).await {
            Err(Error::NotFound(_)) => return Err(missing()),
            access => access?,
        };
        let of_project = ProjectPermission::ReadProjectAuditLog;
        let of_twinspace = TwinSpacePermission::ReadAuditLog;
        let whole = access.project_grants(of_project, Tie::default()).is_ok();
        let part = access.sees_twinspace()
            && access.grants(of_twinspace, Tie::default(), Reason::NotYours).is_ok();
        let reader = access.person.account.filter(|_| whole || part).ok_or_else(missing)?;
        match row.is_told(reader, whole)? {
            true => Ok(Self { row: (*row).clone(), sees_pupils: shows_pupils(&access) }),
            false => Err(missing()),
        }
    }
}

/// Whether the viewer may read the log of the whole server, where pupils are not shown (M-20).
fn reads_all(ctx: &Context<'_>) -> bool {
    let person = ctx.viewer().person();
    ctx.signed_in().is_ok() && person.may_on_server(ServerPermission::ReadServerLog).is_ok()
}

fn shows_pupils(access: &Access) -> bool {
    access.sees_twinspace() && access.sees_pupils()
}

/// The ID of an entry's subject; `None` if it has none that is ever shown.
fn subject(row: &AuditRow) -> Result<Option<String>> {
    let key = cell(&row.subject_id)?;
    let kind = kind(cell(&row.act)?, &cell(&row.details)?);
    Ok(key.zip(kind).map(|(key, kind)| format!("{kind}_{}", key.simple())))
}

/// The kind of an action's subject, as in its ID.
fn kind(act: Act, details: &Details) -> Option<&'static str> {
    Some(match act {
        Act::ProjectApproved | Act::ProjectRejected => ApprovalId::PREFIX,
        Act::InvitationSent
        | Act::InvitationResent
        | Act::InvitationRoleChanged
        | Act::InvitationRevoked
        | Act::InvitationAccepted
        | Act::InvitationDeclined => InvitationId::PREFIX,
        Act::PupilRequested
        | Act::PupilRequestAccepted
        | Act::PupilRequestDeclined
        | Act::PupilRequestEnded => PupilRequestId::PREFIX,
        Act::CustodyOffered
        | Act::CustodyRequested
        | Act::CustodyObjected
        | Act::CustodyDeclined
        | Act::CustodyTransferEnded
        | Act::CustodyTransferred => CustodyTransferId::PREFIX,
        Act::MediaPicturedChanged => MediaId::PREFIX,
        Act::ChatMessageDeleted => ChatMessageId::PREFIX,
        Act::MessageReported | Act::ReportSettled => ReportId::PREFIX,
        Act::LabelApplied | Act::LabelGranted | Act::LabelRefused => LabelApplicationId::PREFIX,
        Act::SuccessionProposed | Act::SuccessionApproved | Act::SuccessionRejected => {
            SuccessionId::PREFIX
        }
        Act::SchoolConfirmed | Act::SchoolUnconfirmed | Act::SchoolsMerged => SchoolId::PREFIX,
        Act::ServiceAdded
        | Act::ServiceRenamed
        | Act::ServiceMoved
        | Act::ServiceSpelled
        | Act::OfficerMoved => ServiceId::PREFIX,
        Act::ContentTakenDown => AuditDetails::of(act, details)?.content_kind?.prefix(),
        Act::AccountCreated
        | Act::AccountBlocked
        | Act::AccountUnblocked
        | Act::AccountRemoved
        | Act::AdmissionRequested
        | Act::TeacherAdmitted
        | Act::TeacherDeclined
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
        | Act::TwinSpaceOpened
        | Act::ProjectClosed
        | Act::ProjectReopened
        | Act::PartnerRoleChanged
        | Act::PartnerRemoved
        | Act::MemberRoleChanged
        | Act::MemberRemoved
        | Act::MemberLeft
        | Act::PupilCreated
        | Act::PupilAttached
        | Act::PupilsLookedUp
        | Act::PupilEdited
        | Act::PupilPasswordReset
        | Act::ConsentRecorded
        | Act::ConsentWithdrawn
        | Act::PupilsExported
        | Act::TwinSpaceExported
        | Act::OwnDataExported
        | Act::NumbersExported
        | Act::PupilErased
        | Act::SettingsEdited
        | Act::ProjectNominated
        | Act::ServiceRemoved
        | Act::MailRetried
        | Act::AuditLogExported => return None,
    })
}

/// An entry in the audit log of a project, a TwinSpace or the server: who did what to whom, where and
/// when.
#[Object]
impl AuditEntry {
    /// The ID.
    pub async fn id(&self) -> Result<AuditId> {
        cell(&self.row.id)
    }

    /// When the action was performed.
    async fn at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.at)
    }

    /// The person who acted; null for actions of the server itself, and for pupils whom the viewer
    /// cannot see (M-20).
    async fn actor(&self) -> Result<Option<Person>> {
        let actor = self.row.actor(self.sees_pupils)?;
        Ok(actor.map(|(id, name)| Person::new(id, name)))
    }

    /// The action that was performed.
    async fn act(&self) -> Result<Act> {
        cell(&self.row.act)
    }

    /// The person affected; null for pupils, if the viewer sees no pupils in this TwinSpace (M-20).
    /// Somebody who has left it is still named.
    async fn person(&self) -> Result<Option<Person>> {
        let person = self.row.person(self.sees_pupils)?;
        Ok(person.map(|(id, name)| Person::new(id, name)))
    }

    /// The ID of the project; null for actions outside projects.
    async fn project_id(&self) -> Result<Option<ProjectId>> {
        cell(&self.row.project_id)
    }

    /// The project; null for actions outside projects, and if the viewer cannot see it.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        match cell(&self.row.project_id)? {
            Some(id) => Project::mentioned(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The ID of what the entry is about besides the person; null if there is nothing else. It may no
    /// longer exist, or not be visible to the viewer.
    async fn subject_id(&self) -> Result<Option<ID>> {
        Ok(subject(&self.row)?.map(ID))
    }

    /// What the entry is about besides the person, such as an invitation or a support service; null if
    /// there is nothing else, or if it no longer exists or is not visible to the viewer.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        match subject(&self.row)? {
            Some(id) => Node::find(ctx, &id).await,
            None => Ok(None),
        }
    }

    /// Further details, such as the roles before and after a change; null if there are none.
    async fn details(&self) -> Result<Option<AuditDetails>> {
        Ok(AuditDetails::of(cell(&self.row.act)?, &cell(&self.row.details)?))
    }
}

/// Filters an audit log.
#[derive(InputObject, Default)]
pub struct AuditLogFilter {
    /// Returns only these actions.
    acts: Option<Vec<Act>>,
    /// Returns only actions of this person. A pupil whom the viewer cannot see is not found.
    actor_id: Option<AccountId>,
    /// Returns only actions that affected this person. A pupil whom the viewer cannot see is not
    /// found.
    person_id: Option<AccountId>,
    /// Returns only actions in this project.
    project_id: Option<ProjectId>,
    /// Returns only actions at this time or later.
    since: Option<Time>,
    /// Returns only actions before this time.
    until: Option<Time>,
}

impl AuditLogFilter {
    /// The filter of the domain, for a viewer who sees pupils or not.
    pub fn take(self, sees_pupils: bool) -> Filter {
        let Self { acts, actor_id, person_id, project_id, since, until } = self;
        let [since, until] = [since, until].map(|time| time.map(Into::into));
        Filter {
            acts,
            actor: actor_id,
            person: person_id,
            project: project_id,
            since,
            until,
            inside: false,
            reader: None,
            without_pupils: !sees_pupils,
        }
    }
}

/// The log of a project and its TwinSpace, or only of what was done `inside` the TwinSpace, newest
/// first.
pub async fn log(
    ctx: &Context<'_>,
    access: &Access,
    inside: bool,
    filter: AuditLogFilter,
    paging: Paging,
) -> Result<Connection<AuditEntry>> {
    let parent = access.project_id.0;
    let sees_pupils = shows_pupils(access);
    let filter = Filter { inside, reader: access.person.account, ..filter.take(sees_pupils) };
    let list = List::<AuditRow> { parent, filter, order: Order::Written, descending: true };
    connection::page(ctx, paging, list, |row| AuditEntry { row, sees_pupils }).await
}

/// The log of the whole server, newest first, without pupils (M-20).
pub async fn whole(
    ctx: &Context<'_>,
    filter: AuditLogFilter,
    paging: Paging,
) -> Result<Connection<AuditEntry>> {
    let (parent, filter, sees_pupils) = (Uuid::nil(), filter.take(false), false);
    let list = List::<AuditRow> { parent, filter, order: Order::At, descending: true };
    connection::page(ctx, paging, list, |row| AuditEntry { row, sees_pupils }).await
}
