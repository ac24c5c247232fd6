//! Requests to bring a pupil into a TwinSpace, answered by the custodian (M-11), or by the support
//! service if the custodian no longer has an account (M-16).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    list::cell,
    members::pupil_request::{self, PupilRequestRow},
};
use entity::{ConsentGiver, PupilRequestId, PupilRequestState, TwinSpaceId, TwinSpaceRole};
use policy::{Allowance, PupilRequestAct, Subject};

use crate::graphql::{
    accounts::person::Person,
    connection,
    context::ContextExt,
    guard::Decides,
    inside::twin_space::TwinSpace,
    loader::Rows,
    members::pupil::own::{Pupil, title},
    payload::payload,
};

/// A request to bring a pupil into a TwinSpace. Visible to the custodian and to the teacher who
/// made it; and, if the custodian no longer has an account, to the support service that decides.
pub struct PupilRequest(Arc<PupilRequestRow>);

impl PupilRequest {
    /// A request in a list of what the viewer can see.
    pub fn new(row: PupilRequestRow) -> Self {
        Self(Arc::new(row))
    }

    /// The request with this ID, if the viewer can see it.
    pub async fn load(ctx: &Context<'_>, id: PupilRequestId) -> Result<Self> {
        let missing = || Error::NotFound("pupil request");
        let columns = connection::columns::<PupilRequestRow>(ctx);
        let row = ctx.load::<Rows<PupilRequestRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        // Who sees it does not depend on the project.
        match row.facts(true, ctx.now())?.seen_by(&ctx.viewer().person()) {
            true => Ok(Self(row)),
            false => Err(missing()),
        }
    }
}

/// What the viewer may do with a request, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct PupilRequestPermissions {
    /// Accept it.
    accept: Allowance,
    /// Decline it.
    decline: Allowance,
    /// Withdraw it.
    withdraw: Allowance,
    /// Decide on it on behalf of the support service.
    decide: Allowance,
}

/// A request to bring a pupil into a TwinSpace. Visible to the custodian and to the teacher who
/// made it; and, if the custodian no longer has an account, to the support service that decides.
#[Object]
impl PupilRequest {
    /// The ID.
    pub async fn id(&self) -> Result<PupilRequestId> {
        cell(&self.0.id)
    }

    /// The TwinSpace.
    async fn twin_space_id(&self) -> Result<Option<TwinSpaceId>> {
        Ok(Some(cell(&self.0.project_id)?.into()))
    }

    /// The title of its project.
    async fn project_title(&self, ctx: &Context<'_>) -> Result<String> {
        title(ctx, cell(&self.0.project_id)?.into()).await
    }

    /// The TwinSpace itself; null if the viewer is not a member.
    async fn twin_space(&self, ctx: &Context<'_>) -> Result<Option<TwinSpace>> {
        TwinSpace::mentioned(ctx, cell(&self.0.project_id)?).await
    }

    /// The username given in the request.
    async fn username(&self) -> Result<Option<String>> {
        cell(&self.0.username)
    }

    /// The pupil; null for everyone but the custodian. The teacher who made the request is told
    /// nothing about the child (M-11).
    async fn pupil(&self, ctx: &Context<'_>) -> Result<Option<Pupil>> {
        match Pupil::load(ctx, cell(&self.0.pupil_id)?).await {
            Err(Error::NotFound(_)) => Ok(None),
            found => found.map(Some),
        }
    }

    /// The role that the pupil would have.
    async fn role(&self) -> Result<TwinSpaceRole> {
        cell(&self.0.role)
    }

    /// The teacher who made the request.
    async fn asked_by(&self) -> Result<Person> {
        let name = self.0.asked_by_name.clone().flatten();
        Ok(Person::new(cell(&self.0.asked_by)?, name))
    }

    /// The current state.
    async fn state(&self, ctx: &Context<'_>) -> Result<PupilRequestState> {
        self.0.state_at(ctx.now())
    }

    /// When the request was made.
    async fn asked_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.asked_at)
    }

    /// When the request expires: 14 days after it was made.
    async fn expires_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.expires_at)
    }

    /// When it was answered or otherwise ended; null while it is pending.
    async fn ended_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.0.ended_at)
    }

    /// What the viewer may do with it, with a reason for anything that is not allowed.
    async fn permissions(&self, ctx: &Context<'_>) -> Result<PupilRequestPermissions> {
        let access = ctx.access(cell(&self.0.project_id)?).await?;
        let active = access.is_some_and(|access| access.is_active().is_ok());
        let (facts, person) = (self.0.facts(active, ctx.now())?, ctx.viewer().person());
        let ask = |act| facts.decide(act, &person).into();
        Ok(PupilRequestPermissions {
            accept: ask(PupilRequestAct::Accept),
            decline: ask(PupilRequestAct::Decline),
            withdraw: ask(PupilRequestAct::Withdraw),
            // Granted or not.
            decide: ask(PupilRequestAct::Refuse),
        })
    }
}

