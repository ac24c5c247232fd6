//! What the teacher who answers for a pupil does (M-13 to M-16).

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{ConsentGiver, ConsentScope, MemberId, account};

use super::{
    context::ContextExt,
    guard::OnMember,
    member::Member,
    password::{self, Chosen, PasswordStrength},
    payload::payload,
};
use crate::{
    Error, Result,
    domain::{
        consent, custody,
        password::Password,
        pupil,
        sheet::{Card, sheet},
    },
    error::Problems,
    policy::TwinSpacePermission,
};

/// Which pupil gets a new password.
#[derive(InputObject)]
pub struct ResetPupilPasswordInput {
    /// The pupil.
    member_id: MemberId,
    /// The password, 8 to 128 characters with a digit; without it the server makes one that a
    /// child can type.
    password: Option<String>,
}

/// The new password: told here and never again.
pub struct ResetPupilPasswordPayload {
    member: MemberId,
    pupil: account::Model,
    password: Password,
    title: String,
}

/// The new password: told here and never again.
#[Object]
impl ResetPupilPasswordPayload {
    /// The password.
    async fn password(&self) -> &str {
        self.password.reveal()
    }

    /// How hard it is to guess; null if it cannot be estimated.
    async fn password_strength(&self, ctx: &Context<'_>) -> Option<PasswordStrength> {
        Chosen::by(self.password.clone(), vec![self.pupil.name.clone()]).strength(ctx).await
    }

    /// A sign-in card to be printed: a page of HTML that needs nothing from elsewhere.
    async fn credential_sheet(&self, ctx: &Context<'_>) -> Option<String> {
        let username = self.pupil.username.as_deref()?;
        let card = Card { name: &self.pupil.name, username, password: self.password.reveal() };
        Some(sheet(&self.title, &ctx.app().config.server.app_url(), &[card]))
    }

    /// The pupil.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::load(ctx, self.member).await.map(Some)
    }
}

/// Which pupil is called what.
#[derive(InputObject)]
pub struct EditPupilInput {
    /// The pupil.
    member_id: MemberId,
    /// The given name, or an initial.
    given_name: String,
    /// The family name, or an initial.
    family_name: String,
}

payload! {
    /// What came of editing a pupil.
    EditPupilPayload(MemberId) {
        /// The pupil, as they are now.
        member: Member
    }
}

/// Whose custody goes to whom.
#[derive(InputObject)]
pub struct TransferCustodyInput {
    /// The pupil.
    member_id: MemberId,
    /// The teacher of the same TwinSpace who answers for the pupil from now on.
    to_member_id: MemberId,
}

payload! {
    /// What came of handing over the custody.
    TransferCustodyPayload(MemberId) {
        /// The pupil.
        member: Member
    }
}

/// Which pupil's account is erased.
#[derive(InputObject)]
pub struct ErasePupilInput {
    /// The pupil.
    member_id: MemberId,
    /// Says that the viewer knows that what is erased does not come back.
    acknowledge: bool,
}

/// Whose account was erased.
#[derive(SimpleObject)]
pub struct ErasePupilPayload {
    /// The id that the member had.
    member_id: MemberId,
}

/// Which consent is recorded.
#[derive(InputObject)]
pub struct RecordConsentInput {
    /// The pupil.
    member_id: MemberId,
    /// What was consented to.
    scope: ConsentScope,
    /// Who consented.
    given_by: ConsentGiver,
}

/// Which consent is withdrawn.
#[derive(InputObject)]
pub struct WithdrawConsentInput {
    /// The pupil.
    member_id: MemberId,
    /// What is consented to no more.
    scope: ConsentScope,
}

payload! {
    /// What came of recording a consent.
    RecordConsentPayload(MemberId) {
        /// The pupil.
        member: Member
    }
}

payload! {
    /// What came of withdrawing a consent.
    WithdrawConsentPayload(MemberId) {
        /// The pupil.
        member: Member
    }
}

/// What custodians do.
#[derive(Default)]
pub struct CustodyMutation;

