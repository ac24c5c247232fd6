//! Messages from member to member: the inbox (T-06).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    inside::message::{Filter, MessageRow},
    list::cell,
};
use entity::{AccountId, MessageId, TwinSpaceId};
use policy::Allowance;
use uuid::Uuid;

use crate::graphql::{
    accounts::person::Person,
    care::report::is_reported,
    connection::{self, Connection, List, Paging, cost},
    context::ContextExt,
    inside::{thread::Thread, twin_space::TwinSpace},
    loader::Rows,
    members::member::Member,
    scalar::Time,
};

mod act;
mod subscription;

pub use act::MessageMutation;
pub use subscription::MessageSubscription;

/// A message from one member to another, in one of the viewer's own mailboxes.
#[derive(Clone, Debug)]
pub struct Message {
    row: Arc<MessageRow>,
    viewer: AccountId,
}

impl Message {
    /// A message in one of the viewer's mailboxes.
    pub fn new(row: Arc<MessageRow>, viewer: AccountId) -> Self {
        Self { row, viewer }
    }

    /// The message with this id, for its sender and its recipient, unless they deleted it.
    pub async fn load(ctx: &Context<'_>, id: MessageId) -> Result<Self> {
        let missing = || Error::NotFound("message");
        let viewer = ctx.signed_in()?.account_id;
        let columns = connection::columns::<MessageRow>(ctx);
        let row = ctx.load::<Rows<MessageRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let sent = cell(&row.sender_id)? == viewer && !cell(&row.sender_deleted)?;
        let received = cell(&row.recipient_id)? == viewer && !cell(&row.recipient_deleted)?;
        if sent || received { Ok(Self { row, viewer }) } else { Err(missing()) }
    }

    /// One of the viewer's boxes, the newest first.
    pub async fn list(
        ctx: &Context<'_>,
        viewer: AccountId,
        filter: Filter,
        paging: Paging,
    ) -> Result<Connection<Self>> {
        let list = List::<MessageRow> { parent: Uuid::nil(), filter, order: (), descending: true };
        let node = |row| Self { row: Arc::new(row), viewer };
        connection::page(ctx, paging, list, node).await
    }

    /// Whether the viewer may answer it: the other must still be there.
    async fn may_reply(&self, ctx: &Context<'_>) -> Result<Allowance> {
        let (from, to) = (cell(&self.row.sender_id)?, cell(&self.row.recipient_id)?);
        let other = if from == self.viewer { to } else { from };
        // What is not selected is not loaded.
        if !ctx.look_ahead().field("reply").exists() {
            return Ok(Allowance::from(Ok::<(), domain::Reason>(())));
        }
        Member::may_contact(ctx, cell(&self.row.project_id)?, other).await
    }
}

/// What the viewer may do with a message, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct MessagePermissions {
    /// Reply to it, with a message to the other person.
    reply: Allowance,
    /// Report it.
    report: Allowance,
}

/// A message from one member to another, in one of the viewer's own mailboxes.
#[Object]
impl Message {
    /// The ID.
    pub async fn id(&self) -> Result<MessageId> {
        cell(&self.row.id)
    }

    /// The author.
    async fn from(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.row.sender_id)?, self.row.sender_name.clone()))
    }

    /// The recipient.
    async fn to(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.row.recipient_id)?, self.row.recipient_name.clone()))
    }

    /// The sender's membership in the TwinSpace, to which a reply is sent; null if the sender or
    /// the viewer has left.
    #[graphql(name = "fromMember")]
    async fn sender_member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::of(ctx, cell(&self.row.project_id)?, cell(&self.row.sender_id)?).await
    }

    /// The recipient's membership in the TwinSpace; null if the recipient or the viewer has left.
    #[graphql(name = "toMember")]
    async fn recipient_member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::of(ctx, cell(&self.row.project_id)?, cell(&self.row.recipient_id)?).await
    }

    /// The TwinSpace in which it was sent; null if the viewer has left it.
    async fn twin_space(&self, ctx: &Context<'_>) -> Result<Option<TwinSpace>> {
        TwinSpace::mentioned(ctx, cell(&self.row.project_id)?).await
    }

    /// All messages between the two in the TwinSpace.
    async fn thread(&self) -> Result<Thread> {
        Thread::of(&self.row, self.viewer)
    }

    /// The subject; empty if there is none.
    async fn subject(&self) -> Result<String> {
        cell(&self.row.subject)
    }

    /// Plain text with line breaks. Display it as is: it is neither HTML nor Markdown.
    async fn text(&self) -> Result<String> {
        cell(&self.row.text)
    }

    /// The message to which this is a reply; null if it is not a reply, or if the viewer has
    /// deleted that message.
    async fn in_reply_to(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        let Some(id) = cell(&self.row.in_reply_to)? else { return Ok(None) };
        match Self::load(ctx, id).await {
            Err(Error::NotFound(_)) => Ok(None),
            found => found.map(Some),
        }
    }

    /// The replies to this message, oldest first, without those that the viewer has deleted.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn replies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Self>> {
        let (parent, viewer) = (cell(&self.row.id)?.0, self.viewer);
        let filter = Filter { in_boxes_of: Some(viewer), ..Filter::default() };
        let list = List::<MessageRow> { parent, filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        let node = |row| Self { row: Arc::new(row), viewer };
        connection::page(ctx, paging, list, node).await
    }

    /// When it was sent.
    async fn sent_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.sent_at)
    }

    /// What the viewer may do with it, with a reason for anything that is not allowed.
    #[graphql(complexity = 5)]
    async fn permissions(&self, ctx: &Context<'_>) -> Result<MessagePermissions> {
        let reply = self.may_reply(ctx).await?;
        let reported = is_reported(ctx, cell(&self.row.id)?.0).await?;
        let person = ctx.viewer().person();
        let report = person.may_report(cell(&self.row.sender_id)?, reported).into();
        Ok(MessagePermissions { reply, report })
    }

    /// When the viewer read it; null if it is unread. Senders cannot see when their messages are
    /// read (M-02).
    async fn read_at(&self) -> Result<Option<DateTime<Utc>>> {
        let received = cell(&self.row.recipient_id)? == self.viewer;
        Ok(cell(&self.row.read_at)?.filter(|_| received))
    }
}

/// Filters the messages that the viewer received.
#[derive(InputObject, Default)]
pub struct InboxFilter {
    /// If true, returns only unread messages; if false, only read ones.
    unread: Option<bool>,
    /// Returns only messages from this person.
    person_id: Option<AccountId>,
    /// Returns only messages that were sent in this TwinSpace.
    twin_space_id: Option<TwinSpaceId>,
    /// Returns only messages that were sent at this time or later.
    since: Option<Time>,
    /// Returns only messages that were sent before this time.
    until: Option<Time>,
}

impl InboxFilter {
    /// The filter of the domain, for the inbox of this person.
    pub fn take(self, viewer: AccountId) -> Filter {
        Filter {
            received_by: Some(viewer),
            received_from: self.person_id,
            unread: self.unread,
            project: self.twin_space_id.map(Into::into),
            since: self.since.map(Into::into),
            until: self.until.map(Into::into),
            ..Filter::default()
        }
    }
}
