//! Invitations (M-04, M-05, P-11).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Reason, Result,
    access::Access,
    error::Problems,
    invitation::{self, Answering, Guest, InvitationRow},
    list::{Columns, cell},
    session::Opened,
    token,
};
use entity::{
    InvitationId, InvitationKind, InvitationState, MemberId, Purpose, TwinSpaceId, TwinSpaceRole,
};
use policy::{Allowance, ProjectPermission, Tie, TwinSpacePermission};

use super::{
    connection,
    context::ContextExt,
    guard::{MayOffer, OnInvitation, Public, SignedIn},
    loader::{Owns, Rows},
    member::{Member, sees_pupils},
    password::{self, Chosen, PasswordStrength},
    payload::payload,
    person::Person,
    session::SignInPayload,
};
use crate::auth::Viewer;

/// An invitation that the viewer manages.
pub struct Managed {
    /// The viewer's access to its project.
    pub access: Arc<Access>,
    /// What the invitation offers.
    pub kind: InvitationKind,
    /// The invited address.
    email: String,
}

/// An invitation to a project or its TwinSpace.
#[derive(Clone, Debug)]
pub struct Invitation(Arc<InvitationRow>);

impl Invitation {
    /// An invitation loaded in a list.
    pub fn new(row: InvitationRow) -> Self {
        Self(Arc::new(row))
    }

    /// The invitation with this ID, for those who manage it and for the invited person.
    pub async fn load(ctx: &Context<'_>, id: InvitationId) -> Result<Self> {
        let columns = connection::columns::<InvitationRow>(ctx).and::<InvitationRow>(&["email"]);
        let (row, access) = Self::one(ctx, id, columns).await?;
        if Self::manages(&row, &access)? {
            return Ok(Self(row));
        }
        match Self::is_theirs(ctx, &row, &access).await? {
            true => Ok(Self(row)),
            false => Err(Error::NotFound("invitation")),
        }
    }

    /// Whether the viewer is the invited person.
    async fn is_theirs(ctx: &Context<'_>, row: &InvitationRow, access: &Access) -> Result<bool> {
        let own = ctx.load::<Owns>(ctx.signed_in()?.account_id).await?;
        let own = own.and_then(|own| own.email.clone());
        Ok(own.is_some() && own.as_deref() == row.email.as_deref()
            || cell(&row.account_id)? == access.person.account)
    }

    /// An invitation that the viewer manages or that was sent to them. For everyone else it does
    /// not exist.
    pub async fn managed(ctx: &Context<'_>, id: InvitationId) -> Result<Managed> {
        let columns = Columns::default().and::<InvitationRow>(&["email"]);
        let (row, access) = Self::one(ctx, id, columns).await?;
        if cell(&row.kind)? != InvitationKind::Partner {
            ctx.request().visits(&access).await;
        }
        if !Self::manages(&row, &access)? && !Self::is_theirs(ctx, &row, &access).await? {
            return Err(Error::NotFound("invitation"));
        }
        Ok(Managed { kind: cell(&row.kind)?, email: cell(&row.email)?, access })
    }

