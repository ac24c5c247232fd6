//! Sessions: signing in and out.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    accounts::{
        account::{self, Credentials},
        email,
        session::{self as sessions, Opened},
        username,
    },
};
use entity::{SessionId, TwinSpaceId, session};
use metrics::counter;
use policy::TwinSpacePermission;

use crate::{
    auth,
    graphql::{
        context::ContextExt,
        desktop::viewer::Viewer,
        guard::{InTwinSpace, Public, SignedIn},
        inside::twin_space::TwinSpace,
        loader::OwnSessions,
        payload::{gone_from_viewer, payload},
    },
};

/// A session in which the viewer is signed in.
pub struct Session(session::Model);

impl Session {
    /// The viewer's session with this ID, if it has not ended.
    pub async fn load(ctx: &Context<'_>, id: SessionId) -> Result<Self> {
        let lifetime = ctx.app().config.accounts.lifetime();
        let own = ctx.load::<OwnSessions>((lifetime, ctx.signed_in()?.account_id)).await?;
        let own = own.as_deref().and_then(|own| own.iter().find(|session| session.id == id));
        own.cloned().map(Self).ok_or(Error::NotFound("session"))
    }
}

impl From<session::Model> for Session {
    fn from(row: session::Model) -> Self {
        Self(row)
    }
}

/// A session in which the viewer is signed in.
#[Object]
impl Session {
    /// The ID, with which it can be revoked. It is not the secret token, which is never shown
    /// again.
    pub async fn id(&self) -> SessionId {
        self.0.id
    }

    /// The client's user agent.
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

    /// When the session expires if it is not used again. Using it extends this time, up to a limit
    /// counted from when it began.
    async fn expires_at(&self, ctx: &Context<'_>) -> DateTime<Utc> {
        let idle = ctx.app().config.accounts.lifetime().idle;
        self.0.expires_at.min(self.0.last_used_at + idle)
    }

    /// Whether it is the session that made this request.
    async fn current(&self, ctx: &Context<'_>) -> bool {
        ctx.signed_in().is_ok_and(|viewer| viewer.session_id == self.0.id)
    }
}

/// Input for `signIn`, for teachers, guests, officers and administrators, who sign in with an
/// e-mail address.
#[derive(InputObject)]
pub struct SignInInput {
    /// The e-mail address.
    email: String,
    /// The password.
    password: String,
}

/// Input for `signInPupil`.
#[derive(InputObject)]
pub struct SignInPupilInput {
    /// The username. Case does not matter.
    username: String,
    /// The password.
    password: String,
}

/// Input for `chooseTwinSpace`.
#[derive(InputObject)]
pub struct ChooseTwinSpaceInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
}

payload! {
    /// Result of `chooseTwinSpace`.
    ChooseTwinSpacePayload(TwinSpaceId) {
        /// The TwinSpace.
        twin_space: TwinSpace
    }
}

/// Continues the operation as the user who signed in.
pub(super) fn begin(ctx: &Context<'_>, opened: &Opened) {
    ctx.request().turn_into(auth::Viewer::SignedIn(Arc::new(opened.into())));
}

