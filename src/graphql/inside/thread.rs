//! Threads: the messages between the viewer and another member of a TwinSpace (T-06).

use std::{future::ready, sync::Arc};

use async_graphql::{Context, InputObject, Object};
use domain::{
    Error, Result,
    inside::message::{self, Filter, MessageRow},
    list::cell,
};
use entity::{AccountId, MessageId, ProjectId, ThreadId, TwinSpaceId};
use uuid::Uuid;

use crate::graphql::{
    accounts::person::Person,
    connection::{self, Connection, List, Paging, cost},
    context::ContextExt,
    desktop::viewer::Viewer,
    guard::SignedIn,
    inside::{message::Message, twin_space::TwinSpace},
    loader::{LatestIn, Rows, ThreadsWith, UnreadIn},
    members::member::Member,
};

/// The messages between the viewer and another member of a TwinSpace.
pub struct Thread {
    id: ThreadId,
    project: ProjectId,
    other: AccountId,
    other_name: Option<String>,
    /// The latest message, where it is known.
    latest: Option<MessageId>,
    viewer: AccountId,
}

impl Thread {
    /// The thread of a message in one of the viewer's mailboxes.
    pub fn of(row: &MessageRow, viewer: AccountId) -> Result<Self> {
        let sent = cell(&row.sender_id)? == viewer;
        let (other, other_name) = match sent {
            true => (cell(&row.recipient_id)?, row.recipient_name.clone()),
            false => (cell(&row.sender_id)?, row.sender_name.clone()),
        };
        let (id, project) = (cell(&row.thread_id)?, cell(&row.project_id)?);
        Ok(Self { id, project, other, other_name, latest: None, viewer })
    }

    /// The viewer's thread with another member of a TwinSpace, if they have messages of it.
    pub async fn with(
        ctx: &Context<'_>,
        project: ProjectId,
        other: AccountId,
        other_name: Option<String>,
    ) -> Result<Option<Self>> {
        let Some(viewer) = ctx.viewer().account() else { return Ok(None) };
        let id = ctx.load::<ThreadsWith>(((viewer, project), other)).await?;
        Ok(id.map(|id| Self { id: *id, project, other, other_name, latest: None, viewer }))
    }

    /// The thread with this ID, for each of the two who has messages of it.
    pub async fn load(ctx: &Context<'_>, id: ThreadId) -> Result<Self> {
        let missing = || Error::NotFound("thread");
        let viewer = ctx.signed_in()?.account_id;
        let latest = ctx.load::<LatestIn>((viewer, id)).await?.ok_or_else(missing)?;
        let columns = connection::columns::<MessageRow>(ctx);
        let row = ctx.load::<Rows<MessageRow>>((latest.0, columns)).await?.ok_or_else(missing)?;
        Ok(Self { latest: Some(*latest), ..Self::of(&row, viewer)? })
    }

    /// The viewer's threads, those with the newest messages first.
    pub async fn list(
        ctx: &Context<'_>,
        viewer: AccountId,
        filter: ThreadFilter,
        paging: Paging,
    ) -> Result<Connection<Self>> {
        let ThreadFilter { unread, twin_space_id, person_id } = filter;
        let filter = Filter {
            in_boxes_of: Some(viewer),
            latest_for: Some(viewer),
            unread_by: unread.map(|unread| (viewer, unread)),
            project: twin_space_id.map(Into::into),
            with: person_id,
            ..Filter::default()
        };
        let list = List::<MessageRow> { parent: Uuid::nil(), filter, order: (), descending: true };
        let node =
            |row: MessageRow| Ok(Self { latest: Some(cell(&row.id)?), ..Self::of(&row, viewer)? });
        connection::page_each(ctx, paging, list, |row| ready(node(row))).await
    }
}

/// The messages between the viewer and another member of a TwinSpace. Each of the two has those that
/// they have not deleted.
#[Object]
impl Thread {
    /// The ID.
    pub async fn id(&self) -> ThreadId {
        self.id
    }

    /// The other person.
    async fn person(&self) -> Person {
        Person::new(self.other, self.other_name.clone())
    }

    /// The other person's membership in the TwinSpace, to which a message is sent; null if they or the
    /// viewer have left.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::of(ctx, self.project, self.other).await
    }

    /// The TwinSpace; null if the viewer has left it.
    async fn twin_space(&self, ctx: &Context<'_>) -> Result<Option<TwinSpace>> {
        TwinSpace::mentioned(ctx, self.project).await
    }

    /// The latest message that the viewer has not deleted, from either of the two; null if they have
    /// deleted all of them.
    async fn latest_message(&self, ctx: &Context<'_>) -> Result<Option<Message>> {
        let latest = match self.latest {
            Some(latest) => Some(latest),
            None => ctx.load::<LatestIn>((self.viewer, self.id)).await?.map(|latest| *latest),
        };
        match latest {
            Some(latest) => Message::load(ctx, latest).await.map(Some),
            None => Ok(None),
        }
    }

    /// How many messages the viewer received and has not read.
    async fn unread_count(&self, ctx: &Context<'_>) -> Result<u64> {
        let unread = ctx.load::<UnreadIn>((self.viewer, self.id)).await?;
        Ok(unread.map_or(0, |count| *count))
    }

    /// The messages, oldest first: `last` for the newest.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Message>> {
        let viewer = self.viewer;
        let filter = Filter { in_boxes_of: Some(viewer), of_thread: true, ..Filter::default() };
        let list = List { parent: self.id.0, filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, |row| Message::new(Arc::new(row), viewer)).await
    }
}

/// Filters the viewer's threads.
#[derive(InputObject, Default)]
pub struct ThreadFilter {
    /// If true, returns only threads with messages that the viewer has not read; if false, only those
    /// without.
    unread: Option<bool>,
    /// Returns only threads in this TwinSpace.
    twin_space_id: Option<TwinSpaceId>,
    /// Returns only threads with this person.
    person_id: Option<AccountId>,
}

/// Input for `markThreadRead`.
#[derive(InputObject)]
pub struct MarkThreadReadInput {
    /// The thread.
    thread_id: ThreadId,
    /// The latest message that the viewer was shown: later ones stay unread. It marks a point in time,
    /// so that it does not matter if it has been deleted since. If omitted, all messages are marked.
    up_to_message_id: Option<MessageId>,
}

/// Result of `markThreadRead`.
pub struct MarkThreadReadPayload {
    thread: ThreadId,
    read: u64,
}

/// Result of `markThreadRead`.
#[Object]
impl MarkThreadReadPayload {
    /// How many messages were marked.
    async fn read_count(&self) -> u64 {
        self.read
    }

    /// The thread.
    async fn thread(&self, ctx: &Context<'_>) -> Result<Option<Thread>> {
        Thread::load(ctx, self.thread).await.map(Some)
    }

    /// The viewer, whose inbox and counts have changed.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        Viewer::of(ctx)
    }
}

/// What can be done with threads.
#[derive(Default)]
pub struct ThreadMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl ThreadMutation {
    /// Marks the messages of a thread that the viewer received as read, or those up to a certain one.
    #[graphql(guard = "SignedIn")]
    async fn mark_thread_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The thread.")] input: MarkThreadReadInput,
    ) -> Result<Option<MarkThreadReadPayload>> {
        let MarkThreadReadInput { thread_id: thread, up_to_message_id } = input;
        let reader = ctx.signed_in()?.account_id;
        let read =
            message::read_all(ctx.db(), reader, Some(thread), up_to_message_id, ctx.now()).await?;
        Ok(ctx.changed(MarkThreadReadPayload { thread, read }))
    }
}
