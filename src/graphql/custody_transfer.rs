//! Custodies that are to go to another teacher: offered, or asked for (M-16).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{CustodyTransferId, CustodyTransferKind, CustodyTransferState, MemberId, TwinSpaceId};

use super::{
    connection,
    context::ContextExt,
    guard::{OnCustodyTransfer, OnMember, TakesOver},
    loader::Rows,
    member::Member,
    payload::payload,
    person::Person,
    pupil::own::title,
};
use crate::{
    Error, Reason, Result,
    domain::{
        custody_transfer::{self, CustodyTransferRow},
        list::{Columns, cell},
    },
    policy::{Allowance, Answer, Transfer, TwinSpacePermission},
};

/// A custody that is to go to another teacher. The custodian, that teacher and the support service
/// that decides on it see it.
pub struct CustodyTransfer(Arc<CustodyTransferRow>);

impl CustodyTransfer {
    /// A transfer of a list of what the viewer sees.
    pub fn new(row: CustodyTransferRow) -> Self {
        Self(Arc::new(row))
    }

    /// The transfer with this id, if the viewer sees it.
    pub async fn load(ctx: &Context<'_>, id: CustodyTransferId) -> Result<Self> {
        Self::one(ctx, id, connection::columns::<CustodyTransferRow>(ctx)).await
    }

    /// The same, as far as a decision needs it.
    pub async fn subject(ctx: &Context<'_>, id: CustodyTransferId) -> Result<Self> {
        Self::one(ctx, id, Columns::default()).await
    }

    async fn one(ctx: &Context<'_>, id: CustodyTransferId, columns: Columns) -> Result<Self> {
        let missing = || Error::NotFound("custody transfer");
        let columns = columns.and::<CustodyTransferRow>(&[]);
        let row = ctx.load::<Rows<CustodyTransferRow>>((id.0, columns)).await?;
        let one = Self(row.ok_or_else(missing)?);
        match ctx.viewer().person().sees_transfer(&one.transfer()?) {
            true => Ok(one),
            false => Err(missing()),
        }
    }

    fn transfer(&self) -> Result<Transfer> {
        Ok(Transfer {
            kind: cell(&self.0.kind)?,
            from: cell(&self.0.from_id)?,
            to: cell(&self.0.to_id)?,
            services: self.0.services()?,
        })
    }

    /// Whether the viewer may do this with it.
    pub fn may(&self, ctx: &Context<'_>, answer: Answer) -> Result<Result<(), Reason>> {
        Ok(ctx.viewer().person().may_answer_transfer(answer, &self.transfer()?))
    }
}

/// What the viewer may do with a transfer, and if not, why.
#[derive(SimpleObject)]
pub struct CustodyTransferPermissions {
    /// Accept it, or as the custodian agree to a takeover.
    accept: Allowance,
    /// Decline it, or as the custodian object to a takeover.
    decline: Allowance,
    /// Take it back.
    withdraw: Allowance,
    /// Decide on a takeover, for the support service.
    decide: Allowance,
}

/// A custody that is to go to another teacher. The custodian, that teacher and the support service
/// that decides on it see it.
#[Object]
impl CustodyTransfer {
    /// Its id.
    pub async fn id(&self) -> Result<CustodyTransferId> {
        cell(&self.0.id)
    }

    /// How it began.
    async fn kind(&self) -> Result<CustodyTransferKind> {
        cell(&self.0.kind)
    }

    /// The pupil, by name.
    async fn pupil(&self) -> Result<Person> {
        let name = self.0.pupil_name.clone().flatten().unwrap_or_default();
        Ok(Person::by_name_only(cell(&self.0.pupil_id)?, name))
    }

