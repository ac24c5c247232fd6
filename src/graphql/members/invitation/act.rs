//! The mutations of invitations.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, OneofObject};
use domain::{
    Error, Result,
    access::Access,
    accounts::session::Opened,
    error::Problems,
    members::invitation::{self, Answering, FoundInvitation, Guest},
    permit::Preview,
    token,
};
use entity::{InvitationId, InvitationKind, MemberId, Purpose, TwinSpaceId, TwinSpaceRole};
use policy::{InvitationAct, TwinSpaceAct, TwinSpaceFacts};

use super::Invitation;
use crate::{
    auth,
    graphql::{
        accounts::{
            account,
            password::{Chosen, PasswordStrength},
            session::Session,
        },
        context::ContextExt,
        desktop::viewer::Viewer,
        guard::{Decides, Public, SignedIn},
        members::member::Member,
        payload::{gone_from_viewer, inputs, payload},
    },
};

/// Input for `inviteMember`.
#[derive(InputObject)]
pub struct InviteMemberInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// The e-mail address, which need not belong to an account.
    email: String,
    /// The role that the person would have: `TEACHER_ADMIN`, `TEACHER` or `VISITOR`.
    role: TwinSpaceRole,
}

inputs! {
    invitation_id: InvitationId, "The invitation.";
    /// Input for `resendInvitation`.
    ResendInvitationInput
    /// Input for `revokeInvitation`.
    RevokeInvitationInput
}

/// Input for `changeInvitationRole`.
#[derive(InputObject)]
pub struct ChangeInvitationRoleInput {
    /// The invitation.
    invitation_id: InvitationId,
    /// The new role that the invitation offers.
    role: TwinSpaceRole,
}

