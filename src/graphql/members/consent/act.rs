//! Recording and withdrawing consents (M-14).

use async_graphql::{Context, InputObject, Object};
use domain::{
    Error, Result,
    members::{consent, custody::Charge, pupil::MOST},
};
use entity::{AccountId, ConsentGiver, ConsentScope, MemberId, PupilId, TwinSpaceId};
use futures_util::future::try_join_all;
use policy::MemberAct;

use crate::graphql::{
    context::ContextExt,
    guard::Decides,
    members::{
        custody::{card, changed, charge, own_pupil},
        member::Member,
        pupil::own::Pupil,
    },
};

/// Input for `recordConsent`.
#[derive(InputObject)]
pub struct RecordConsentInput {
    /// The pupil, as a member. Give either this, `memberIds` or `pupilId`.
    member_id: Option<MemberId>,
    /// Several pupils of one TwinSpace, 1 to 100. Either all consents are recorded or none; pupils
    /// who already have a valid consent are left unchanged.
    member_ids: Option<Vec<MemberId>>,
    /// The pupil, from the viewer's own pupils, even if the viewer does not belong to the TwinSpace.
    pupil_id: Option<PupilId>,
    /// The TwinSpace, if `pupilId` is given: one that the pupil is in or, for pictures, was in.
    twin_space_id: Option<TwinSpaceId>,
    /// What a consent covers.
    scope: ConsentScope,
    /// Who gave the consent.
    given_by: ConsentGiver,
}

impl RecordConsentInput {
    fn members(&self) -> Vec<MemberId> {
        let mut members = self.member_ids.clone().unwrap_or_default();
        members.extend(self.member_id);
        // Too many are rejected before any is loaded.
        members.truncate(MOST + 1);
        members.sort_unstable();
        members.dedup();
        members
    }

    fn take(&self) -> Result<Whose> {
        match (self.member_id, &self.member_ids, self.pupil_id) {
            (Some(id), None, None) => Ok(Whose::Members(vec![id])),
            (None, Some(ids), None) if (1..=MOST).contains(&ids.len()) => {
                Ok(Whose::Members(self.members()))
            }
            (None, Some(_), None) => {
                Err(Error::invalid("memberIds", format!("must have between 1 and {MOST} items")))
            }
            (None, None, Some(pupil)) => match self.twin_space_id {
                Some(space) => Ok(Whose::Own(pupil.into(), space)),
                None => Err(Error::invalid("twinSpaceId", "must be given together with pupilId")),
            },
            _ => Err(Error::invalid(
                "memberId",
                "or memberIds or pupilId must be given, and only one",
            )),
        }
    }
}

/// Whose consent is recorded.
enum Whose {
    /// That of members of one TwinSpace.
    Members(Vec<MemberId>),
    /// That of one of the viewer's own pupils, in this TwinSpace.
    Own(AccountId, TwinSpaceId),
}

/// Input for `withdrawConsent`.
#[derive(InputObject)]
pub struct WithdrawConsentInput {
    /// The pupil, as a member. Give either this or `pupilId`.
    member_id: Option<MemberId>,
    /// The pupil, from the viewer's own pupils, even if they are no longer a member.
    pupil_id: Option<PupilId>,
    /// The TwinSpace, if `pupilId` is given: the `twinSpaceId` of the consent.
    twin_space_id: Option<TwinSpaceId>,
    /// The scope of the consent to withdraw.
    scope: ConsentScope,
}

/// Result of `recordConsent`.
pub struct RecordConsentPayload {
    members: Vec<MemberId>,
    pupil: Option<AccountId>,
}

/// Result of `recordConsent`.
#[Object]
impl RecordConsentPayload {
    /// The pupil, if only one was given.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        match self.members[..] {
            [id] => Member::load(ctx, id).await.map(Some),
            _ => Ok(None),
        }
    }

    /// The pupils, if they were given as members.
    #[graphql(complexity = "MOST * child_complexity + 1")]
    async fn members(&self, ctx: &Context<'_>) -> Result<Option<Vec<Member>>> {
        try_join_all(self.members.iter().map(|&id| Member::load(ctx, id))).await.map(Some)
    }

    /// The pupil, if they were given by `pupilId`.
    async fn pupil(&self, ctx: &Context<'_>) -> Result<Option<Pupil>> {
        own_pupil(ctx, self.pupil).await
    }
}

/// Result of `withdrawConsent`.
pub struct WithdrawConsentPayload {
    member: Option<MemberId>,
    pupil: Option<AccountId>,
}

/// Result of `withdrawConsent`.
#[Object]
impl WithdrawConsentPayload {
    /// The pupil as a member, if they were given by `memberId` and are still a member.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        card(ctx, self.member).await
    }

    /// The pupil, if they were given by `pupilId`.
    async fn pupil(&self, ctx: &Context<'_>) -> Result<Option<Pupil>> {
        own_pupil(ctx, self.pupil).await
    }
}

/// The mutations of consents.
#[derive(Default)]
pub struct ConsentMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl ConsentMutation {
    /// Records the consent of pupils or their guardians (M-14), for one pupil or for several pupils
    /// of a TwinSpace at once. Custodians can also record consent to pictures of their own pupils in
    /// TwinSpaces that they do not belong to.
    #[graphql(guard = "Decides(MemberAct::RecordConsent)")]
    async fn record_consent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The consent.")] input: RecordConsentInput,
    ) -> Result<RecordConsentPayload> {
        let RecordConsentInput { pupil_id, scope, given_by, .. } = input;
        let (by, members) = match input.take()? {
            Whose::Members(members) => {
                let by = consent::record(ctx.actor(), members.clone(), scope, given_by).await?;
                (Some(by), members)
            }
            Whose::Own(pupil, space) => {
                consent::record_own(ctx.actor(), pupil, space.into(), scope, given_by).await?;
                (None, Vec::new())
            }
        };
        Ok(changed(ctx, by, RecordConsentPayload { members, pupil: pupil_id.map(Into::into) })
            .await)
    }

    /// Records that a consent was withdrawn (M-14). The consent itself stays on record. Withdrawing
    /// `PICTURES` immediately hides what depended on it. Withdrawing `PARTICIPATION` ends the
    /// pupil's membership; what the pupil wrote is kept.
    #[graphql(guard = "Decides(MemberAct::WithdrawConsent)")]
    async fn withdraw_consent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The consent.")] input: WithdrawConsentInput,
    ) -> Result<WithdrawConsentPayload> {
        let WithdrawConsentInput { member_id, pupil_id, twin_space_id, scope } = input;
        let by = match (charge(member_id, pupil_id)?, twin_space_id) {
            (Charge::Member(member), _) => {
                Some(consent::withdraw(ctx.actor(), member, scope).await?)
            }
            (Charge::Own(pupil), Some(space)) => {
                consent::withdraw_own(ctx.actor(), pupil, space.into(), scope).await?;
                None
            }
            _ => return Err(Error::invalid("twinSpaceId", "must be given together with pupilId")),
        };
        let payload = WithdrawConsentPayload { member: member_id, pupil: pupil_id.map(Into::into) };
        Ok(changed(ctx, by, payload).await)
    }
}
