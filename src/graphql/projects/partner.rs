//! The partners of a project (P-10 to P-13).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    list::cell,
    members::invitation,
    projects::{
        partner::{self, PartnerRow},
        project::Past,
    },
};
use entity::{AccountId, PartnerId, ProjectId, ProjectRole, TwinSpaceRole};
use policy::{Allowance, PartnerAct, PartnerFacts, ProjectAct, ProjectPermission, Subject, Tie};

use crate::graphql::{
    accounts::person::Person,
    connection,
    context::ContextExt,
    eager::Eager,
    guard::Decides,
    loader::Rows,
    members::{invitation::Invitation, member::Member},
    payload::{gone, payload},
    projects::project::Project,
};

/// A teacher's partnership in a project.
pub struct Partner(Arc<PartnerRow>);

impl Partner {
    /// A partner loaded in a list.
    pub fn new(row: PartnerRow) -> Self {
        Self(Arc::new(row))
    }

    /// The partner with this ID, for those who can see the whole project.
    pub async fn load(ctx: &Context<'_>, id: PartnerId) -> Result<Self> {
        let missing = || Error::NotFound("partner");
        let columns = connection::columns::<PartnerRow>(ctx).and::<PartnerRow>(&["project"]);
        let row = ctx.load::<Rows<PartnerRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let access =
            ctx.project(cell(&row.project_id)?).await.map_err(|error| error.within("partner"))?;
        let sees = access.project_grants(ProjectPermission::SeeProject, Tie::default());
        sees.map_err(|_| missing())?;
        Ok(Self(row))
    }
}

/// A teacher's partnership in a project.
#[Object]
impl Partner {
    /// The ID of the partnership.
    pub async fn id(&self) -> Result<PartnerId> {
        cell(&self.0.id)
    }

    /// The project.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Eager<Project>>> {
        Project::load(ctx, cell(&self.0.project_id)?).await.map(Eager).map(Some)
    }

    /// The teacher.
    async fn person(&self) -> Result<Eager<Person>> {
        Ok(Eager(Person::new(cell(&self.0.account_id)?, self.0.account_name.clone())))
    }

    /// Their membership in the TwinSpace; null if they have left it, or if the viewer is not a member.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::of(ctx, cell(&self.0.project_id)?, cell(&self.0.account_id)?).await
    }

    /// The role in the project. It is independent of the role in the TwinSpace.
    async fn role(&self) -> Result<ProjectRole> {
        cell(&self.0.role)
    }

    /// Whether they are a founder.
    async fn is_founder(&self) -> Result<bool> {
        cell(&self.0.founder)
    }

    /// When they became a partner.
    async fn since(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.since)
    }

    /// What the viewer may do with this partner, with a reason for anything that is not allowed.
    #[graphql(complexity = 5)]
    async fn permissions(&self, ctx: &Context<'_>) -> Result<PartnerPermissions> {
        let access = ctx.project(cell(&self.0.project_id)?).await?;
        let last_admin = cell(&self.0.last_admin)?.unwrap_or(false);
        let facts = PartnerFacts { founder: cell(&self.0.founder)?, last_admin };
        let ask = |act| facts.decide(act, &access).into();
        Ok(PartnerPermissions {
            change_role: ask(PartnerAct::ChangeRole),
            remove: ask(PartnerAct::Remove),
        })
    }
}

/// What the viewer may do with a partner, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct PartnerPermissions {
    /// Change their role in the project.
    change_role: Allowance,
    /// Remove them from the project and its TwinSpace.
    remove: Allowance,
}

/// Input for `addPartner`.
#[derive(InputObject)]
pub struct AddPartnerInput {
    /// The project.
    project_id: ProjectId,
    /// The teacher, from the viewer's contacts.
    person_id: AccountId,
    /// The role in the TwinSpace: `TEACHER_ADMIN` or `TEACHER`.
    #[graphql(default_with = "TwinSpaceRole::TeacherAdmin")]
    role: TwinSpaceRole,
}

payload! {
    /// Result of `addPartner`.
    AddPartnerPayload(entity::InvitationId) {
        /// The invitation sent to the teacher.
        invitation: Invitation
    }
}

/// Input for `changePartnerRole`.
#[derive(InputObject)]
pub struct ChangePartnerRoleInput {
    /// The partner.
    partner_id: PartnerId,
    /// The new role in the project.
    role: ProjectRole,
}

payload! {
    /// Result of `changePartnerRole`.
    ChangePartnerRolePayload(PartnerId) {
        /// The updated partner.
        partner: Partner
    }
}

/// Input for `removePartner`.
#[derive(InputObject)]
pub struct RemovePartnerInput {
    /// The partner.
    partner_id: PartnerId,
}

gone! {
    /// Result of `removePartner`.
    RemovePartnerPayload {
        /// The ID of the former partnership.
        partner_id: PartnerId,
        /// The project; null if the viewer can no longer see it.
        project: Project
    }
}

/// The mutations of partners.
#[derive(Default)]
pub struct PartnerMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl PartnerMutation {
    /// Invites one of the viewer's contacts to become a partner of an active project (P-11).
    #[graphql(guard = "Decides(ProjectAct::AddPartner(input.role))")]
    async fn add_partner(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The teacher to invite.")] input: AddPartnerInput,
    ) -> Result<Option<AddPartnerPayload>> {
        let AddPartnerInput { project_id, person_id, role } = input;
        let actor = ctx.actor();
        actor.preview::<Past>(ProjectAct::AddPartner(role), &project_id).await?;
        let (asker, person) = (actor.account()?, person_id.to_string());
        let invited = invitation::invite_partner(actor, project_id, person_id, role);
        let id = ctx.app().limits.inviting(asker, &person, Some(project_id), invited).await?;
        Ok(ctx.changed(AddPartnerPayload(id)))
    }

    /// Changes a partner's role in the project (P-12). Their role in the TwinSpace does not change.
    #[graphql(guard = "Decides(PartnerAct::ChangeRole)")]
    async fn change_partner_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The partner and their new role.")] input: ChangePartnerRoleInput,
    ) -> Result<Option<ChangePartnerRolePayload>> {
        let ChangePartnerRoleInput { partner_id, role } = input;
        partner::change_role(ctx.actor(), partner_id, role).await?;
        Ok(ctx.changed(ChangePartnerRolePayload(partner_id)))
    }

    /// Removes a partner from the project and its TwinSpace (P-13). Founders cannot be removed.
    #[graphql(guard = "Decides(PartnerAct::Remove)")]
    async fn remove_partner(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The partner to remove.")] input: RemovePartnerInput,
    ) -> Result<Option<RemovePartnerPayload>> {
        let RemovePartnerInput { partner_id } = input;
        let project = partner::remove(ctx.actor(), partner_id).await?;
        Ok(ctx.changed(RemovePartnerPayload { partner_id, project }))
    }
}