macro_rules! answer_inputs {
    ($($(#[doc = $doc:literal])+ $name:ident)+) => {$(
        $(#[doc = $doc])+
        #[derive(OneofObject)]
        pub enum $name {
            /// The token from the mailed link. It can be used only once.
            Token(String),
            /// The ID of an invitation in `viewer.invitations`.
            InvitationId(InvitationId),
        }

        impl From<$name> for Answering {
            fn from(input: $name) -> Self {
                match input {
                    $name::Token(token) => Self::Token(token),
                    $name::InvitationId(id) => Self::Id(id),
                }
            }
        }
    )+};
}

answer_inputs! {
    /// Input for `acceptInvitation`: the invitation, by its token or its ID.
    AcceptInvitationInput
    /// Input for `declineInvitation`: the invitation, by its token or its ID.
    DeclineInvitationInput
}

/// Input for `acceptInvitationAsGuest`.
#[derive(InputObject)]
pub struct AcceptInvitationAsGuestInput {
    /// The token from the mailed link. It can be used only once.
    token: String,
    /// The name that others see, at most 100 characters.
    name: String,
    /// The password: 8 to 128 characters, including at least one digit.
    password: String,
    /// The language in which the server writes to the guest: one of `server.mailLanguages`. Defaults to
    /// the one that the request prefers (`Accept-Language`), or that of the inviter.
    mail_language: Option<String>,
}

payload! {
    /// Result of `inviteMember`.
    InviteMemberPayload
    /// Result of `resendInvitation`.
    ResendInvitationPayload
    /// Result of `changeInvitationRole`.
    ChangeInvitationRolePayload
    /// Result of `revokeInvitation`.
    RevokeInvitationPayload
    (InvitationId) {
        /// The updated invitation.
        invitation: Invitation
    }
}

payload! {
    /// Result of `acceptInvitation`.
    AcceptInvitationPayload(MemberId) {
        /// The viewer's membership in the TwinSpace.
        member: Member, viewer
    }
}

gone_from_viewer! {
    /// Result of `declineInvitation`.
    DeclineInvitationPayload {
        /// The ID of the invitation.
        invitation_id: InvitationId
    }
}

/// Result of `acceptInvitationAsGuest`.
pub struct AcceptInvitationAsGuestPayload {
    member: MemberId,
    opened: Opened,
    chosen: Chosen,
}

/// Result of `acceptInvitationAsGuest`.
#[Object]
impl AcceptInvitationAsGuestPayload {
    /// The secret token of the guest's first session, to be sent as `Authorization: Bearer …`. It is
    /// shown only once.
    async fn token(&self) -> &str {
        &self.opened.token
    }

    /// The session.
    async fn session(&self) -> Session {
        self.opened.session.clone().into()
    }

    /// The guest.
    async fn viewer(&self) -> Viewer {
        Viewer::new(Arc::new((&self.opened).into()))
    }

    /// The guest's membership in the TwinSpace.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::load(ctx, self.member).await.map(Some)
    }

    /// The estimated strength of the password; null if it could not be estimated.
    async fn password_strength(&self, ctx: &Context<'_>) -> Option<PasswordStrength> {
        self.chosen.strength(ctx).await
    }
}

/// Completes a change of an invitation by somebody who stood to the project like this.
async fn changed<T: Send>(
    ctx: &Context<'_>,
    (by, kind): (Access, InvitationKind),
    value: T,
) -> Option<T> {
    match kind {
        // Partners are managed from outside the TwinSpace.
        InvitationKind::Partner => ctx.changed(value),
        InvitationKind::Collaborator | InvitationKind::Visitor => ctx.changed_by(by, value).await,
    }
}

/// The mutations of invitations.
#[derive(Default)]
pub struct InvitationMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl InvitationMutation {
    /// Invites a teacher or visitor into the TwinSpace by e-mail (M-04).
    #[graphql(guard = "Decides(TwinSpaceAct::Invite(input.role))")]
    async fn invite_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person to invite, and their role.")] input: InviteMemberInput,
    ) -> Result<Option<InviteMemberPayload>> {
        let InviteMemberInput { twin_space_id, email, role } = input;
        let actor = ctx.actor();
        actor.preview::<TwinSpaceFacts>(TwinSpaceAct::Invite(role), &twin_space_id).await?;
        let (asker, project) = (actor.account()?, twin_space_id.into());
        let invited = invitation::invite(actor, twin_space_id, &email, role);
        let invited = ctx.app().limits.inviting(asker, &email, Some(project), invited);
        let (id, by) = invited.await?;
        Ok(ctx.changed_by(by, InviteMemberPayload(id)).await)
    }

    /// Resends an invitation with a new link. The previous link stops working (M-05).
    #[graphql(guard = "Decides(InvitationAct::Resend)")]
    async fn resend_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation.")] input: ResendInvitationInput,
    ) -> Result<Option<ResendInvitationPayload>> {
        let (id, actor) = (input.invitation_id, ctx.actor());
        let Preview { by, on: found, .. } =
            actor.preview::<FoundInvitation>(InvitationAct::Resend, &id).await?;
        let (asker, email) = (ctx.signed_in()?.account_id, found.row.email);
        let resent = invitation::resend(actor, id);
        let resent = ctx.app().limits.inviting(asker, &email, Some(by.project_id), resent);
        let by = resent.await?;
        Ok(changed(ctx, by, ResendInvitationPayload(id)).await)
    }

    /// Changes the role that a pending invitation offers (M-05).
    #[graphql(guard = "Decides(InvitationAct::ChangeRole(Some(input.role)))")]
    async fn change_invitation_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation and its new role.")] input: ChangeInvitationRoleInput,
    ) -> Result<Option<ChangeInvitationRolePayload>> {
        let ChangeInvitationRoleInput { invitation_id, role } = input;
        let by = invitation::change_role(ctx.actor(), invitation_id, role).await?;
        Ok(changed(ctx, by, ChangeInvitationRolePayload(invitation_id)).await)
    }

    /// Revokes a pending invitation (M-05).
    #[graphql(guard = "Decides(InvitationAct::Revoke)")]
    async fn revoke_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation.")] input: RevokeInvitationInput,
    ) -> Result<Option<RevokeInvitationPayload>> {
        let id = input.invitation_id;
        let by = invitation::revoke(ctx.actor(), id).await?;
        Ok(changed(ctx, by, RevokeInvitationPayload(id)).await)
    }

    /// Accepts an invitation with the viewer's account, whose address must be the one invited.
    #[graphql(guard = "SignedIn")]
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation to answer.")] input: AcceptInvitationInput,
    ) -> Result<Option<AcceptInvitationPayload>> {
        let account = ctx.signed_in()?.account_id;
        let member = invitation::accept(ctx.db(), account, &input.into(), ctx.now()).await?;
        Ok(ctx.changed(AcceptInvitationPayload(member)))
    }

    /// Accepts an invitation without an account: creates a guest account for the invited address
    /// and signs in (M-04).
    #[graphql(guard = "Public")]
    async fn accept_invitation_as_guest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation's token, and the guest's name and password.")]
        input: AcceptInvitationAsGuestInput,
    ) -> Result<Option<AcceptInvitationAsGuestPayload>> {
        let AcceptInvitationAsGuestInput { token, name, password, mail_language } = input;
        let mut problems = Problems::default();
        let name = problems.line(&name, "name", 100);
        let password = problems.password(&password, "password");
        let language =
            mail_language.map(|code| account::mail_language(&mut problems, &code, "mailLanguage"));
        problems.finish()?;
        let preferred = || ctx.request().client.language.map(|it| it.code().to_owned());
        let now = ctx.now();
        // No password is hashed without a valid link.
        let alive = token::subject(ctx.db().read(), &token, Purpose::AcceptInvitation, now).await?;
        alive.ok_or(Error::NotFound("invitation"))?;
        let password = password.expect("no problem was found with it");
        let password_hash = ctx.app().passwords.hash(&password).await?;
        let language = language.or_else(preferred);
        let guest = Guest { token: &token, name: &name, password_hash, language };
        let (member, opened) = invitation::accept_as_guest(ctx.db(), guest, ctx.entry()).await?;
        ctx.request().turn_into(auth::Viewer::SignedIn(Arc::new((&opened).into())));
        let chosen = Chosen::by(password, vec![name]);
        Ok(Some(AcceptInvitationAsGuestPayload { member, opened, chosen }))
    }

    /// Declines an invitation, either with the mailed token alone or, when signed in, by its ID.
    #[graphql(guard = "Public")]
    async fn decline_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation to answer.")] input: DeclineInvitationInput,
    ) -> Result<Option<DeclineInvitationPayload>> {
        let account = ctx.viewer().account();
        let id = invitation::decline(ctx.db(), account, &input.into(), ctx.now()).await?;
        Ok(ctx.changed(DeclineInvitationPayload { invitation_id: id }))
    }
}
