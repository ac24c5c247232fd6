//! What the viewer has, takes part in, and has yet to answer.

use std::sync::Arc;

use async_graphql::{Context, Object};
use domain::{
    Error, Result,
    accounts::session,
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
use entity::{AccountId, ContactState, InvitationState};
use uuid::Uuid;

use super::Viewer;
use crate::{
    auth,
    graphql::{
        connection::{self, Connection, List, Paging, cost},
        context::{ContextExt, inside},
        desktop::{
            contact::Contact,
            notification::{Notification, NotificationCounts},
        },
        inside::{
            message::{InboxFilter, Message},
            thread::{Thread, ThreadFilter},
            twin_space::TwinSpace,
        },
        loader::Accesses,
        members::{
            custody_transfer::CustodyTransfer, invitation::Invitation, member::Member,
            pupil::own::Pupil, pupil_request::PupilRequest,
        },
        projects::{
            approval::Approval,
            label::LabelApplication,
            project::{
                Project,
                list::{ProjectFilter, ProjectOrder},
            },
            succession::Succession,
        },
    },
};

/// The fields of the viewer that are about others.
pub struct ViewerList<'a>(pub &'a Viewer);

impl ViewerList<'_> {
    /// Who the viewer is.
    fn id(&self) -> AccountId {
        self.0.session.account_id
    }

    /// The viewer, for whom decisions wait.
    fn person(&self) -> policy::Person {
        auth::Viewer::SignedIn(Arc::clone(&self.0.session)).person()
    }
}

#[Object]
impl ViewerList<'_> {
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
        let viewer = self.id();
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
        let of = Some(self.id());
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
        let of = Some(self.id());
        let filter = member::Filter { of, ..Default::default() };
        let order = member::Order::Joined;
        let list = List::<MemberRow> { parent: Uuid::nil(), filter, order, descending: false };
        let paging = Paging { first, after, last, before };
        let person = ctx.viewer().person();
        connection::page_each(ctx, paging, list, async |row: MemberRow| {
            let access = match row.access(person)?.map(Arc::new) {
                Some(access) => {
                    let key = (person, access.project_id);
                    ctx.at_hand::<Accesses>(key, Arc::clone(&access)).await;
                    inside(Some(access))?
                }
                None => ctx.twin_space_from_outside(cell(&row.project_id)?).await?,
            };
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
        let filter = pupil::Filter { of: Some(self.id()) };
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
            answered_by: Some(self.person()),
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
        let seen_by = Some(self.person());
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
        let chosen = session::chosen(ctx.db().read(), self.0.session.session_id).await?;
        let project = match chosen {
            Some(project) => Some(project),
            None => member::only(ctx.db().read(), self.id()).await?,
        };
        let Some(project) = project else { return Ok(None) };
        match TwinSpace::load(ctx, project.into()).await {
            // The viewer has left it since.
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
        let email = self.0.own(ctx).await?.email.clone();
        let filter = invitation::Filter {
            states: Some((vec![InvitationState::Pending], ctx.now())),
            of: Some((email, self.id())),
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
        let viewer = self.id();
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
        let (viewer, filter) = (self.id(), filter.unwrap_or_default());
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
        let viewer = self.id();
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
        let of = Some(self.person());
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
        let waiting_for = Some(self.person());
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
        let waiting_for = Some(self.person());
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
