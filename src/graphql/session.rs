//! Sessions: signing in and out.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{SessionId, TwinSpaceId, session};

use super::{
    context::ContextExt,
    guard::{InTwinSpace, Public, SignedIn},
    payload::payload,
    twin_space::TwinSpace,
    viewer::Viewer,
};
use crate::{
    Result, auth,
    domain::{
        account::{self, Credentials},
        email, session as sessions, username,
    },
    policy::TwinSpacePermission,
};

/// A place where the viewer is signed in.
pub struct Session(session::Model);

impl From<session::Model> for Session {
    fn from(row: session::Model) -> Self {
        Self(row)
    }
}

/// A place where the viewer is signed in.
#[Object]
impl Session {
    /// Its id, by which it can be revoked. It is not the token, which is never shown again.
    async fn id(&self) -> SessionId {
        self.0.id
    }

    /// What the client calls itself.
    async fn user_agent(&self) -> &str {
        &self.0.user_agent
    }

    /// When the viewer signed in.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last used, to the minute.
    async fn last_used_at(&self) -> DateTime<Utc> {
        self.0.last_used_at
    }

    /// When it ends if it is not used again. Use postpones that, up to a limit from its beginning.
    async fn expires_at(&self, ctx: &Context<'_>) -> DateTime<Utc> {
        let idle = ctx.app().config.accounts.lifetime().idle;
        self.0.expires_at.min(self.0.last_used_at + idle)
    }

    /// Whether it is the one that asks.
    async fn current(&self, ctx: &Context<'_>) -> bool {
        ctx.signed_in().is_ok_and(|viewer| viewer.session_id == self.0.id)
    }
}

/// Who signs in by e-mail address: teachers, guests, officers and administrators.
#[derive(InputObject)]
pub struct SignInInput {
    /// The e-mail address.
    email: String,
    /// The password.
    password: String,
}

/// A pupil who signs in.
#[derive(InputObject)]
pub struct SignInPupilInput {
    /// The username, in whatever case.
    username: String,
    /// The password.
    password: String,
}

/// What is chosen.
#[derive(InputObject)]
pub struct ChooseTwinSpaceInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
}

payload! {
    /// What was chosen.
    ChooseTwinSpacePayload(TwinSpaceId) {
        /// The TwinSpace.
        twin_space: TwinSpace
    }
}

/// The session that was begun.
pub struct SignInPayload(sessions::Opened);

impl SignInPayload {
    /// Makes the rest of the operation that of the one who has signed in.
    pub(super) fn enter(ctx: &Context<'_>, opened: sessions::Opened) -> Self {
        ctx.request().turn_into(auth::Viewer::SignedIn(Arc::new((&opened).into())));
        Self(opened)
    }
}

/// The session that was begun.
#[Object]
impl SignInPayload {
    /// The secret of the session, to be sent as `Authorization: Bearer …`. It is shown once.
    async fn token(&self) -> &str {
        &self.0.token
    }

    /// The session.
    async fn session(&self) -> Session {
        self.0.session.clone().into()
    }

    /// Who has signed in.
    async fn viewer(&self) -> Viewer {
        Viewer::new(Arc::new((&self.0).into()))
    }
}

/// The session that has ended.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// Its id.
    session_id: SessionId,
}

/// Which session is to end.
#[derive(InputObject)]
pub struct RevokeSessionInput {
    /// A session of the viewer.
    session_id: SessionId,
}

/// The session that has ended.
#[derive(SimpleObject)]
pub struct RevokeSessionPayload {
    /// Its id.
    session_id: SessionId,
}

/// What is left: the session that asked.
#[derive(SimpleObject)]
pub struct RevokeOtherSessionsPayload {
    /// How many sessions have ended.
    revoked: u64,
}

/// The mutations of sessions.
#[derive(Default)]
pub struct SessionMutation;

#[Object(guard = "super::guard::Unguarded")]
impl SessionMutation {
    /// Signs in by e-mail address and password. A wrong address, a wrong password and an address
    /// that is not verified answer alike: `INVALID_CREDENTIALS`.
    #[graphql(guard = "Public")]
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who signs in.")] input: SignInInput,
    ) -> Result<SignInPayload> {
        let credentials = account::with_email(ctx.db().read(), &input.email).await?;
        enter(ctx, &email::key(&input.email), credentials, &input.password).await
    }

    /// Signs a pupil in by username and password. Whoever belongs to several TwinSpaces
    /// finds them in `viewer.memberships` and chooses one with `chooseTwinSpace`.
    #[graphql(guard = "Public")]
    async fn sign_in_pupil(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which pupil signs in.")] input: SignInPupilInput,
    ) -> Result<SignInPayload> {
        let username = username::typed(&input.username);
        let credentials = account::with_username(ctx.db().read(), &username).await?;
        enter(ctx, &username, credentials, &input.password).await
    }

    /// Chooses the TwinSpace to work in, for as long as the session lasts.
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::Enter, input.twin_space_id)")]
    async fn choose_twin_space(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which TwinSpace.")] input: ChooseTwinSpaceInput,
    ) -> Result<ChooseTwinSpacePayload> {
        let session = ctx.signed_in()?.session_id;
        sessions::choose(ctx.db(), session, input.twin_space_id.into()).await?;
        Ok(ctx.changed(ChooseTwinSpacePayload(input.twin_space_id)))
    }

    /// Ends the session that asks.
    #[graphql(guard = "SignedIn")]
    async fn sign_out(&self, ctx: &Context<'_>) -> Result<SignOutPayload> {
        let session_id = ctx.signed_in()?.session_id;
        revoke(ctx, session_id).await?;
        Ok(SignOutPayload { session_id })
    }

    /// Ends one of the viewer's sessions, on a lost telephone for example.
    #[graphql(guard = "SignedIn")]
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] input: RevokeSessionInput,
    ) -> Result<RevokeSessionPayload> {
        revoke(ctx, input.session_id).await?;
        Ok(RevokeSessionPayload { session_id: input.session_id })
    }

    /// Ends all of the viewer's sessions but the one that asks.
    #[graphql(guard = "SignedIn")]
    async fn revoke_other_sessions(&self, ctx: &Context<'_>) -> Result<RevokeOtherSessionsPayload> {
        let viewer = ctx.signed_in()?;
        let tx = ctx.db().begin().await?;
        let revoked = sessions::close_others(&tx, viewer.account_id, viewer.session_id).await?;
        tx.commit().await?;
        Ok(RevokeOtherSessionsPayload { revoked })
    }
}

/// Signs in whoever has the account `named`, if there is one and the password is right.
async fn enter(
    ctx: &Context<'_>,
    named: &str,
    credentials: Option<Credentials>,
    typed: &str,
) -> Result<SignInPayload> {
    let (limits, passwords) = (&ctx.app().limits, &ctx.app().passwords);
    let guessed = credentials.as_ref().map_or(named, |account| &account.password_hash).to_owned();
    let opened = sessions::sign_in(ctx.db(), passwords, credentials, typed, ctx.entry());
    let opened = limits.guess(&guessed, &ctx.request().client.address, opened).await?;
    Ok(SignInPayload::enter(ctx, opened))
}

async fn revoke(ctx: &Context<'_>, id: SessionId) -> Result<()> {
    let viewer = ctx.signed_in()?;
    let tx = ctx.db().begin().await?;
    sessions::close(&tx, viewer.account_id, id).await?;
    tx.commit().await?;
    if id == viewer.session_id {
        ctx.request().turn_into(auth::Viewer::Anonymous);
    }
    Ok(())
}
