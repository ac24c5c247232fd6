//! What a pupil's custodian does (M-11 to M-15).

use async_graphql::{Context, InputObject, Object, OneofObject};
use domain::{
    Error, Result,
    access::Access,
    accounts::password::Password,
    error::Problems,
    members::{
        custody::{self, Charge},
        pupil::{self},
        sheet::{Card, sheet},
    },
};
use entity::{AccountId, MemberId, ProjectId, PupilId, TwinSpaceId, account};
use policy::MemberAct;

use crate::graphql::{
    accounts::password::{Chosen, PasswordStrength},
    context::ContextExt,
    desktop::viewer::Viewer,
    guard::Decides,
    inside::twin_space::TwinSpace,
    members::{member::Member, pupil::own::Pupil},
    payload::payload,
};

/// A pupil in the viewer's custody: as a member of a TwinSpace, or as one of the viewer's own pupils.
#[derive(Clone, Copy, OneofObject)]
pub enum PupilReference {
    /// The pupil, as a member.
    MemberId(MemberId),
    /// The pupil, from the viewer's own pupils, in any TwinSpace or none.
    PupilId(PupilId),
}

impl PupilReference {
    fn member(self) -> Option<MemberId> {
        match self {
            Self::MemberId(id) => Some(id),
            Self::PupilId(_) => None,
        }
    }
}

impl From<PupilReference> for Charge {
    fn from(pupil: PupilReference) -> Self {
        match pupil {
            PupilReference::MemberId(id) => Self::Member(id),
            PupilReference::PupilId(id) => Self::Own(id.into()),
        }
    }
}

/// Input for `resetPupilPassword`.
#[derive(InputObject)]
pub struct ResetPupilPasswordInput {
    /// The pupil.
    pupil: PupilReference,
    /// The password: 8 to 128 characters, including at least one digit. If omitted, the server
    /// generates one that is easy for a child to type.
    password: Option<String>,
}

/// Result of `resetPupilPassword`. The new password is shown only here.
pub struct ResetPupilPasswordPayload {
    member: Option<MemberId>,
    pupil: account::Model,
    password: Password,
    title: String,
}

/// Result of `resetPupilPassword`. The new password is shown only here.
#[Object]
impl ResetPupilPasswordPayload {
    /// The password.
    async fn password(&self) -> &str {
        self.password.reveal()
    }

    /// The estimated strength of the password; null if it cannot be estimated.
    async fn password_strength(&self, ctx: &Context<'_>) -> Option<PasswordStrength> {
        Chosen::by(self.password.clone(), vec![self.pupil.name.clone()]).strength(ctx).await
    }

    /// A printable sign-in card: a self-contained HTML page.
    async fn credential_sheet(&self, ctx: &Context<'_>) -> Option<String> {
        let username = self.pupil.username.as_deref()?;
        let card = Card { name: &self.pupil.name, username, password: self.password.reveal() };
        Some(sheet(&self.title, &ctx.app().config.server.app_url(), &[card]))
    }

    /// The pupil as a member, if they were given by `memberId`.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        card(ctx, self.member).await
    }

    /// The pupil, as one of the viewer's own pupils.
    async fn pupil(&self, ctx: &Context<'_>) -> Result<Option<Pupil>> {
        Pupil::load(ctx, self.pupil.id).await.map(Some)
    }
}

pub(super) async fn card(ctx: &Context<'_>, member: Option<MemberId>) -> Result<Option<Member>> {
    match member {
        Some(id) => match Member::load(ctx, id).await {
            // Withdrawing the consent to take part ended the membership.
            Err(Error::NotFound(_)) => Ok(None),
            found => found.map(Some),
        },
        None => Ok(None),
    }
}

/// Input for `editPupil`.
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
    /// Result of `editPupil`.
    EditPupilPayload(MemberId) {
        /// The updated pupil.
        member: Member
    }
}

/// Input for `takeOutPupil`.
#[derive(InputObject)]
pub struct TakeOutPupilInput {
    /// The pupil, from the viewer's own pupils.
    pupil_id: PupilId,
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
}

payload! {
    /// Result of `takeOutPupil`.
    TakeOutPupilPayload(AccountId) {
        /// The pupil, with their remaining memberships.
        pupil: Pupil, viewer
    }
}

/// Input for `erasePupil`.
#[derive(InputObject)]
pub struct ErasePupilInput {
    /// The pupil.
    pupil: PupilReference,
    /// Confirms that the viewer knows that the erasure cannot be undone.
    acknowledge: bool,
}

/// Result of `erasePupil`.
pub struct ErasePupilPayload {
    member_id: Option<MemberId>,
    pupil_id: PupilId,
    project: Option<ProjectId>,
}

/// Result of `erasePupil`.
#[Object]
impl ErasePupilPayload {
    /// The ID of the former membership, if the pupil was given by `memberId`.
    async fn member_id(&self) -> Option<MemberId> {
        self.member_id
    }

