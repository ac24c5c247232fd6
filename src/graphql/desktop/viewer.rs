//! The signed-in user, and what is theirs.

use std::sync::Arc;

use async_graphql::{Context, Object};
use domain::{
    Error, Result,
    accounts::{account, picture, session},
    desktop::contact::{self, ContactRow},
    inside::message,
    list::cell,
    members::{
        custody_transfer::{self, CustodyTransferRow},
        invitation::{self, InvitationRow},
        member::{self, MemberRow},
        pupil::own::{self as pupil, PupilRow},
        pupil_request::{self, PupilRequestRow},
    },
    projects::{
        approval::{self, ApprovalRow},
        label::{self, LabelRow},
        project,
        succession::{self, SuccessionRow},
    },
};
use entity::{AccountKind, ContactState, InvitationState, TagKind, account_tag};
use tokio::sync::OnceCell;
use uuid::Uuid;

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
        connection::{self, Connection, List, Paging, cost},
        context::ContextExt,
        desktop::{
            contact::Contact,
            notification::{Notification, NotificationCounts},
        },
        guard::Public,
        inside::{
            message::{InboxFilter, Message},
            thread::{Thread, ThreadFilter},
            twin_space::TwinSpace,
        },
        members::{
            custody_transfer::CustodyTransfer, invitation::Invitation, member::Member,
            pupil::own::Pupil, pupil_request::PupilRequest,
        },
        projects::{
            approval::{Approval, Service},
            label::LabelApplication,
            project::{Project, ProjectFilter, ProjectOrder},
            succession::Succession,
        },
    },
};

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
    async fn name(&self, ctx: &Context<'_>) -> Result<&str> {
        Ok(&self.own(ctx).await?.name)
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
    async fn language(&self, ctx: &Context<'_>) -> Result<&str> {
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
    async fn permissions(&self, ctx: &Context<'_>) -> Result<Option<ViewerPermissions>> {
        ViewerPermissions::load(ctx).await.map(Some)
    }

    /// The viewer's sessions, newest first; at most 100.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>> {
        let lifetime = ctx.app().config.accounts.lifetime();
        let account = self.session.account_id;
        let sessions = session::list(ctx.db().read(), account, lifetime, ctx.now()).await?;
        Ok(sessions.into_iter().map(Session::from).collect())
    }

    /// The viewer's contacts, and the teachers with whom a contact request is pending (C-01).
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns only contacts in this state.")] state: Option<ContactState>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Contact>> {
        let viewer = self.session.account_id;
        let filter = contact::Filter { of: Some(viewer), state };
        let list = List::<ContactRow> { parent: Uuid::nil(), filter, order: (), descending: false };
        let node = |row| Contact::new(row, viewer);
        connection::page(ctx, Paging { first, after, last, before }, list, node).await
    }

    /// The projects of which the viewer is the proposer, the co-founder or a partner, oldest first
    /// unless another order is given.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "a connection has four, the filter and the order"
    )]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply.")] filter: Option<ProjectFilter>,
        #[graphql(desc = "The sort order. Defaults to the order of creation.")] order_by: Option<
            ProjectOrder,
        >,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Project>> {
        let of = Some(self.session.account_id);
        let filter = project::Filter { of, ..filter.unwrap_or_default().take()? };
        let order = order_by.map_or((project::Order::Created, false), ProjectOrder::take);
        Project::list(ctx, Paging { first, after, last, before }, filter, order).await
    }

    /// The viewer's memberships in TwinSpaces, in the order in which the viewer joined them.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Member>> {
        let of = Some(self.session.account_id);
        let filter = member::Filter { of, ..Default::default() };
        let order = member::Order::Joined;
        let list = List::<MemberRow> { parent: Uuid::nil(), filter, order, descending: false };
        let paging = Paging { first, after, last, before };
        connection::page_each(ctx, paging, list, async |row: MemberRow| {
            let access = ctx.twin_space_from_outside(cell(&row.project_id)?).await?;
            Ok(Member::new(row, access))
        })
        .await
    }

    /// The pupils in the viewer's custody, ordered by name, including those who do not belong to
    /// any TwinSpace or belong only to ones that the viewer is not in (M-14 to M-16).
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn pupils(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Pupil>> {
        let filter = pupil::Filter { of: Some(self.session.account_id) };
        let list = List::<PupilRow> { parent: Uuid::nil(), filter, order: (), descending: false };
        connection::page(ctx, Paging { first, after, last, before }, list, Pupil::new).await
    }

    /// The requests to bring pupils into TwinSpaces that the viewer has yet to answer, oldest first:
    /// those for the viewer's pupils (M-11), and those on which the viewer's support service decides,
    /// because the pupil's custodian no longer has an account (M-16).
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn pupil_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<PupilRequest>> {
        let filter = pupil_request::Filter {
            answered_by: Some(auth::Viewer::SignedIn(Arc::clone(&self.session)).person()),
            asked_by: None,
            pending_at: Some(ctx.now()),
        };
        let list =
            List::<PupilRequestRow> { parent: Uuid::nil(), filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, PupilRequest::new).await
    }

    /// The custody transfers from or to the viewer, and those that await a decision by the viewer's
    /// support service, oldest first (M-16).
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn custody_transfers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<CustodyTransfer>> {
        let seen_by = Some(auth::Viewer::SignedIn(Arc::clone(&self.session)).person());
        let open_at = Some(ctx.now());
        let filter = custody_transfer::Filter { seen_by, waiting_for: None, open_at };
        let list = List::<CustodyTransferRow> {
            parent: Uuid::nil(),
            filter,
            order: (),
            descending: false,
        };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, CustodyTransfer::new).await
    }

    /// The TwinSpace that the viewer chose to work in, or the only one that they belong to; null if
    /// they have yet to choose.
    async fn twin_space(&self, ctx: &Context<'_>) -> Result<Option<TwinSpace>> {
        let chosen = session::chosen(ctx.db().read(), self.session.session_id).await?;
        let project = match chosen {
            Some(project) => Some(project),
            None => member::only(ctx.db().read(), self.session.account_id).await?,
        };
        let Some(project) = project else { return Ok(None) };
        match TwinSpace::load(ctx, project.into()).await {
            // They are no longer a member.
            Err(Error::NotFound(_)) => Ok(None),
            found => found.map(Some),
        }
    }

    /// The pending invitations to the viewer's address, oldest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Invitation>> {
        let email = self.own(ctx).await?.email.clone();
        let filter = invitation::Filter {
            states: Some((vec![InvitationState::Pending], ctx.now())),
            of: Some((email, self.session.account_id)),
            ..invitation::Filter::default()
        };
        let list =
            List::<InvitationRow> { parent: Uuid::nil(), filter, order: (), descending: false };
        connection::page(ctx, Paging { first, after, last, before }, list, Invitation::new).await
    }

    /// The messages that the viewer received from other members, newest first (T-06).
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn inbox(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply.")] filter: Option<InboxFilter>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Message>> {
        let viewer = self.session.account_id;
        Message::list(
            ctx,
            viewer,
            filter.unwrap_or_default().take(viewer),
            Paging { first, after, last, before },
        )
        .await
    }

    /// The viewer's messages by whom they are with, in each TwinSpace: those with the newest message
    /// first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn threads(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply.")] filter: Option<ThreadFilter>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Thread>> {
        let (viewer, filter) = (self.session.account_id, filter.unwrap_or_default());
        Thread::list(ctx, viewer, filter, Paging { first, after, last, before }).await
    }

    /// The messages that the viewer sent to other members, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn sent_messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Message>> {
        let viewer = self.session.account_id;
        let filter = message::Filter { sent_by: Some(viewer), ..Default::default() };
        Message::list(ctx, viewer, filter, Paging { first, after, last, before }).await
    }

    /// Everything that requires the viewer's attention, newest first (T-07). Decisions made are not
    /// notifications: they are shown on the project, application or invitation concerned, and
    /// founders and applicants are notified by mail.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Notification>> {
        Notification::list(ctx, Paging { first, after, last, before }).await
    }

    /// The number of notifications for the viewer.
    async fn notification_counts(&self, ctx: &Context<'_>) -> Result<NotificationCounts> {
        NotificationCounts::load(ctx).await
    }

    /// The decisions that the viewer's support service has yet to make, oldest first; empty unless
    /// the viewer is an officer or administrator (P-06).
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn approvals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Approval>> {
        let of = Some(auth::Viewer::SignedIn(Arc::clone(&self.session)).person());
        let filter = approval::Filter { outstanding: Some(true), of };
        let list =
            List::<ApprovalRow> { parent: Uuid::nil(), filter, order: (), descending: false };
        connection::page(ctx, Paging { first, after, last, before }, list, Approval).await
    }

    /// The label applications that the viewer's support service has yet to decide on, oldest first;
    /// empty unless the viewer is an officer or administrator (L-01).
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn label_applications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<LabelApplication>> {
        let waiting_for = Some(auth::Viewer::SignedIn(Arc::clone(&self.session)).person());
        let filter = label::Filter { shown_to: None, waiting_for };
        let list = List::<LabelRow> { parent: Uuid::nil(), filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page_each(ctx, paging, list, async |row: LabelRow| {
            let access = ctx.project(cell(&row.project_id)?).await?;
            Ok(LabelApplication::new(row, access))
        })
        .await
    }

    /// The founder successions that the viewer's support service has yet to decide on, oldest
    /// first; empty unless the viewer is an officer or administrator (P-15).
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn successions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Succession>> {
        let waiting_for = Some(auth::Viewer::SignedIn(Arc::clone(&self.session)).person());
        let filter = succession::Filter { waiting_for };
        let list =
            List::<SuccessionRow> { parent: Uuid::nil(), filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page_each(ctx, paging, list, async |row: SuccessionRow| {
            let access = ctx.project(cell(&row.project_id)?).await?;
            Ok(Succession::new(row, access))
        })
        .await
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
