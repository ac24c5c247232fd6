//! Transferring a founder's powers to another partner (P-15).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    access::Access,
    list::cell,
    projects::succession::{self, SuccessionRow},
};
use entity::{PartnerId, ProjectId, SuccessionId, SuccessionState};
use policy::{Allowance, ProjectAct, Subject, SuccessionAct, SuccessionFacts};

use crate::graphql::{
    accounts::person::Person, connection, context::ContextExt, guard::Decides, loader::Rows,
    payload::payload, projects::project::Project,
};

/// A proposal to transfer the powers of a founder who has left to another partner. Visible to those
/// who may read the project's audit log.
pub struct Succession {
    row: Arc<SuccessionRow>,
    /// The viewer's access to the project.
    access: Arc<Access>,
}

impl Succession {
    /// A proposal in a list of what the viewer can see.
    pub fn new(row: SuccessionRow, access: Arc<Access>) -> Self {
        Self { row: Arc::new(row), access }
    }

    /// The proposal with this ID, if the viewer can see it.
    pub async fn load(ctx: &Context<'_>, id: SuccessionId) -> Result<Self> {
        let missing = || Error::NotFound("succession");
        let columns = connection::columns::<SuccessionRow>(ctx);
        let row = ctx.load::<Rows<SuccessionRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let access = ctx
            .project(cell(&row.project_id)?)
            .await
            .map_err(|error| error.within("succession"))?;
        match SuccessionFacts::seen_by(&access) {
            true => Ok(Self { row, access }),
            false => Err(missing()),
        }
    }
}

/// What the viewer may do with a proposal, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct SuccessionPermissions {
    /// Approve it.
    approve: Allowance,
    /// Reject it.
    reject: Allowance,
}

/// A proposal to transfer the powers of a founder who has left to another partner. Visible to those
/// who may read the project's audit log.
#[Object]
impl Succession {
    /// The ID.
    pub async fn id(&self) -> Result<SuccessionId> {
        cell(&self.row.id)
    }

    /// The project.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        Project::of(ctx, &self.access).await.map(Some)
    }

    /// The founder who has left.
    async fn departed(&self) -> Result<Person> {
        let name = self.row.departed_name.clone().flatten();
        Ok(Person::new(cell(&self.row.departed_id)?, name))
    }

    /// The partner who would receive the powers.
    async fn successor(&self) -> Result<Person> {
        let name = self.row.successor_name.clone().flatten();
        Ok(Person::new(cell(&self.row.successor_id)?, name))
    }

    /// The other founder, who made the proposal.
    async fn proposed_by(&self) -> Result<Person> {
        let name = self.row.proposed_by_name.clone().flatten();
        Ok(Person::new(cell(&self.row.proposed_by)?, name))
    }

    /// The country of the departed founder's school, whose support service decides, as an ISO
    /// 3166-1 alpha-2 code.
    async fn country(&self) -> Result<String> {
        cell(&self.row.country)
    }

    /// The current state.
    async fn state(&self) -> Result<SuccessionState> {
        cell(&self.row.state)
    }

    /// The reason for the rejection.
    async fn reason(&self) -> Result<Option<String>> {
        cell(&self.row.reason)
    }

    /// The person who decided.
    async fn decided_by(&self) -> Result<Option<Person>> {
        let id = cell(&self.row.decided_by)?;
        Ok(id.map(|id| Person::new(id, self.row.decided_by_name.clone().flatten())))
    }

    /// When the proposal was made.
    async fn proposed_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.proposed_at)
    }

    /// When it was decided; null while it is pending.
    async fn decided_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.row.decided_at)
    }

    /// What the viewer may do with it, with a reason for anything that is not allowed.
    #[graphql(complexity = 5)]
    async fn permissions(&self) -> Result<SuccessionPermissions> {
        let facts = self.row.facts()?;
        let ask = |act| facts.decide(act, &self.access).into();
        Ok(SuccessionPermissions {
            approve: ask(SuccessionAct::Approve),
            reject: ask(SuccessionAct::Reject),
        })
    }
}

/// Input for `proposeSuccession`.
#[derive(InputObject)]
pub struct ProposeSuccessionInput {
    /// The project.
    project_id: ProjectId,
    /// The other founder, who has left the TwinSpace.
    departed_partner_id: PartnerId,
    /// The partner who would receive the powers.
    successor_partner_id: PartnerId,
}

/// Input for `approveSuccession`.
#[derive(InputObject)]
pub struct ApproveSuccessionInput {
    /// The proposal.
    succession_id: SuccessionId,
}

/// Input for `rejectSuccession`.
#[derive(InputObject)]
pub struct RejectSuccessionInput {
    /// The proposal.
    succession_id: SuccessionId,
    /// The reason, at most 2000 characters.
    reason: String,
}

payload! {
    /// Result of `proposeSuccession`.
    ProposeSuccessionPayload
    /// Result of `approveSuccession`.
    ApproveSuccessionPayload
    /// Result of `rejectSuccession`.
    RejectSuccessionPayload
    (SuccessionId) {
        /// The updated proposal.
        succession: Succession, viewer
    }
}

/// The mutations of successions.
#[derive(Default)]
pub struct SuccessionMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl SuccessionMutation {
    /// Proposes transferring the powers of the other founder, who has left the TwinSpace, to
    /// another partner. Requires a founder. A support service of the departed founder's country
    /// decides (P-15).
    #[graphql(guard = "Decides(ProjectAct::ProposeSuccession)")]
    async fn propose_succession(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The founder who has left, and the successor.")]
        input: ProposeSuccessionInput,
    ) -> Result<Option<ProposeSuccessionPayload>> {
        let ProposeSuccessionInput { project_id, departed_partner_id, successor_partner_id } =
            input;
        let (departed, successor) = (departed_partner_id, successor_partner_id);
        let id = succession::propose(ctx.actor(), project_id, departed, successor).await?;
        Ok(ctx.changed(ProposeSuccessionPayload(id)))
    }

    /// Approves a proposal. The successor becomes a founder, `MANAGER` and `TEACHER_ADMIN`; the
    /// founder who left remains a partner with the role `MEMBER` (P-15).
    #[graphql(guard = "Decides(SuccessionAct::Approve)")]
    async fn approve_succession(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal to approve.")] input: ApproveSuccessionInput,
    ) -> Result<Option<ApproveSuccessionPayload>> {
        let ApproveSuccessionInput { succession_id } = input;
        succession::approve(ctx.actor(), succession_id).await?;
        Ok(ctx.changed(ApproveSuccessionPayload(succession_id)))
    }

    /// Rejects a proposal, with a reason. The founder who left keeps their powers (P-15).
    #[graphql(guard = "Decides(SuccessionAct::Reject)")]
    async fn reject_succession(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal to reject, and the reason.")] input: RejectSuccessionInput,
    ) -> Result<Option<RejectSuccessionPayload>> {
        let RejectSuccessionInput { succession_id, reason } = input;
        succession::reject(ctx.actor(), succession_id, &reason).await?;
        Ok(ctx.changed(RejectSuccessionPayload(succession_id)))
    }
}