/// Defines the payloads of mutations that begin a session.
macro_rules! session_payloads {
    ($($(#[doc = $doc:literal])+ $name:ident)+) => {$(
        $(#[doc = $doc])+
        pub struct $name(pub(super) Opened);

        $(#[doc = $doc])+
        #[Object]
        impl $name {
            /// The secret token of the session, to be sent as `Authorization: Bearer …`. It is shown
            /// only once.
            async fn token(&self) -> &str {
                &self.0.token
            }

            /// The session.
            async fn session(&self) -> Session {
                self.0.session.clone().into()
            }

            /// The user who signed in.
            async fn viewer(&self) -> Viewer {
                Viewer::new(Arc::new((&self.0).into()))
            }
        }
    )+};
}

session_payloads! {
    /// Result of `signIn`.
    SignInPayload
    /// Result of `signInPupil`.
    SignInPupilPayload
    /// Result of `verifyEmail`.
    VerifyEmailPayload
}

/// Result of `signOut`.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// The ID of the session.
    session_id: SessionId,
}

/// Input for `revokeSession`.
#[derive(InputObject)]
pub struct RevokeSessionInput {
    /// One of the viewer's sessions.
    session_id: SessionId,
}

gone_from_viewer! {
    /// Result of `revokeSession`.
    RevokeSessionPayload {
        /// The ID that the session had.
        session_id: SessionId
    }
}

/// Result of `revokeOtherSessions`.
#[derive(SimpleObject)]
pub struct RevokeOtherSessionsPayload {
    /// The number of sessions ended.
    revoked_count: u64,
    /// The viewer, with the session that made the request.
    viewer: Viewer,
}

/// The mutations of sessions.
#[derive(Default)]
pub struct SessionMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl SessionMutation {
    /// Signs in with e-mail address and password. A wrong address, a wrong password and an
    /// unverified address all result in the same error, `INVALID_CREDENTIALS`.
    #[graphql(guard = "Public")]
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The e-mail address and password.")] input: SignInInput,
    ) -> Result<Option<SignInPayload>> {
        let credentials = account::with_email(ctx.db().read(), &input.email).await?;
        let named = email::key(&input.email);
        enter(ctx, &named, credentials, &input.password)
            .await
            .map(|opened| Some(SignInPayload(opened)))
    }

    /// Signs in a pupil with username and password. Pupils who belong to several TwinSpaces
    /// find them in `viewer.memberships` and choose one with `chooseTwinSpace`.
    #[graphql(guard = "Public")]
    async fn sign_in_pupil(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The username and password.")] input: SignInPupilInput,
    ) -> Result<Option<SignInPupilPayload>> {
        let username = username::typed(&input.username);
        let credentials = account::with_username(ctx.db().read(), &username).await?;
        enter(ctx, &username, credentials, &input.password)
            .await
            .map(|opened| Some(SignInPupilPayload(opened)))
    }

    /// Chooses the TwinSpace to work in for the rest of the session.
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::Enter, input.twin_space_id)")]
    async fn choose_twin_space(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The TwinSpace.")] input: ChooseTwinSpaceInput,
    ) -> Result<Option<ChooseTwinSpacePayload>> {
        let session = ctx.signed_in()?.session_id;
        sessions::choose(ctx.db(), session, input.twin_space_id.into()).await?;
        Ok(ctx.changed(ChooseTwinSpacePayload(input.twin_space_id)))
    }

    /// Ends the current session.
    #[graphql(guard = "SignedIn")]
    async fn sign_out(&self, ctx: &Context<'_>) -> Result<Option<SignOutPayload>> {
        let session_id = ctx.signed_in()?.session_id;
        revoke(ctx, session_id).await?;
        Ok(Some(SignOutPayload { session_id }))
    }

    /// Ends one of the viewer's sessions, for example on a lost phone.
    #[graphql(guard = "SignedIn")]
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session to end.")] input: RevokeSessionInput,
    ) -> Result<Option<RevokeSessionPayload>> {
        revoke(ctx, input.session_id).await?;
        Ok(ctx.changed(RevokeSessionPayload { session_id: input.session_id }))
    }

    /// Ends all of the viewer's sessions except the current one.
    #[graphql(guard = "SignedIn")]
    async fn revoke_other_sessions(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Option<RevokeOtherSessionsPayload>> {
        let viewer = ctx.signed_in()?;
        let (account, session) = (viewer.account_id, viewer.session_id);
        let revoked_count = sessions::close_others(ctx.db(), account, session).await?;
        let viewer = Viewer::new(ctx.signed_in()?);
        Ok(ctx.changed(RevokeOtherSessionsPayload { revoked_count, viewer }))
    }
}

/// Signs in to the account `named`, if it exists and the password is right.
async fn enter(
    ctx: &Context<'_>,
    named: &str,
    credentials: Option<Credentials>,
    typed: &str,
) -> Result<Opened> {
    let (limits, passwords) = (&ctx.app().limits, &ctx.app().passwords);
    let guessed = credentials.as_ref().map_or(named, |account| &account.password_hash).to_owned();
    let opened = sessions::sign_in(ctx.db(), passwords, credentials, typed, ctx.entry());
    let opened = limits.guess(&guessed, &ctx.request().client.address, opened).await;
    let outcome = match &opened {
        Ok(_) => "ok",
        Err(Error::RateLimited(_)) => "limited",
        Err(Error::Internal(_) | Error::Unavailable(..)) => "failed",
        Err(_) => "refused",
    };
    counter!("twinspace_sign_ins_total", "outcome" => outcome).increment(1);
    let opened = opened?;
    begin(ctx, &opened);
    Ok(opened)
}

async fn revoke(ctx: &Context<'_>, id: SessionId) -> Result<()> {
    let viewer = ctx.signed_in()?;
    sessions::close(ctx.db(), viewer.account_id, id).await?;
    if id == viewer.session_id {
        ctx.request().turn_into(auth::Viewer::Anonymous);
    }
    Ok(())
}