    /// Whether the viewer manages the invitation with this id.
    pub async fn is_managed(ctx: &Context<'_>, id: InvitationId) -> Result<bool> {
        match Self::one(ctx, id, Columns::default()).await {
            Ok((row, access)) => Self::manages(&row, &access),
            Err(Error::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn manages(row: &InvitationRow, access: &Access) -> Result<bool> {
        if cell(&row.kind)? == InvitationKind::Partner {
            let permission = ProjectPermission::ManagePartners;
            return Ok(access.project_grants(permission, Tie::default()).is_ok());
        }
        let permission = TwinSpacePermission::InviteAdults;
        let granted = access.grants(permission, Tie::default(), Reason::NotYours).is_ok();
        Ok(granted && access.sees_twinspace())
    }

    async fn one(
        ctx: &Context<'_>,
        id: InvitationId,
        columns: Columns,
    ) -> Result<(Arc<InvitationRow>, Arc<Access>)> {
        ctx.signed_in()?;
        let missing = || Error::NotFound("invitation");
        let columns = columns.and::<InvitationRow>(&[]);
        let row = ctx.load::<Rows<InvitationRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let project = cell(&row.project_id)?;
        let access = ctx.access(project).await?.ok_or_else(missing)?;
        Ok((row, access))
    }
}

/// An invitation to a project or its TwinSpace.
#[Object]
impl Invitation {
    /// The ID.
    pub async fn id(&self) -> Result<InvitationId> {
        cell(&self.0.id)
    }

    /// The title of the project.
    async fn project_title(&self) -> Result<String> {
        cell(&self.0.project_title)
    }

    /// What the invitation offers.
    async fn kind(&self) -> Result<InvitationKind> {
        cell(&self.0.kind)
    }

    /// The invited address; empty once its owner's account has been erased. Visible only to the
    /// invited person and to those who manage the invitation.
    async fn email(&self) -> Result<String> {
        cell(&self.0.email)
    }

    /// The role that the person would have in the TwinSpace.
    async fn role(&self) -> Result<TwinSpaceRole> {
        cell(&self.0.role)
    }

    /// The person who sent the invitation; null if it was a pupil whom the viewer cannot see
    /// (M-20).
    async fn inviter(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        if cell(&self.0.inviter_is_pupil)? {
            let access = ctx.access(cell(&self.0.project_id)?).await?;
            if !access.is_some_and(|access| access.sees_twinspace() && sees_pupils(&access)) {
                return Ok(None);
            }
        }
        Ok(Some(Person::new(cell(&self.0.inviter_id)?, self.0.inviter_name.clone())))
    }

    /// The current state.
    async fn state(&self, ctx: &Context<'_>) -> Result<InvitationState> {
        Ok(match cell(&self.0.state)? {
            InvitationState::Pending if cell(&self.0.expires_at)? <= ctx.now() => {
                InvitationState::Expired
            }
            state => state,
        })
    }

    /// When the invitation was last sent.
    async fn sent_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.sent_at)
    }

    /// When it became known that the mail could not be delivered, because the mail server rejected
    /// it permanently or did not accept it for days: check the address. Null otherwise, and again
    /// after the invitation is resent.
    async fn undeliverable_since(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.0.undeliverable_since)
    }

    /// When it expires.
    async fn expires_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.expires_at)
    }

    /// When the invitation was answered or revoked.
    async fn ended_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.0.ended_at)
    }

    /// What the viewer may do to manage the invitation, with a reason for anything that is not
    /// allowed.
    #[graphql(complexity = 5)]
    async fn permissions(&self, ctx: &Context<'_>) -> Result<InvitationPermissions> {
        let missing = || Error::NotFound("invitation");
        let access = ctx.access(cell(&self.0.project_id)?).await?.ok_or_else(missing)?;
        let may = access.may_invite(cell(&self.0.kind)?);
        let (state, in_time) = (cell(&self.0.state)?, cell(&self.0.expires_at)? > ctx.now());
        let pending = may.and(invitation::is_pending(state, in_time));
        Ok(InvitationPermissions {
            resend: may.and(invitation::may_resend(state)).into(),
            change_role: pending.into(),
            revoke: pending.into(),
        })
    }
}

/// What the viewer may do to manage an invitation, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct InvitationPermissions {
    /// Resend it.
    resend: Allowance,
    /// Change the role that it offers.
    change_role: Allowance,
    /// Withdraw it.
    revoke: Allowance,
}

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

/// The invitation.
#[derive(InputObject)]
pub struct InvitationInput {
    /// The invitation.
    invitation_id: InvitationId,
}

/// Input for `changeInvitationRole`.
#[derive(InputObject)]
pub struct ChangeInvitationRoleInput {
    /// The invitation.
    invitation_id: InvitationId,
    /// The new role that the invitation offers.
    role: TwinSpaceRole,
}

