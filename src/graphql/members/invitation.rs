//! Invitations (M-04, M-05, P-11).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    access::Access,
    list::{Columns, cell},
    members::invitation::{Filter, InvitationRow},
    text::Wanted,
    token,
};
use entity::{InvitationId, InvitationKind, InvitationState, Purpose, TwinSpaceRole};
use policy::{Allowance, InvitationAct, InvitationFacts, Subject};

use crate::graphql::{
    accounts::person::Person,
    connection,
    context::ContextExt,
    guard::Public,
    inside::twin_space::TwinSpace,
    loader::{Owns, Rows},
    projects::project::Project,
};

mod act;

pub use act::InvitationMutation;

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

    /// Whether the viewer manages the invitation with this id.
    pub async fn is_managed(ctx: &Context<'_>, id: InvitationId) -> Result<bool> {
        match Self::one(ctx, id, Columns::default()).await {
            Ok((row, access)) => Self::manages(&row, &access),
            Err(Error::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn manages(row: &InvitationRow, access: &Access) -> Result<bool> {
        Ok(access.knows_invitations(cell(&row.kind)?))
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

/// Filters invitations.
#[derive(InputObject, Default)]
pub struct InvitationFilter {
    /// Returns only invitations in one of these states.
    states: Option<Vec<InvitationState>>,
    /// Returns only invitations to one of these roles.
    roles: Option<Vec<TwinSpaceRole>>,
    /// If true, returns only invitations by the viewer; if false, only those by others.
    invited_by_viewer: Option<bool>,
    /// Returns only invitations to an address that contains each of these words, in any order,
    /// ignoring case; at most 200 characters.
    search: Option<String>,
}

impl InvitationFilter {
    /// The filter of the domain, for a list of partners' invitations or one of all others.
    pub fn take(self, access: &Access, partners: bool, now: DateTime<Utc>) -> Result<Filter> {
        Ok(Filter {
            states: self.states.map(|states| (states, now)),
            roles: self.roles,
            inviter: access.person.account.zip(self.invited_by_viewer),
            search: self.search.as_deref().map(Wanted::read).transpose()?,
            partners: Some(partners),
            of: None,
        })
    }
}

/// An invitation to a project or its TwinSpace.
#[Object]
impl Invitation {
    /// The ID.
    pub async fn id(&self) -> Result<InvitationId> {
        cell(&self.0.id)
    }

    /// The project; null if the viewer cannot see it.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        Project::mentioned(ctx, cell(&self.0.project_id)?).await
    }

    /// The TwinSpace; null if the viewer is not a member.
    async fn twin_space(&self, ctx: &Context<'_>) -> Result<Option<TwinSpace>> {
        TwinSpace::mentioned(ctx, cell(&self.0.project_id)?).await
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
            if !access.is_some_and(|access| access.sees_twinspace() && access.sees_pupils()) {
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
        let facts = InvitationFacts {
            kind: cell(&self.0.kind)?,
            state: cell(&self.0.state)?,
            in_time: cell(&self.0.expires_at)? > ctx.now(),
            // They see it, because they manage it or because it is.
            theirs: true,
        };
        let ask = |act| facts.decide(act, &access).into();
        Ok(InvitationPermissions {
            resend: ask(InvitationAct::Resend),
            change_role: ask(InvitationAct::ChangeRole(None)),
            revoke: ask(InvitationAct::Revoke),
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

#[Object(guard = "crate::graphql::guard::Unguarded")]
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
