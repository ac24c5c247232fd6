//! A founder's powers handed to another partner (P-15).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{PartnerId, ProjectId, SuccessionId, SuccessionState};

use super::{
    connection,
    context::ContextExt,
    guard::{FounderOf, OnSuccession},
    loader::Rows,
    payload::payload,
    person::Person,
    project::Project,
};
use crate::{
    Error, Reason, Result,
    domain::{
        access::Access,
        list::{Columns, cell},
        succession::{self, Facts, SuccessionRow},
    },
    policy::{Allowance, ProjectPermission, Tie},
};

/// A proposal to hand the powers of a founder who has left to another partner. Those who read the
/// project's audit log see it.
pub struct Succession {
    row: Arc<SuccessionRow>,
    /// How the viewer stands to the project.
    access: Arc<Access>,
}

impl Succession {
    /// A proposal that was read in a list of what the viewer sees.
    pub fn new(row: SuccessionRow, access: Arc<Access>) -> Self {
        Self { row: Arc::new(row), access }
    }

    /// The proposal with this id, if the viewer sees it.
    pub async fn load(ctx: &Context<'_>, id: SuccessionId) -> Result<Self> {
        Self::one(ctx, id, connection::columns::<SuccessionRow>(ctx)).await
    }

    /// The proposal with this id, if the viewer sees it, as far as a decision needs it.
    pub async fn subject(ctx: &Context<'_>, id: SuccessionId) -> Result<Self> {
        Self::one(ctx, id, Columns::default()).await
    }

    async fn one(ctx: &Context<'_>, id: SuccessionId, columns: Columns) -> Result<Self> {
        let missing = || Error::NotFound("succession");
        let columns = columns.and::<SuccessionRow>(&[]);
        let row = ctx.load::<Rows<SuccessionRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let access = ctx
            .project(cell(&row.project_id)?)
            .await
            .map_err(|error| error.within("succession"))?;
        let permission = ProjectPermission::ReadProjectAuditLog;
        access.project_grants(permission, Tie::default()).map_err(|_| missing())?;
        Ok(Self { row, access })
    }

    /// Whether the viewer may decide on it.
    pub fn may_decide(&self) -> Result<Result<(), Reason>> {
        Ok(self.access.may_decide(self.row.services()?))
    }
}

/// What the viewer may do with a proposal, and if not, why.
#[derive(SimpleObject)]
pub struct SuccessionPermissions {
    /// Approve it.
    approve: Allowance,
    /// Reject it.
    reject: Allowance,
}

/// A proposal to hand the powers of a founder who has left to another partner. Those who read the
/// project's audit log see it.
#[Object]
impl Succession {
    /// Its id.
    pub async fn id(&self) -> Result<SuccessionId> {
        cell(&self.row.id)
    }

    /// The project.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        Project::load(ctx, self.access.project_id).await.map(Some)
    }

    /// The founder who has left.
    async fn departed(&self) -> Result<Person> {
        let name = self.row.departed_name.clone().flatten();
        Ok(Person::new(cell(&self.row.departed_id)?, name))
    }

    /// The partner who gets the powers.
    async fn successor(&self) -> Result<Person> {
        let name = self.row.successor_name.clone().flatten();
        Ok(Person::new(cell(&self.row.successor_id)?, name))
    }

    /// The other founder, who proposes it.
    async fn proposed_by(&self) -> Result<Person> {
        let name = self.row.proposed_by_name.clone().flatten();
        Ok(Person::new(cell(&self.row.proposed_by)?, name))
    }

    /// The country of the departed founder's school, whose service decides: ISO 3166-1 alpha-2.
    async fn country(&self) -> Result<String> {
        cell(&self.row.country)
    }

    /// What became of it.
    async fn state(&self) -> Result<SuccessionState> {
        cell(&self.row.state)
    }

    /// Why it was rejected.
    async fn reason(&self) -> Result<Option<String>> {
        cell(&self.row.reason)
    }

    /// Who decided.
    async fn decided_by(&self) -> Result<Option<Person>> {
        let id = cell(&self.row.decided_by)?;
        Ok(id.map(|id| Person::new(id, self.row.decided_by_name.clone().flatten())))
    }

    /// When it was proposed.
    async fn proposed_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.proposed_at)
    }

    /// When it was decided; null while it waits.
    async fn decided_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.row.decided_at)
    }

    /// What the viewer may do with it, and if not, why.
    #[graphql(complexity = 5)]
    async fn permissions(&self) -> Result<SuccessionPermissions> {
        let facts = Facts {
            state: self.access.state,
            founders: cell(&self.row.founders)?,
            left: !cell(&self.row.back)?,
            partner: cell(&self.row.partner)?,
        };
        let reject = self.may_decide()?.and(succession::undecided(cell(&self.row.state)?));
        let approve = reject.and(facts.approvable());
        Ok(SuccessionPermissions { approve: approve.into(), reject: reject.into() })
    }
}