/// Input for `acceptPupilRequest`.
#[derive(InputObject)]
pub struct AcceptPupilRequestInput {
    /// The request.
    pupil_request_id: PupilRequestId,
    /// Who consented to the pupil taking part. The custodian is responsible for having obtained the
    /// consent (M-14).
    consent_given_by: ConsentGiver,
}

/// Input for `declinePupilRequest`.
#[derive(InputObject)]
pub struct DeclinePupilRequestInput {
    /// The request.
    pupil_request_id: PupilRequestId,
}

/// Input for `withdrawPupilRequest`.
#[derive(InputObject)]
pub struct WithdrawPupilRequestInput {
    /// The request.
    pupil_request_id: PupilRequestId,
}

/// Input for `decidePupilRequest`.
#[derive(InputObject)]
pub struct DecidePupilRequestInput {
    /// The request.
    pupil_request_id: PupilRequestId,
    /// Whether the teacher who made the request becomes the pupil's custodian and the pupil joins
    /// the TwinSpace; if false, nothing changes.
    granted: bool,
}

payload! {
    /// Result of `acceptPupilRequest`.
    AcceptPupilRequestPayload
    /// Result of `declinePupilRequest`.
    DeclinePupilRequestPayload
    /// Result of `withdrawPupilRequest`.
    WithdrawPupilRequestPayload
    /// Result of `decidePupilRequest`.
    DecidePupilRequestPayload
    (PupilRequestId) {
        /// The updated request.
        pupil_request: PupilRequest, viewer
    }
}

/// The mutations of requests for pupils.
#[derive(Default)]
pub struct PupilRequestMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl PupilRequestMutation {
    /// Accepts a teacher's request to bring one of the viewer's pupils into a TwinSpace, and
    /// records the consent (M-11, M-14).
    #[graphql(guard = "Decides(PupilRequestAct::Accept)")]
    async fn accept_pupil_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request, and who consented.")] input: AcceptPupilRequestInput,
    ) -> Result<Option<AcceptPupilRequestPayload>> {
        let AcceptPupilRequestInput { pupil_request_id: id, consent_given_by } = input;
        pupil_request::accept(ctx.actor(), id, consent_given_by).await?;
        Ok(ctx.changed(AcceptPupilRequestPayload(id)))
    }

    /// Declines a teacher's request to bring one of the viewer's pupils into a TwinSpace. The same
    /// request cannot be made again for seven days (M-11).
    #[graphql(guard = "Decides(PupilRequestAct::Decline)")]
    async fn decline_pupil_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] input: DeclinePupilRequestInput,
    ) -> Result<Option<DeclinePupilRequestPayload>> {
        let DeclinePupilRequestInput { pupil_request_id: id } = input;
        pupil_request::decline(ctx.actor(), id).await?;
        Ok(ctx.changed(DeclinePupilRequestPayload(id)))
    }

    /// Withdraws a request that the viewer made. The same request cannot be made again for seven
    /// days (M-11).
    #[graphql(guard = "Decides(PupilRequestAct::Withdraw)")]
    async fn withdraw_pupil_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] input: WithdrawPupilRequestInput,
    ) -> Result<Option<WithdrawPupilRequestPayload>> {
        let WithdrawPupilRequestInput { pupil_request_id: id } = input;
        pupil_request::withdraw(ctx.actor(), id).await?;
        Ok(ctx.changed(WithdrawPupilRequestPayload(id)))
    }

    /// Decides on a request for a pupil whose custodian no longer has an account. If granted, the
    /// teacher who made the request becomes the custodian, and the pupil joins the TwinSpace with
    /// the consent given in `invitePupils`. Requires an officer of the country of the pupil's
    /// school, or an administrator if the country has no support service (M-16).
    #[graphql(guard = "Decides(match input.granted {
        true => PupilRequestAct::Grant,
        false => PupilRequestAct::Refuse,
    })")]
    async fn decide_pupil_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request and the decision.")] input: DecidePupilRequestInput,
    ) -> Result<Option<DecidePupilRequestPayload>> {
        let DecidePupilRequestInput { pupil_request_id: id, granted } = input;
        pupil_request::decide(ctx.actor(), id, granted).await?;
        Ok(ctx.changed(DecidePupilRequestPayload(id)))
    }
}