    /// The ID that the pupil had in `viewer.pupils`.
    async fn pupil_id(&self) -> PupilId {
        self.pupil_id
    }

    /// The TwinSpace, if the pupil was given by `memberId`.
    async fn twin_space(&self, ctx: &Context<'_>) -> Result<Option<TwinSpace>> {
        match self.project {
            Some(project) => TwinSpace::mentioned(ctx, project).await,
            None => Ok(None),
        }
    }

    /// The viewer, whose pupils have changed with it.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        Viewer::of(ctx)
    }
}

/// One of the viewer's own pupils.
pub(super) async fn own_pupil(
    ctx: &Context<'_>,
    pupil: Option<AccountId>,
) -> Result<Option<Pupil>> {
    match pupil {
        Some(id) => Pupil::load(ctx, id).await.map(Some),
        None => Ok(None),
    }
}

/// The mutations of custodians.
#[derive(Default)]
pub struct CustodyMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl CustodyMutation {
    /// Sets a new password for a pupil in the viewer's custody and ends all of the pupil's sessions
    /// (M-15).
    #[graphql(guard = "Decides(MemberAct::ResetPassword)")]
    async fn reset_pupil_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The pupil.")] input: ResetPupilPasswordInput,
    ) -> Result<Option<ResetPupilPasswordPayload>> {
        let ResetPupilPasswordInput { pupil, password } = input;
        let (member, charge) = (pupil.member(), Charge::from(pupil));
        let at = charge.may_reset(ctx.actor()).await?;
        let password = new_password(ctx, password, at.map(|at| at.project_id)).await?;
        let hash = ctx.app().passwords.hash(&password).await?;
        let (pupil, by) = custody::reset_password(ctx.actor(), charge, hash).await?;
        let title = by.as_ref().map_or_else(|| "TwinSpace".to_owned(), |by| by.title.clone());
        Ok(changed(ctx, by, ResetPupilPasswordPayload { member, pupil, password, title }).await)
    }

    /// Corrects a pupil's name in all TwinSpaces. The username does not change. Requires the
    /// custodian, or a teacher administrator of a TwinSpace in which the custodian is or was a
    /// teacher.
    #[graphql(guard = "Decides(MemberAct::Rename)")]
    async fn edit_pupil(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The pupil.")] input: EditPupilInput,
    ) -> Result<Option<EditPupilPayload>> {
        let mut problems = Problems::default();
        let given = problems.line(&input.given_name, "givenName", 100);
        let family = problems.line(&input.family_name, "familyName", 100);
        problems.finish()?;
        let name = format!("{given} {family}");
        let by = custody::rename(ctx.actor(), input.member_id, name).await?;
        Ok(ctx.changed_by(by, EditPupilPayload(input.member_id)).await)
    }

    /// Removes a pupil in the viewer's custody from a TwinSpace, even one that the viewer does not
    /// belong to. This also withdraws the consent to take part there: only the custodian can let
    /// the pupil in again (M-11, M-14).
    #[graphql(guard = "Decides(MemberAct::Remove)")]
    async fn take_out_pupil(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The pupil and the TwinSpace.")] input: TakeOutPupilInput,
    ) -> Result<Option<TakeOutPupilPayload>> {
        let TakeOutPupilInput { pupil_id, twin_space_id } = input;
        let pupil = pupil_id.into();
        custody::take_out(ctx.actor(), pupil, twin_space_id.into()).await?;
        Ok(ctx.changed(TakeOutPupilPayload(pupil)))
    }

    /// Erases the account of a pupil in the viewer's custody. All personal data is deleted; what
    /// the pupil created is kept under the name "Former pupil".
    #[graphql(guard = "Decides(MemberAct::Erase)")]
    async fn erase_pupil(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The pupil.")] input: ErasePupilInput,
    ) -> Result<Option<ErasePupilPayload>> {
        let ErasePupilInput { pupil, acknowledge } = input;
        let member_id = pupil.member();
        let (pupil, by) = custody::erase(ctx.actor(), pupil.into(), acknowledge).await?;
        let project = by.as_ref().map(|by| by.project_id);
        let payload = ErasePupilPayload { member_id, pupil_id: pupil.into(), project };
        Ok(changed(ctx, by, payload).await)
    }
}

/// The chosen password, or otherwise a generated one that a child can type, in a language of the
/// project.
async fn new_password(
    ctx: &Context<'_>,
    chosen: Option<String>,
    project: Option<ProjectId>,
) -> Result<Password> {
    if let Some(text) = chosen {
        return Problems::only_password(&text, "password");
    }
    let languages = match project {
        Some(project) => pupil::languages(ctx.db().read(), project).await?,
        None => Vec::new(),
    };
    Password::for_child(&languages)
}

/// Completes a change by somebody who stood to the TwinSpace like this, if it was made in one.
async fn changed<T: Send>(ctx: &Context<'_>, by: Option<Access>, value: T) -> Option<T> {
    match by {
        Some(by) => ctx.changed_by(by, value).await,
        None => ctx.changed(value),
    }
}