/// The invitation to answer: give either the token from the mail, or the ID of an invitation in
/// `viewer.invitations`.
#[derive(InputObject)]
pub struct AnswerInvitationInput {
    /// The token from the mailed link. It can be used only once.
    token: Option<String>,
    /// The invitation's ID.
    invitation_id: Option<InvitationId>,
}

impl AnswerInvitationInput {
    fn take(self) -> Result<Answering> {
        match (self.token, self.invitation_id) {
            (Some(token), None) => Ok(Answering::Token(token)),
            (None, Some(id)) => Ok(Answering::Id(id)),
            _ => Err(Error::invalid("token", "give either token or invitationId")),
        }
    }
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
}

macro_rules! invitation_payloads {
    ($($(#[doc = $doc:literal])+ $name:ident)+) => {$(
        payload! {
            $(#[doc = $doc])+
            $name(InvitationId) {
                /// The updated invitation.
                invitation: Invitation
            }
        }
    )+};
}

invitation_payloads! {
    /// Result of `inviteMember`.
    InviteMemberPayload
    /// Result of `resendInvitation`.
    ResendInvitationPayload
    /// Result of `changeInvitationRole`.
    ChangeInvitationRolePayload
    /// Result of `revokeInvitation`.
    RevokeInvitationPayload
}

payload! {
    /// Result of `acceptInvitation`.
    AcceptInvitationPayload(MemberId) {
        /// The viewer's membership in the TwinSpace.
        member: Member
    }
}

/// Result of `declineInvitation`.
#[derive(SimpleObject)]
pub struct DeclineInvitationPayload {
    /// The invitation.
    invitation_id: InvitationId,
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
    /// The guest's first session.
    async fn sign_in(&self, ctx: &Context<'_>) -> SignInPayload {
        SignInPayload::enter(ctx, self.opened.clone())
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

/// What an invitation offers, shown to the reader of the invitation mail.
#[derive(SimpleObject)]
pub struct InvitationPreview {
    /// The title of the project.
    project_title: String,
    /// The name of the person who sent the invitation; null if it is a pupil, whose name is not
    /// shown to outsiders (M-20).
    inviter_name: Option<String>,
    /// The role that the invited person would have.
    role: TwinSpaceRole,
    /// The invited address.
    email: String,
    /// When it expires.
    expires_at: DateTime<Utc>,
}

/// The query of an invitation.
#[derive(Default)]
pub struct InvitationQuery;

#[Object(guard = "super::guard::Unguarded")]
impl InvitationQuery {
    /// The invitation that a mailed link refers to. The token proves that the mail was received.
    #[graphql(guard = "Public")]
    async fn invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token from the mailed link.")] token: String,
    ) -> Result<Option<InvitationPreview>> {
        let missing = || Error::NotFound("invitation");
        let db = ctx.db().read();
        let id = token::subject(db, &token, Purpose::AcceptInvitation, ctx.now()).await?;
        let key = (id.ok_or_else(missing)?, Columns::all::<InvitationRow>());
        let row = ctx.load::<Rows<InvitationRow>>(key).await?.ok_or_else(missing)?;
        Ok(Some(InvitationPreview {
            project_title: cell(&row.project_title)?,
            inviter_name: match cell(&row.inviter_is_pupil)? {
                true => None,
                false => Some(cell(&row.inviter_name)?),
            },
            role: cell(&row.role)?,
            email: cell(&row.email)?,
            expires_at: cell(&row.expires_at)?,
        }))
    }
}

/// The mutations of invitations.
#[derive(Default)]
pub struct InvitationMutation;

#[Object(guard = "super::guard::Unguarded")]
impl InvitationMutation {
    /// Invites a teacher or visitor into the TwinSpace by e-mail (M-04).
    #[graphql(guard = "MayOffer(input.role, input.twin_space_id)")]
    async fn invite_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person to invite, and their role.")] input: InviteMemberInput,
    ) -> Result<InviteMemberPayload> {
        let InviteMemberInput { twin_space_id, email, role } = input;
        let access = ctx.twin_space(twin_space_id.into()).await?;
        let asker = ctx.signed_in()?.account_id;
        ctx.app().limits.invitation(asker, &email, Some(access.project_id)).await?;
        let id = invitation::invite(ctx.db(), &access, &email, role, ctx.now()).await?;
        Ok(ctx.changed(InviteMemberPayload(id)))
    }

    /// Resends an invitation with a new link. The previous link stops working (M-05).
    #[graphql(guard = "OnInvitation(input.invitation_id)")]
    async fn resend_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation.")] input: InvitationInput,
    ) -> Result<ResendInvitationPayload> {
        let id = input.invitation_id;
        let Managed { access, email, .. } = Invitation::managed(ctx, id).await?;
        let asker = ctx.signed_in()?.account_id;
        ctx.app().limits.invitation(asker, &email, Some(access.project_id)).await?;
        invitation::resend(ctx.db(), &access, id, ctx.now()).await?;
        Ok(ctx.changed(ResendInvitationPayload(id)))
    }

    /// Changes the role that a pending invitation offers (M-05).
    #[graphql(guard = "MayOffer(input.role, input.invitation_id)")]
    async fn change_invitation_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation and its new role.")] input: ChangeInvitationRoleInput,
    ) -> Result<ChangeInvitationRolePayload> {
        let ChangeInvitationRoleInput { invitation_id, role } = input;
        let Managed { access, .. } = Invitation::managed(ctx, invitation_id).await?;
        invitation::change_role(ctx.db(), &access, invitation_id, role, ctx.now()).await?;
        Ok(ctx.changed(ChangeInvitationRolePayload(invitation_id)))
    }

    /// Revokes a pending invitation (M-05).
    #[graphql(guard = "OnInvitation(input.invitation_id)")]
    async fn revoke_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation.")] input: InvitationInput,
    ) -> Result<RevokeInvitationPayload> {
        let id = input.invitation_id;
        let Managed { access, .. } = Invitation::managed(ctx, id).await?;
        invitation::revoke(ctx.db(), &access, id, ctx.now()).await?;
        Ok(ctx.changed(RevokeInvitationPayload(id)))
    }

    /// Accepts an invitation with the viewer's account, whose address must be the one invited.
    #[graphql(guard = "SignedIn")]
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation to answer.")] input: AnswerInvitationInput,
    ) -> Result<AcceptInvitationPayload> {
        let account = ctx.signed_in()?.account_id;
        let member = invitation::accept(ctx.db(), account, &input.take()?, ctx.now()).await?;
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
    ) -> Result<AcceptInvitationAsGuestPayload> {
        let AcceptInvitationAsGuestInput { token, name, password } = input;
        let mut problems = Problems::default();
        let name = problems.line(&name, "name", 100);
        let password = password::take(&mut problems, &password, "password");
        problems.finish()?;
        let now = ctx.now();
        // No password is hashed without a valid link.
        let alive = token::subject(ctx.db().read(), &token, Purpose::AcceptInvitation, now).await?;
        alive.ok_or(Error::NotFound("invitation"))?;
        let password = password.expect("no problem was found with it");
        let password_hash = ctx.app().passwords.hash(&password).await?;
        let guest = Guest { token: &token, name: &name, password_hash };
        let (member, opened) = invitation::accept_as_guest(ctx.db(), guest, ctx.entry()).await?;
        ctx.request().turn_into(Viewer::SignedIn(Arc::new((&opened).into())));
        let chosen = Chosen::by(password, vec![name]);
        Ok(AcceptInvitationAsGuestPayload { member, opened, chosen })
    }

    /// Declines an invitation, either with the mailed token alone or, when signed in, by its ID.
    #[graphql(guard = "Public")]
    async fn decline_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation to answer.")] input: AnswerInvitationInput,
    ) -> Result<DeclineInvitationPayload> {
        let account = ctx.viewer().account();
        let id = invitation::decline(ctx.db(), account, &input.take()?, ctx.now()).await?;
        Ok(ctx.changed(DeclineInvitationPayload { invitation_id: id }))
    }
}
