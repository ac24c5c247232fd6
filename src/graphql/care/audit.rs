//! The audit log, for those who may read it.

use async_graphql::{Context, InputObject, Json, Object};
use chrono::{DateTime, Utc};
use domain::{
    Error, Reason, Result,
    access::Access,
    care::audit::{AuditRow, Filter, Order},
    list::cell,
};
use entity::{
    AccountId, Act, ApprovalId, AuditId, ChatMessageId, CustodyTransferId, InvitationId, Kind,
    LabelApplicationId, MediaId, PupilRequestId, ReportId, SuccessionId, audit::Details,
};
use policy::{ProjectPermission, Tie, TwinSpacePermission};

use crate::graphql::{
    accounts::person::Person,
    connection::{self, Connection, List, Paging},
    context::ContextExt,
    loader::Rows,
    node::Node,
    scalar::Time,
};

/// An entry in the audit log: who did what to whom, and when.
pub struct AuditEntry {
    row: AuditRow,
    /// Whether the viewer may know which pupil an action affected (M-20).
    sees_pupils: bool,
}

impl AuditEntry {
    /// The entry with this ID, for those who may read the log of its project or TwinSpace.
    pub async fn load(ctx: &Context<'_>, id: AuditId) -> Result<Self> {
        let missing = || Error::NotFound("audit entry");
        let columns = connection::columns::<AuditRow>(ctx);
        let row = ctx.load::<Rows<AuditRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let project = cell(&row.project_id)?.ok_or_else(missing)?;
        let access = ctx.project(project).await.map_err(|error| error.within("audit entry"))?;
        let of_project = ProjectPermission::ReadProjectAuditLog;
        let inside = TwinSpacePermission::ReadAuditLog;
        let reads = access.project_grants(of_project, Tie::default()).is_ok()
            || access.sees_twinspace()
                && access.grants(inside, Tie::default(), Reason::NotYours).is_ok();
        match reads {
            true => Ok(Self { row: (*row).clone(), sees_pupils: shows_pupils(&access) }),
            false => Err(missing()),
        }
    }
}

fn shows_pupils(access: &Access) -> bool {
    access.sees_twinspace() && access.sees_pupils()
}

/// The kind of an action's subject, as in its ID; `None` if it has none that is ever shown.
fn kind(act: Act) -> Option<&'static str> {
    match act {
        Act::ProjectApproved | Act::ProjectRejected => Some(ApprovalId::PREFIX),
        Act::InvitationSent
        | Act::InvitationResent
        | Act::InvitationRoleChanged
        | Act::InvitationRevoked
        | Act::InvitationAccepted
        | Act::InvitationDeclined => Some(InvitationId::PREFIX),
        Act::PupilRequested
        | Act::PupilRequestAccepted
        | Act::PupilRequestDeclined
        | Act::PupilRequestEnded => Some(PupilRequestId::PREFIX),
        Act::CustodyOffered
        | Act::CustodyRequested
        | Act::CustodyObjected
        | Act::CustodyDeclined
        | Act::CustodyTransferEnded
        | Act::CustodyTransferred => Some(CustodyTransferId::PREFIX),
        Act::MediaPicturedChanged => Some(MediaId::PREFIX),
        Act::ChatMessageDeleted => Some(ChatMessageId::PREFIX),
        Act::MessageReported | Act::ReportSettled => Some(ReportId::PREFIX),
        Act::LabelApplied | Act::LabelGranted | Act::LabelRefused => {
            Some(LabelApplicationId::PREFIX)
        }
        Act::SuccessionProposed | Act::SuccessionApproved | Act::SuccessionRejected => {
            Some(SuccessionId::PREFIX)
        }
        _ => None,
    }
}

/// An entry in the audit log: who did what to whom, and when.
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

    /// The person affected; null for pupils whom the viewer cannot see (M-20).
    async fn person(&self) -> Result<Option<Person>> {
        let person = self.row.person(self.sees_pupils)?;
        Ok(person.map(|(id, name)| Person::new(id, name)))
    }

    /// What the entry is about besides the person, such as an invitation or a decision; null if there
    /// is nothing else, or if it no longer exists or is not visible to the viewer.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        let Some(key) = cell(&self.row.subject_id)? else { return Ok(None) };
        match kind(cell(&self.row.act)?) {
            Some(kind) => Node::find(ctx, &format!("{kind}_{}", key.simple())).await,
            None => Ok(None),
        }
    }

    /// Further details, such as the roles before and after a change.
    async fn details(&self) -> Result<Json<Details>> {
        Ok(Json(cell(&self.row.details)?))
    }
}

/// Filters the audit log of a project or a TwinSpace.
#[derive(InputObject, Default)]
pub struct AuditLogFilter {
    /// Returns only these actions.
    acts: Option<Vec<Act>>,
    /// Returns only actions of this person. A pupil whom the viewer cannot see is not found.
    actor_id: Option<AccountId>,
    /// Returns only actions that affected this person. A pupil whom the viewer cannot see is not
    /// found.
    person_id: Option<AccountId>,
    /// Returns only actions at this time or later.
    since: Option<Time>,
    /// Returns only actions before this time.
    until: Option<Time>,
}

/// The log of a project and its TwinSpace, newest first.
pub async fn log(
    ctx: &Context<'_>,
    access: &Access,
    filter: AuditLogFilter,
    paging: Paging,
) -> Result<Connection<AuditEntry>> {
    let parent = access.project_id.0;
    let sees_pupils = shows_pupils(access);
    let AuditLogFilter { acts, actor_id, person_id, since, until } = filter;
    let filter = Filter {
        acts,
        actor: actor_id,
        person: person_id,
        project: None,
        since: since.map(Into::into),
        until: until.map(Into::into),
        without_pupils: !sees_pupils,
    };
    let list = List::<AuditRow> { parent, filter, order: Order::Written, descending: true };
    connection::page(ctx, paging, list, |row| AuditEntry { row, sees_pupils }).await
}
