//! Transfers of custody to another teacher, by offer or takeover (M-16).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    list::cell,
    members::custody_transfer::{self, CustodyTransferRow},
};
use entity::{CustodyTransferId, CustodyTransferKind, CustodyTransferState, MemberId, TwinSpaceId};
use policy::{Allowance, MemberAct, MemberFacts, Subject, TransferAct};

use crate::graphql::{
    accounts::person::Person,
    connection,
    context::ContextExt,
    guard::Decides,
    inside::twin_space::TwinSpace,
    loader::Rows,
    members::{member::Member, pupil::own::title},
    payload::payload,
};

/// A transfer of a pupil's custody to another teacher. Visible to the custodian, to that teacher,
/// and to the support service that decides on it.
pub struct CustodyTransfer(Arc<CustodyTransferRow>);

impl CustodyTransfer {
    /// A transfer in a list of what the viewer can see.
    pub fn new(row: CustodyTransferRow) -> Self {
        Self(Arc::new(row))
    }

    /// The transfer with this ID, if the viewer can see it.
    pub async fn load(ctx: &Context<'_>, id: CustodyTransferId) -> Result<Self> {
        let columns = connection::columns::<CustodyTransferRow>(ctx);
        let missing = || Error::NotFound("custody transfer");
        let row = ctx.load::<Rows<CustodyTransferRow>>((id.0, columns)).await?;
        let one = Self(row.ok_or_else(missing)?);
        match one.0.subject(ctx.now())?.seen_by(&ctx.viewer().person()) {
            true => Ok(one),
            false => Err(missing()),
        }
    }
}

/// What the viewer may do with a custody transfer, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct CustodyTransferPermissions {
    /// Accept it, or agree to a takeover as the custodian.
    accept: Allowance,
    /// Decline it, or object to a takeover as the custodian.
    decline: Allowance,
    /// Withdraw it.
    withdraw: Allowance,
    /// Decide on a takeover on behalf of the support service.
    decide: Allowance,
}

/// A transfer of a pupil's custody to another teacher. Visible to the custodian, to that teacher,
/// and to the support service that decides on it.
#[Object]
impl CustodyTransfer {
    /// The ID.
    pub async fn id(&self) -> Result<CustodyTransferId> {
        cell(&self.0.id)
    }

    /// How the transfer was started.
    async fn kind(&self) -> Result<CustodyTransferKind> {
        cell(&self.0.kind)
    }

    /// The pupil.
    async fn pupil(&self) -> Result<Option<Person>> {
        let name = self.0.pupil_name.clone().flatten().unwrap_or_default();
        Ok(Some(Person::by_name_only(cell(&self.0.pupil_id)?, name)))
    }

    /// The pupil's membership in the TwinSpace; null for viewers who cannot see it.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::of(ctx, cell(&self.0.project_id)?, cell(&self.0.pupil_id)?).await
    }

    /// The TwinSpace in which the transfer was started.
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

    /// The custodian at the time the transfer was started.
    async fn from(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.0.from_id)?, None))
    }

    /// The teacher who would become the custodian.
    async fn to(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.0.to_id)?, None))
    }

    /// The current state.
    async fn state(&self, ctx: &Context<'_>) -> Result<CustodyTransferState> {
        Ok(self.0.subject(ctx.now())?.state)
    }

    /// When the transfer was started.
    async fn began_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.began_at)
    }

    /// When an offer expires (after 14 days) or a takeover takes effect (after seven days); null if
    /// the support service must decide.
    async fn due_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.0.due_at)
    }

    /// When it was answered, decided or otherwise ended; null while it is open.
    async fn ended_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.0.ended_at)
    }

    /// What the viewer may do with it, with a reason for anything that is not allowed.
    async fn permissions(&self, ctx: &Context<'_>) -> Result<CustodyTransferPermissions> {
        let (transfer, person) = (self.0.subject(ctx.now())?, ctx.viewer().person());
        let ask = |act| transfer.decide(act, &person).into();
        Ok(CustodyTransferPermissions {
            accept: ask(TransferAct::Accept),
            decline: ask(TransferAct::Decline),
            withdraw: ask(TransferAct::Withdraw),
            decide: ask(TransferAct::Decide),
        })
    }
}

/// Input for `offerCustody`.
#[derive(InputObject)]
pub struct OfferCustodyInput {
    /// The pupil.
    member_id: MemberId,
    /// The teacher of the same TwinSpace to whom custody is offered.
    to_member_id: MemberId,
}

/// Input for `requestCustody`.
#[derive(InputObject)]
pub struct RequestCustodyInput {
    /// The pupil.
    member_id: MemberId,
}

/// Input for `acceptCustody`.
#[derive(InputObject)]
pub struct AcceptCustodyInput {
    /// The custody transfer.
    custody_transfer_id: CustodyTransferId,
}

/// Input for `declineCustody`.
#[derive(InputObject)]
pub struct DeclineCustodyInput {
    /// The custody transfer.
    custody_transfer_id: CustodyTransferId,
}

/// Input for `withdrawCustody`.
#[derive(InputObject)]
pub struct WithdrawCustodyInput {
    /// The custody transfer.
    custody_transfer_id: CustodyTransferId,
}