/// Whose powers go to whom.
#[derive(InputObject)]
pub struct ProposeSuccessionInput {
    /// The project.
    project_id: ProjectId,
    /// The other founder, who has left the TwinSpace.
    departed_partner_id: PartnerId,
    /// The partner who gets the powers.
    successor_partner_id: PartnerId,
}

/// Which succession is approved.
#[derive(InputObject)]
pub struct ApproveSuccessionInput {
    /// The proposal.
    succession_id: SuccessionId,
}

/// Which succession is rejected, and why.
#[derive(InputObject)]
pub struct RejectSuccessionInput {
    /// The proposal.
    succession_id: SuccessionId,
    /// Why, at most 2000 characters.
    reason: String,
}

macro_rules! succession_payloads {
    ($($(#[doc = $doc:literal])+ $name:ident)+) => {$(
        payload! {
            $(#[doc = $doc])+
            $name(SuccessionId) {
                /// The proposal, as it is now.
                succession: Succession
            }
        }
    )+};
}

succession_payloads! {
    /// What came of proposing a succession.
    ProposeSuccessionPayload
    /// What came of approving a succession.
    ApproveSuccessionPayload
    /// What came of rejecting a succession.
    RejectSuccessionPayload
}

/// What can be done about successions.
#[derive(Default)]
pub struct SuccessionMutation;

#[Object(guard = "super::guard::Unguarded")]
impl SuccessionMutation {
    /// Proposes, as a founder, that the powers of the other founder, who has left the TwinSpace,
    /// go to another partner. A service of the departed founder's country decides (P-15).
    #[graphql(guard = "FounderOf(input.project_id)")]
    async fn propose_succession(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose powers go to whom.")] input: ProposeSuccessionInput,
    ) -> Result<ProposeSuccessionPayload> {
        let ProposeSuccessionInput { project_id, departed_partner_id, successor_partner_id } =
            input;
        let access = ctx.project(project_id).await?;
        let (departed, successor) = (departed_partner_id, successor_partner_id);
        let id = succession::propose(ctx.db(), &access, departed, successor, ctx.now()).await?;
        Ok(ctx.changed(ProposeSuccessionPayload(id)))
    }

    /// Hands the powers over: the successor is a founder from now on, `MANAGER` and
    /// `TEACHER_ADMIN`; who has left stays as a partner with the role `MEMBER` (P-15).
    #[graphql(guard = "OnSuccession(input.succession_id)")]
    async fn approve_succession(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which succession is approved.")] input: ApproveSuccessionInput,
    ) -> Result<ApproveSuccessionPayload> {
        let ApproveSuccessionInput { succession_id } = input;
        let access = Succession::subject(ctx, succession_id).await?.access;
        succession::approve(ctx.db(), &access, succession_id, ctx.now()).await?;
        Ok(ctx.changed(ApproveSuccessionPayload(succession_id)))
    }

    /// Leaves the powers where they are, with a reason (P-15).
    #[graphql(guard = "OnSuccession(input.succession_id)")]
    async fn reject_succession(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which succession is rejected, and why.")] input: RejectSuccessionInput,
    ) -> Result<RejectSuccessionPayload> {
        let RejectSuccessionInput { succession_id, reason } = input;
        let access = Succession::subject(ctx, succession_id).await?.access;
        succession::reject(ctx.db(), &access, succession_id, &reason, ctx.now()).await?;
        Ok(ctx.changed(RejectSuccessionPayload(succession_id)))
    }
}