    /// The pupil's card in the TwinSpace; null for those who do not see it.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::of(ctx, cell(&self.0.project_id)?, cell(&self.0.pupil_id)?).await
    }

    /// The TwinSpace in which it began.
    async fn twin_space_id(&self) -> Result<TwinSpaceId> {
        Ok(cell(&self.0.project_id)?.into())
    }

    /// The title of that TwinSpace.
    async fn title(&self, ctx: &Context<'_>) -> Result<String> {
        title(ctx, cell(&self.0.project_id)?.into()).await
    }

    /// The custodian when it began.
    async fn from(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.0.from_id)?, None))
    }

    /// The teacher who is to answer for the pupil.
    async fn to(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.0.to_id)?, None))
    }

    /// What became of it.
    async fn state(&self, ctx: &Context<'_>) -> Result<CustodyTransferState> {
        self.0.state_at(ctx.now())
    }

    /// When it began.
    async fn began_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.began_at)
    }

    /// When an offer expires, after 14 days, or a takeover takes effect, after seven; null where the
    /// support service must decide.
    async fn due_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.0.due_at)
    }

    /// When it was answered, decided or ended; null while it is open.
    async fn ended_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.0.ended_at)
    }

    /// What the viewer may do with it, and if not, why.
    async fn permissions(&self, ctx: &Context<'_>) -> Result<CustodyTransferPermissions> {
        let state = self.0.state_at(ctx.now())?;
        let open = custody_transfer::is_open(state);
        let accept = self.may(ctx, Answer::Answer)?.and(open);
        let again = match state {
            CustodyTransferState::Objected => Err(Reason::AlreadyDone),
            _ => Ok(()),
        };
        Ok(CustodyTransferPermissions {
            accept: accept.into(),
            decline: accept.and(again).into(),
            withdraw: self.may(ctx, Answer::Withdraw)?.and(open).into(),
            decide: self.may(ctx, Answer::Decide)?.and(open).into(),
        })
    }
}

/// Whose custody is offered to whom.
#[derive(InputObject)]
pub struct OfferCustodyInput {
    /// The pupil.
    member_id: MemberId,
    /// The teacher of the same TwinSpace who is to answer for the pupil.
    to_member_id: MemberId,
}

/// Whose custody is asked for.
#[derive(InputObject)]
pub struct RequestCustodyInput {
    /// The pupil.
    member_id: MemberId,
}

/// Which transfer is accepted.
#[derive(InputObject)]
pub struct AcceptCustodyInput {
    /// The transfer.
    custody_transfer_id: CustodyTransferId,
}

/// Which transfer is declined.
#[derive(InputObject)]
pub struct DeclineCustodyInput {
    /// The transfer.
    custody_transfer_id: CustodyTransferId,
}

/// Which transfer is taken back.
#[derive(InputObject)]
pub struct WithdrawCustodyInput {
    /// The transfer.
    custody_transfer_id: CustodyTransferId,
}

/// What is decided on which takeover.
#[derive(InputObject)]
pub struct DecideCustodyInput {
    /// The takeover.
    custody_transfer_id: CustodyTransferId,
    /// Whether the custody goes to the teacher who asks; otherwise it stays where it is.
    granted: bool,
}

