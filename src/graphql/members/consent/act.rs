//! Recording and withdrawing consents (M-14).

use async_graphql::{Context, InputObject, Object, OneofObject};
use domain::{
    Error, Result,
    error::Flaw,
    members::{consent, pupil::MOST},
};
use entity::{AccountId, ConsentGiver, ConsentScope, MemberId, PupilId, TwinSpaceId};
use futures_util::future::try_join_all;
use policy::MemberAct;

use crate::graphql::{
    context::ContextExt,
    guard::Decides,
    members::{
        custody::{card, own_pupil},
        member::Member,
        pupil::own::Pupil,
    },
};

/// One of the viewer's own pupils, in a TwinSpace to which the viewer need not belong.
#[derive(Clone, Copy, InputObject)]
pub struct OwnPupilInput {
    /// The pupil, from the viewer's own pupils.
    pupil_id: PupilId,
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
}

/// Pupils who take part in a TwinSpace.
#[derive(OneofObject)]
pub enum ConsentingPupils {
    /// Members of one TwinSpace, 1 to 100. Either all consents are recorded or none; pupils who
    /// already have a valid consent are left unchanged if there are several.
    MemberIds(Vec<MemberId>),
    /// One of the viewer's own pupils, in a TwinSpace that the pupil is in or, for pictures, was in.
    OwnPupil(OwnPupilInput),
}

impl ConsentingPupils {
    /// The members, each once.
    fn members(mut members: Vec<MemberId>) -> Result<Vec<MemberId>> {
        // Too many are rejected before any is loaded.
        if let Some(flaw) = Flaw::of_count(members.len(), MOST) {
            return Err(Error::invalid("pupils.memberIds", flaw));
        }
        members.sort_unstable();
        members.dedup();
        Ok(members)
    }
}

/// A pupil whose consent is withdrawn.
#[derive(OneofObject)]
pub enum ConsentingPupil {
    /// The pupil, as a member.
    MemberId(MemberId),
    /// One of the viewer's own pupils, in a TwinSpace: the `twinSpaceId` of the consent. The pupil
    /// need not be a member any more.
    OwnPupil(OwnPupilInput),
}

/// Input for `recordConsent`.
#[derive(InputObject)]
pub struct RecordConsentInput {
    /// The pupils.
    pupils: ConsentingPupils,
    /// What a consent covers.
    scope: ConsentScope,
    /// Who gave the consent.
    given_by: ConsentGiver,
}

/// Input for `withdrawConsent`.
#[derive(InputObject)]
pub struct WithdrawConsentInput {
    /// The pupil.
    pupil: ConsentingPupil,
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

    /// The pupil, if they were given by `ownPupil`.
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

    /// The pupil, if they were given by `ownPupil`.
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
    ) -> Result<Option<RecordConsentPayload>> {
        let RecordConsentInput { pupils, scope, given_by } = input;
        match pupils {
            ConsentingPupils::MemberIds(members) => {
                let members = ConsentingPupils::members(members)?;
                let by = consent::record(ctx.actor(), members.clone(), scope, given_by).await?;
                Ok(ctx.changed_by(by, RecordConsentPayload { members, pupil: None }).await)
            }
            ConsentingPupils::OwnPupil(OwnPupilInput { pupil_id, twin_space_id }) => {
                let (pupil, project) = (pupil_id.into(), twin_space_id.into());
                consent::record_own(ctx.actor(), pupil, project, scope, given_by).await?;
                let pupil = Some(pupil);
                Ok(ctx.changed(RecordConsentPayload { members: Vec::new(), pupil }))
            }
        }
    }

    /// Records that a consent was withdrawn (M-14). The consent itself stays on record. Withdrawing
    /// `PICTURES` immediately hides what depended on it. Withdrawing `PARTICIPATION` ends the
    /// pupil's membership; what the pupil wrote is kept.
    #[graphql(guard = "Decides(MemberAct::WithdrawConsent)")]
    async fn withdraw_consent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The consent.")] input: WithdrawConsentInput,
    ) -> Result<Option<WithdrawConsentPayload>> {
        let WithdrawConsentInput { pupil, scope } = input;
        match pupil {
            ConsentingPupil::MemberId(member) => {
                let by = consent::withdraw(ctx.actor(), member, scope).await?;
                let payload = WithdrawConsentPayload { member: Some(member), pupil: None };
                Ok(ctx.changed_by(by, payload).await)
            }
            ConsentingPupil::OwnPupil(OwnPupilInput { pupil_id, twin_space_id }) => {
                let (pupil, project) = (pupil_id.into(), twin_space_id.into());
                consent::withdraw_own(ctx.actor(), pupil, project, scope).await?;
                Ok(ctx.changed(WithdrawConsentPayload { member: None, pupil: Some(pupil) }))
            }
        }
    }
}