/// Input for `decideCustody`.
#[derive(InputObject)]
pub struct DecideCustodyInput {
    /// The takeover.
    custody_transfer_id: CustodyTransferId,
    /// Whether custody goes to the teacher who asked for it; if false, it does not change.
    granted: bool,
}

payload! {
    /// Result of `offerCustody`.
    OfferCustodyPayload
    /// Result of `requestCustody`.
    RequestCustodyPayload
    /// Result of `acceptCustody`.
    AcceptCustodyPayload
    /// Result of `declineCustody`.
    DeclineCustodyPayload
    /// Result of `withdrawCustody`.
    WithdrawCustodyPayload
    /// Result of `decideCustody`.
    DecideCustodyPayload
    (CustodyTransferId) {
        /// The updated custody transfer.
        custody_transfer: CustodyTransfer, viewer
    }
}

/// The mutations of custody transfers.
#[derive(Default)]
pub struct CustodyTransferMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl CustodyTransferMutation {
    /// Offers custody of a pupil to another teacher of the TwinSpace, who has 14 days to accept or
    /// decline. Requires the custodian (M-16).
    #[graphql(guard = "Decides(MemberAct::OfferCustody)")]
    async fn offer_custody(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The pupil, and the teacher to whom custody is offered.")]
        input: OfferCustodyInput,
    ) -> Result<Option<OfferCustodyPayload>> {
        let OfferCustodyInput { member_id, to_member_id } = input;
        let actor = ctx.actor();
        count(ctx, MemberAct::OfferCustody, member_id).await?;
        let (id, by) = custody_transfer::offer(actor, member_id, to_member_id).await?;
        Ok(ctx.changed_by(by, OfferCustodyPayload(id)).await)
    }

    /// Asks to take over custody of a pupil whom the custodian brought into the TwinSpace and where
    /// the custodian no longer teaches. Requires a teacher administrator (M-16). The takeover takes
    /// effect when the custodian agrees, when a support service of the country of the pupil's
    /// school grants it, or after seven days unless the custodian objects; it takes effect
    /// immediately if the custodian no longer has an account.
    #[graphql(guard = "Decides(MemberAct::TakeOverCustody)")]
    async fn request_custody(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The pupil to take over.")] input: RequestCustodyInput,
    ) -> Result<Option<RequestCustodyPayload>> {
        let RequestCustodyInput { member_id } = input;
        let actor = ctx.actor();
        count(ctx, MemberAct::TakeOverCustody, member_id).await?;
        let (id, by) = custody_transfer::request(actor, member_id).await?;
        Ok(ctx.changed_by(by, RequestCustodyPayload(id)).await)
    }

    /// Accepts custody that was offered to the viewer, or, as the custodian, agrees to a takeover
    /// (M-16).
    #[graphql(guard = "Decides(TransferAct::Accept)")]
    async fn accept_custody(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The custody transfer.")] input: AcceptCustodyInput,
    ) -> Result<Option<AcceptCustodyPayload>> {
        let AcceptCustodyInput { custody_transfer_id: id } = input;
        custody_transfer::accept(ctx.actor(), id).await?;
        Ok(ctx.changed(AcceptCustodyPayload(id)))
    }

    /// Declines custody that was offered to the viewer, or, as the custodian, objects to a
    /// takeover; then only the support service can still grant it (M-16).
    #[graphql(guard = "Decides(TransferAct::Decline)")]
    async fn decline_custody(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The custody transfer.")] input: DeclineCustodyInput,
    ) -> Result<Option<DeclineCustodyPayload>> {
        let DeclineCustodyInput { custody_transfer_id: id } = input;
        custody_transfer::decline(ctx.actor(), id).await?;
        Ok(ctx.changed(DeclineCustodyPayload(id)))
    }

    /// Withdraws an offer or request that the viewer made. The same transfer cannot be started
    /// again for seven days (M-16).
    #[graphql(guard = "Decides(TransferAct::Withdraw)")]
    async fn withdraw_custody(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The custody transfer.")] input: WithdrawCustodyInput,
    ) -> Result<Option<WithdrawCustodyPayload>> {
        let WithdrawCustodyInput { custody_transfer_id: id } = input;
        custody_transfer::withdraw(ctx.actor(), id).await?;
        Ok(ctx.changed(WithdrawCustodyPayload(id)))
    }

    /// Decides on a takeover. Requires an officer of the country of the pupil's school, or an
    /// administrator if the country has no support service (M-16).
    #[graphql(guard = "Decides(TransferAct::Decide)")]
    async fn decide_custody(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The takeover and the decision.")] input: DecideCustodyInput,
    ) -> Result<Option<DecideCustodyPayload>> {
        let DecideCustodyInput { custody_transfer_id: id, granted } = input;
        custody_transfer::decide(ctx.actor(), id, granted).await?;
        Ok(ctx.changed(DecideCustodyPayload(id)))
    }
}

/// Counts an offer or a takeover that the policy would allow.
async fn count(ctx: &Context<'_>, act: MemberAct, member: MemberId) -> Result<()> {
    let by = ctx.actor().preview::<MemberFacts>(act, &member).await?.by;
    ctx.app().limits.custody(ctx.signed_in()?.account_id, by.project_id).await
}
