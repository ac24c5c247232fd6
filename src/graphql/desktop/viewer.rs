//! The signed-in user, and what is theirs.

use std::sync::Arc;

use async_graphql::{Context, Object};
use domain::{
    Result,
    accounts::{account, picture, session},
};
use entity::{AccountKind, TagKind, account_tag};
use tokio::sync::OnceCell;

use crate::{
    auth::{self, SignedIn},
    graphql::{
        accounts::{
            admission::Admission,
            erasure::ViewerPermissions,
            person::Person,
            picture::ProfilePicture,
            school::{School, confirmation::SchoolConfirmation},
            session::Session,
        },
        context::ContextExt,
        guard::Public,
        projects::approval::Service,
    },
};

mod list;

use list::ViewerList;

/// The signed-in user. These fields are visible only to that user.
#[derive(Debug)]
pub struct Viewer {
    session: Arc<SignedIn>,
    // Fields that are in one row load it once, whichever is selected first.
    own: OnceCell<account::Own>,
    tags: OnceCell<Vec<account_tag::Model>>,
}

impl Viewer {
    /// The owner of a session.
    pub fn new(session: Arc<SignedIn>) -> Self {
        Self { session, own: OnceCell::new(), tags: OnceCell::new() }
    }

    /// The viewer of this request; `None` if it is anonymous.
    pub fn of(ctx: &Context<'_>) -> Option<Self> {
        match ctx.viewer() {
            auth::Viewer::SignedIn(session) => Some(Self::new(session)),
            auth::Viewer::Anonymous => None,
        }
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

/// The signed-in user. These fields are visible only to that user. There is one viewer per request, so
/// it has no ID: clients with a normalised cache store it under a fixed key.
#[Object]
impl Viewer {
    /// The viewer as others see them: the `Person` in fields such as `author` or `from` that refer
    /// to the viewer.
    async fn person(&self) -> Person {
        Person::new(self.session.account_id, None)
    }

    /// What kind of account it is.
    async fn kind(&self) -> AccountKind {
        self.session.kind
    }

    /// The name that others see.
    async fn name(&self, ctx: &Context<'_>) -> Result<Arc<str>> {
        match ctx.request().name_of(self.session.account_id) {
            Some(name) => Ok(name),
            None => Ok(self.own(ctx).await?.name.as_str().into()),
        }
    }

    /// The viewer's own e-mail address; null for pupils.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.own(ctx).await?.email.as_deref())
    }

    /// Whether the e-mail address has been verified.
    async fn email_verified(&self) -> bool {
        self.session.verified
    }

    /// The username with which a pupil signs in; null for all other accounts.
    async fn username(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.own(ctx).await?.username.as_deref())
    }

    /// The school; only teachers and pupils have one.
    async fn school(&self, ctx: &Context<'_>) -> Result<Option<School>> {
        Ok(self.own(ctx).await?.school.clone().map(School::from))
    }

    /// The confirmation of a teacher's school; null while the school is only what the viewer says, and
    /// for everyone but teachers.
    async fn school_confirmation(&self, ctx: &Context<'_>) -> Result<Option<SchoolConfirmation>> {
        SchoolConfirmation::of(ctx, self.session.account_id).await
    }

    /// The support service for which the viewer works; null for everyone but officers.
    async fn service(&self, ctx: &Context<'_>) -> Result<Option<Service>> {
        match self.session.service_id {
            Some(id) => Service::load(ctx, id).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whether the viewer has been admitted as a teacher, where the server requires it; null if the
    /// viewer never waited for that. While they wait, `kind` is `GUEST`.
    async fn admission(&self, ctx: &Context<'_>) -> Result<Option<Admission>> {
        Admission::own(ctx, self.session.account_id).await
    }

    /// The viewer's profile text; empty if there is none.
    async fn profile(&self, ctx: &Context<'_>) -> Result<&str> {
        Ok(&self.own(ctx).await?.profile)
    }

    /// The language in which the server writes mails to the viewer, as an ISO 639-1 code;
    /// `editProfile` changes it.
    async fn mail_language(&self, ctx: &Context<'_>) -> Result<&str> {
        Ok(&self.own(ctx).await?.language)
    }

    /// The viewer's picture at its most visible: the photo if it may be shown anywhere, and
    /// otherwise the avatar; null if there is neither.
    async fn picture(&self, ctx: &Context<'_>) -> Result<Option<ProfilePicture>> {
        let id = self.session.account_id;
        let shown = picture::own(ctx.db().read(), id).await?;
        ProfilePicture::of(ctx, id, shown)
    }

    /// The school subjects of a teacher, in lower case and alphabetical order.
    async fn subjects(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.tagged(ctx, TagKind::Subject).await
    }

    /// The languages of a teacher, as ISO 639-1 codes such as `de`.
    async fn languages(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.tagged(ctx, TagKind::Language).await
    }

    /// What the viewer may do with their own account, with a reason for anything that is not
    /// allowed.
    #[graphql(complexity = 5)]
    async fn permissions(&self, ctx: &Context<'_>) -> Result<ViewerPermissions> {
        ViewerPermissions::load(ctx).await
    }

    /// The viewer's sessions, newest first; at most 100.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>> {
        let lifetime = ctx.app().config.accounts.lifetime();
        let account = self.session.account_id;
        let sessions = session::list(ctx.db().read(), account, lifetime, ctx.now()).await?;
        Ok(sessions.into_iter().map(Session::from).collect())
    }

    #[graphql(flatten)]
    async fn list(&self) -> ViewerList<'_> {
        ViewerList(self)
    }
}

/// The query of the signed-in user.
#[derive(Default)]
pub struct ViewerQuery;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl ViewerQuery {
    /// The signed-in user; null if the request is anonymous.
    #[graphql(guard = "Public")]
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        Viewer::of(ctx)
    }
}