#[Object(guard = "super::guard::Unguarded")]
impl CustodyMutation {
    /// Sets a new password for a pupil in the viewer's custody, and ends the pupil's sessions
    /// everywhere (M-15).
    #[graphql(guard = "OnMember(TwinSpacePermission::ResetPassword, input.member_id)")]
    async fn reset_pupil_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which pupil.")] input: ResetPupilPasswordInput,
    ) -> Result<ResetPupilPasswordPayload> {
        let access = Member::subject(ctx, input.member_id).await?.access;
        let password = match input.password {
            Some(text) => {
                let mut problems = Problems::default();
                let password = password::take(&mut problems, &text, "password");
                problems.finish()?;
                password.expect("no problem was found with it")
            }
            None => {
                Password::for_child(&pupil::languages(ctx.db().read(), access.project_id).await?)?
            }
        };
        let hash = ctx.app().passwords.hash(&password).await?;
        let member = input.member_id;
        let pupil = custody::reset_password(ctx.db(), &access, member, hash, ctx.now()).await?;
        let title = access.title.clone();
        Ok(ctx.changed(ResetPupilPasswordPayload { member, pupil, password, title }))
    }

    /// Corrects the name of a pupil. The username stays.
    #[graphql(guard = "OnMember(TwinSpacePermission::EditDetails, input.member_id)")]
    async fn edit_pupil(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which pupil.")] input: EditPupilInput,
    ) -> Result<EditPupilPayload> {
        let mut problems = Problems::default();
        let given = problems.line(&input.given_name, "givenName", 100);
        let family = problems.line(&input.family_name, "familyName", 100);
        problems.finish()?;
        let access = Member::subject(ctx, input.member_id).await?.access;
        let name = format!("{given} {family}");
        custody::rename(ctx.db(), &access, input.member_id, name, ctx.now()).await?;
        Ok(ctx.changed(EditPupilPayload(input.member_id)))
    }

    /// Hands the custody of a pupil to another teacher of the TwinSpace: by the custodian, or by
    /// a teacher administrator once the custodian has left (M-16).
    #[graphql(guard = "OnMember(TwinSpacePermission::TransferCustody, input.member_id)")]
    async fn transfer_custody(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose custody, to whom.")] input: TransferCustodyInput,
    ) -> Result<TransferCustodyPayload> {
        let TransferCustodyInput { member_id, to_member_id } = input;
        let access = Member::subject(ctx, member_id).await?.access;
        custody::transfer(ctx.db(), &access, member_id, to_member_id, ctx.now()).await?;
        Ok(ctx.changed(TransferCustodyPayload(member_id)))
    }

    /// Erases the account of a pupil in the viewer's custody. Nothing personal stays; what the
    /// pupil made stays under "Former pupil".
    #[graphql(guard = "OnMember(TwinSpacePermission::ResetPassword, input.member_id)")]
    async fn erase_pupil(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which pupil.")] input: ErasePupilInput,
    ) -> Result<ErasePupilPayload> {
        let ErasePupilInput { member_id, acknowledge } = input;
        if !acknowledge {
            return Err(Error::invalid("acknowledge", "must be true: nothing of it comes back"));
        }
        let access = Member::subject(ctx, member_id).await?.access;
        custody::erase(ctx.db(), &access, member_id, ctx.now()).await?;
        Ok(ctx.changed(ErasePupilPayload { member_id }))
    }

    /// Records that a pupil, or a guardian for them, consented (M-14).
    #[graphql(guard = "OnMember(TwinSpacePermission::EditDetails, input.member_id)")]
    async fn record_consent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which consent.")] input: RecordConsentInput,
    ) -> Result<RecordConsentPayload> {
        let RecordConsentInput { member_id, scope, given_by } = input;
        let access = Member::subject(ctx, member_id).await?.access;
        consent::record(ctx.db(), &access, member_id, scope, given_by, ctx.now()).await?;
        Ok(ctx.changed(RecordConsentPayload(member_id)))
    }

    /// Records that a consent was withdrawn (M-14). The record of it stays.
    #[graphql(guard = "OnMember(TwinSpacePermission::EditDetails, input.member_id)")]
    async fn withdraw_consent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which consent.")] input: WithdrawConsentInput,
    ) -> Result<WithdrawConsentPayload> {
        let WithdrawConsentInput { member_id, scope } = input;
        let access = Member::subject(ctx, member_id).await?.access;
        consent::withdraw(ctx.db(), &access, member_id, scope, ctx.now()).await?;
        Ok(ctx.changed(WithdrawConsentPayload(member_id)))
    }
}