macro_rules! custody_payloads {
    ($($(#[doc = $doc:literal])+ $name:ident)+) => {$(
        payload! {
            $(#[doc = $doc])+
            $name(CustodyTransferId) {
                /// The transfer, as it is now.
                custody_transfer: CustodyTransfer
            }
        }
    )+};
}

custody_payloads! {
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
}

/// What can be done with custodies that are to go to another teacher.
#[derive(Default)]
pub struct CustodyTransferMutation;

#[Object(guard = "super::guard::Unguarded")]
impl CustodyTransferMutation {
    /// Offers the custody of a pupil, as the custodian, to another teacher of the TwinSpace, who
    /// accepts or declines within 14 days (M-16).
    #[graphql(guard = "OnMember(TwinSpacePermission::TransferCustody, input.member_id)")]
    async fn offer_custody(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose custody, to whom.")] input: OfferCustodyInput,
    ) -> Result<OfferCustodyPayload> {
        let OfferCustodyInput { member_id, to_member_id } = input;
        let access = Member::subject(ctx, member_id).await?.access;
        ctx.app().limits.custody(ctx.signed_in()?.account_id, access.project_id).await?;
        let offer = custody_transfer::offer(ctx.db(), &access, member_id, to_member_id, ctx.now());
        let id = offer.await?;
        Ok(ctx.changed(OfferCustodyPayload(id)))
    }

    /// Asks, as a teacher administrator, to take over the custody of a pupil whom the custodian
    /// brought into the TwinSpace, where the custodian teaches no more (M-16). It takes effect when
    /// the custodian agrees, when a support service of the country of the pupil's school grants it, or
    /// after seven days unless the custodian objects; at once where the custodian has no account any
    /// more.
    #[graphql(guard = "TakesOver(input.member_id)")]
    async fn request_custody(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose custody.")] input: RequestCustodyInput,
    ) -> Result<RequestCustodyPayload> {
        let RequestCustodyInput { member_id } = input;
        let access = Member::subject(ctx, member_id).await?.access;
        ctx.app().limits.custody(ctx.signed_in()?.account_id, access.project_id).await?;
        let id = custody_transfer::request(ctx.db(), &access, member_id, ctx.now()).await?;
        Ok(ctx.changed(RequestCustodyPayload(id)))
    }

    /// Accepts a custody that was offered to the viewer, or agrees, as the custodian, to a takeover
    /// (M-16).
    #[graphql(guard = "OnCustodyTransfer(Answer::Answer, input.custody_transfer_id)")]
    async fn accept_custody(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which transfer.")] input: AcceptCustodyInput,
    ) -> Result<AcceptCustodyPayload> {
        let AcceptCustodyInput { custody_transfer_id: id } = input;
        let viewer = ctx.signed_in()?.account_id;
        custody_transfer::accept(ctx.db(), viewer, id, ctx.now()).await?;
        Ok(ctx.changed(AcceptCustodyPayload(id)))
    }

    /// Declines a custody that was offered to the viewer, or objects, as the custodian, to a takeover:
    /// then only the support service can still grant it (M-16).
    #[graphql(guard = "OnCustodyTransfer(Answer::Answer, input.custody_transfer_id)")]
    async fn decline_custody(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which transfer.")] input: DeclineCustodyInput,
    ) -> Result<DeclineCustodyPayload> {
        let DeclineCustodyInput { custody_transfer_id: id } = input;
        let viewer = ctx.signed_in()?.account_id;
        custody_transfer::decline(ctx.db(), viewer, id, ctx.now()).await?;
        Ok(ctx.changed(DeclineCustodyPayload(id)))
    }

    /// Takes back what the viewer offered or asked for. The same is not begun again for seven days
    /// (M-16).
    #[graphql(guard = "OnCustodyTransfer(Answer::Withdraw, input.custody_transfer_id)")]
    async fn withdraw_custody(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which transfer.")] input: WithdrawCustodyInput,
    ) -> Result<WithdrawCustodyPayload> {
        let WithdrawCustodyInput { custody_transfer_id: id } = input;
        let viewer = ctx.signed_in()?.account_id;
        custody_transfer::withdraw(ctx.db(), viewer, id, ctx.now()).await?;
        Ok(ctx.changed(WithdrawCustodyPayload(id)))
    }

    /// Decides on a takeover, as an officer of the country of the pupil's school, or as an
    /// administrator where it has no service (M-16).
    #[graphql(guard = "OnCustodyTransfer(Answer::Decide, input.custody_transfer_id)")]
    async fn decide_custody(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is decided on which takeover.")] input: DecideCustodyInput,
    ) -> Result<DecideCustodyPayload> {
        let DecideCustodyInput { custody_transfer_id: id, granted } = input;
        let person = ctx.viewer().person();
        custody_transfer::decide(ctx.db(), person, id, granted, ctx.now()).await?;
        Ok(ctx.changed(DecideCustodyPayload(id)))
    }
}
