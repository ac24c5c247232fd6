//! The one who asks, and what is theirs.

use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::{AccountId, AccountKind, TagKind, account_tag};
use tokio::sync::OnceCell;

use super::{context::ContextExt, guard::Public, school::School, session::Session};
use crate::{
    Result, auth,
    auth::SignedIn,
    domain::{account, session},
};

/// The one who asks. What stands here is theirs, and no one else sees it this way.
#[derive(Debug)]
pub struct Viewer {
    session: Arc<SignedIn>,
    // Fields that stand in one row load it once, whichever of them is the first.
    own: OnceCell<account::Own>,
    tags: OnceCell<Vec<account_tag::Model>>,
}

impl Viewer {
    /// The owner of a session.
    pub fn new(session: Arc<SignedIn>) -> Self {
        Self { session, own: OnceCell::new(), tags: OnceCell::new() }
    }

    async fn own(&self, ctx: &Context<'_>) -> Result<&account::Own> {
        let id = self.session.account_id;
        self.own.get_or_try_init(|| account::own(ctx.db().read(), id)).await
    }

    async fn tagged(&self, ctx: &Context<'_>, kind: TagKind) -> Result<Vec<String>> {
        let id = self.session.account_id;
        let tags = self.tags.get_or_try_init(|| account::tags(ctx.db().read(), id)).await?;
        Ok(tags.iter().filter(|tag| tag.kind == kind).map(|tag| tag.value.clone()).collect())
    }
}

#[Object]
impl Viewer {
    /// The account's id.
    async fn id(&self) -> AccountId {
        self.session.account_id
    }

    /// What kind of account it is.
    async fn kind(&self) -> AccountKind {
        self.session.kind
    }

    /// The name that others see.
    async fn name(&self, ctx: &Context<'_>) -> Result<&str> {
        Ok(&self.own(ctx).await?.name)
    }

    /// The viewer's own e-mail address; null for pupils.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.own(ctx).await?.email.as_deref())
    }

    /// Whether the e-mail address was verified.
    async fn email_verified(&self) -> bool {
        self.session.verified
    }

    /// The name by which a pupil signs in; null for all others.
    async fn username(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.own(ctx).await?.username.as_deref())
    }

    /// The school, of teachers and pupils.
    async fn school(&self, ctx: &Context<'_>) -> Result<Option<School>> {
        Ok(self.own(ctx).await?.school.clone().map(School::from))
    }

    /// What the viewer says of themselves; empty if nothing.
    async fn profile(&self, ctx: &Context<'_>) -> Result<&str> {
        Ok(&self.own(ctx).await?.profile)
    }

    /// The school subjects of a teacher, lower case, in the order of the alphabet.
    async fn subjects(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.tagged(ctx, TagKind::Subject).await
    }

    /// The languages of a teacher, ISO 639-1: `de`.
    async fn languages(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.tagged(ctx, TagKind::Language).await
    }

    /// Where the viewer is signed in, the newest first; at most 100.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>> {
        let lifetime = ctx.app().config.accounts.lifetime();
        let account = self.session.account_id;
        let sessions = session::list(ctx.db().read(), account, lifetime, ctx.now()).await?;
        Ok(sessions.into_iter().map(Session::from).collect())
    }
}

/// The query of the one who asks.
#[derive(Default)]
pub struct ViewerQuery;

#[Object(guard = "super::guard::Unguarded")]
impl ViewerQuery {
    /// The one who asks; null for those who are not signed in.
    #[graphql(guard = "Public")]
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        match ctx.viewer() {
            auth::Viewer::SignedIn(session) => Some(Viewer::new(session)),
            auth::Viewer::Anonymous => None,
        }
    }
}
