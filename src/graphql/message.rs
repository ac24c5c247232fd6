//! Messages from member to member: the inbox (T-06).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject, Union};
use chrono::{DateTime, Utc};
use entity::{AccountId, MemberId, MessageId};
use futures_util::Stream;
use uuid::Uuid;

use super::{
    connection::{self, Connection, List, Paging, cost},
    context::ContextExt,
    guard::{OnMember, SignedIn},
    loader::Rows,
    member::Member,
    payload::payload,
    person::Person,
    report::may_report,
    subscription::follow,
    twin_space::TwinSpace,
};
use crate::{
    Error, Result,
    domain::{
        list::cell,
        message::{self, Draft, Filter, MessageRow},
    },
    events::Event,
    policy::{Allowance, MemberAct},
};

/// A message from member to member, in one of the viewer's own boxes.
#[derive(Clone, Debug)]
pub struct Message {
    row: Arc<MessageRow>,
    viewer: AccountId,
}

impl Message {
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
        // What is not asked for is not looked up.
        if !ctx.look_ahead().field("reply").exists() {
            return Ok(Allowance::from(Ok::<(), domain::Reason>(())));
        }
        Member::may_contact(ctx, cell(&self.row.project_id)?, other).await
    }
}

/// What the viewer may do with a message, and if not, why.
#[derive(SimpleObject)]
pub struct MessagePermissions {
    /// Answer it, as a message to the other of the two.
    reply: Allowance,
    /// Report it.
    report: Allowance,
}

/// A message from member to member, in one of the viewer's own boxes.
#[Object]
impl Message {
    /// Its id.
    pub async fn id(&self) -> Result<MessageId> {
        cell(&self.row.id)
    }

    /// Who wrote it.
    async fn from(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.row.sender_id)?, self.row.sender_name.clone()))
    }

    /// Who it is for.
    async fn to(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.row.recipient_id)?, self.row.recipient_name.clone()))
    }

    /// The place of who wrote it in the TwinSpace, to whom an answer is sent; null if they have left
    /// it, or the viewer has.
    #[graphql(name = "fromMember")]
    async fn sender_member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::of(ctx, cell(&self.row.project_id)?, cell(&self.row.sender_id)?).await
    }

    /// The place of who it is for in the TwinSpace; null if they have left it, or the viewer has.
    #[graphql(name = "toMember")]
    async fn recipient_member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::of(ctx, cell(&self.row.project_id)?, cell(&self.row.recipient_id)?).await
    }

    /// The TwinSpace in which it was written; null if the viewer has left it.
    async fn twin_space(&self, ctx: &Context<'_>) -> Result<Option<TwinSpace>> {
        match ctx.twin_space_from_outside(cell(&self.row.project_id)?).await {
            Ok(access) => Ok(Some(TwinSpace::new(access))),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What it is about; empty if nothing was said of it.
    async fn subject(&self) -> Result<String> {
        cell(&self.row.subject)
    }

    /// Plain text with line breaks. Show it as it is: it is no HTML and no Markdown.
    async fn text(&self) -> Result<String> {
        cell(&self.row.text)
    }

    /// The message that it answers; null if the viewer has deleted it, or it answers none.
    async fn in_reply_to(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        let Some(id) = cell(&self.row.in_reply_to)? else { return Ok(None) };
        match Self::load(ctx, id).await {
            Err(Error::NotFound(_)) => Ok(None),
            found => found.map(Some),
        }
    }

    /// The messages that answer it, the oldest first, without those that the viewer has deleted.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn replies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front, at most 100; 20 unless it is said.")]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
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

    /// What the viewer may do with it, and if not, why.
    #[graphql(complexity = 5)]
    async fn permissions(&self, ctx: &Context<'_>) -> Result<MessagePermissions> {
        let reply = self.may_reply(ctx).await?;
        let report = may_report(ctx, cell(&self.row.id)?.0, cell(&self.row.sender_id)?).await?;
        Ok(MessagePermissions { reply, report })
    }

    /// When the viewer read it; null if not yet. When others read what they got is theirs alone
    /// (M-02).
    async fn read_at(&self) -> Result<Option<DateTime<Utc>>> {
        let received = cell(&self.row.recipient_id)? == self.viewer;
        Ok(cell(&self.row.read_at)?.filter(|_| received))
    }
}

/// What is written to whom.
#[derive(InputObject)]
pub struct SendMessageInput {
    /// The member.
    member_id: MemberId,
    /// What it is about, at most 200 characters.
    subject: Option<String>,
    /// Plain text, at most 5000 characters.
    text: String,
    /// The message from or to that member which it answers.
    in_reply_to: Option<MessageId>,
    /// A word of the client's own, at most 100 characters: sent again with the same one, the
    /// message arrives once.
    idempotency_key: Option<String>,
}

/// Which message.
#[derive(InputObject)]
pub struct MessageInput {
    /// The message.
    message_id: MessageId,
}

payload! {
    /// What came of writing.
    SendMessagePayload(MessageId) {
        /// The message.
        message: Message
    }
}

payload! {
    /// What came of reading.
    MarkMessageReadPayload(MessageId) {
        /// The message.
        message: Message
    }
}

/// Which message was deleted.
#[derive(SimpleObject)]
pub struct DeleteMessagePayload {
    /// The id that it has for the other, who keeps it.
    message_id: MessageId,
}

/// What can be done with messages.
#[derive(Default)]
pub struct MessageMutation;

#[Object(guard = "super::guard::Unguarded")]
impl MessageMutation {
    /// Writes to another member of the same TwinSpace (T-06). Adults are mailed that there is a
    /// message, at most once an hour.
    #[graphql(guard = "OnMember(MemberAct::Contact, input.member_id)")]
    async fn send_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is written to whom.")] input: SendMessageInput,
    ) -> Result<SendMessagePayload> {
        let SendMessageInput { member_id, subject, text, in_reply_to, idempotency_key } = input;
        ctx.app().limits.message(ctx.signed_in()?.account_id).await?;
        let access = Member::subject(ctx, member_id).await?.access;
        let draft = Draft { subject, text, in_reply_to, key: idempotency_key };
        let id = message::send(ctx.db(), &access, member_id, draft, ctx.now()).await?;
        Ok(ctx.changed(SendMessagePayload(id)))
    }

    /// Notes that the viewer read a message that they got.
    #[graphql(guard = "SignedIn")]
    async fn mark_message_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which message.")] input: MessageInput,
    ) -> Result<MarkMessageReadPayload> {
        let reader = ctx.signed_in()?.account_id;
        message::read(ctx.db(), reader, input.message_id, ctx.now()).await?;
        Ok(ctx.changed(MarkMessageReadPayload(input.message_id)))
    }

    /// Deletes a message from the viewer's own box; the other keeps theirs.
    #[graphql(guard = "SignedIn")]
    async fn delete_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which message.")] input: MessageInput,
    ) -> Result<DeleteMessagePayload> {
        let MessageInput { message_id } = input;
        message::delete(ctx.db(), ctx.signed_in()?.account_id, message_id).await?;
        Ok(ctx.changed(DeleteMessagePayload { message_id }))
    }
}

payload! {
    /// A message arrived.
    MessageArrived(MessageId) {
        /// The message; null if it was deleted already.
        message: Message
    }
}

payload! {
    /// A message was read, perhaps on another device.
    MessageChanged(MessageId) {
        /// The message, as it is now; null if it was deleted already.
        message: Message
    }
}

/// A message was deleted from one of the viewer's boxes, perhaps on another device.
#[derive(SimpleObject)]
pub struct MessageGone {
    /// The id that it had.
    message_id: MessageId,
}

/// Changes may have been missed: load the inbox again.
#[derive(SimpleObject)]
pub struct InboxMissed {
    /// Whose inbox it is.
    account_id: AccountId,
}

/// What changed in the viewer's boxes.
#[derive(Union)]
pub enum InboxChange {
    /// A message arrived.
    Arrived(MessageArrived),
    /// A message was read.
    Changed(MessageChanged),
    /// A message was deleted.
    Gone(MessageGone),
    /// Changes may have been missed.
    Missed(InboxMissed),
}

/// What can be heard of messages.
#[derive(Default)]
pub struct MessageSubscription;

#[async_graphql::Subscription(guard = "super::guard::Unguarded")]
impl MessageSubscription {
    /// The viewer's inbox, live. Ends with an error when the session ends.
    #[graphql(guard = "SignedIn")]
    async fn inbox_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'_>,
    ) -> impl Stream<Item = Result<InboxChange>> + 'ctx {
        let viewer = ctx.viewer().account();
        let concerns = move |event: &Event| matches!(event, Event::Inbox { account, .. } if Some(*account) == viewer);
        follow(ctx, concerns, move |event| async move {
            let Event::Inbox { message: id, arrived, .. } = event else {
                let account_id = ctx.signed_in()?.account_id;
                return Ok(Some(InboxChange::Missed(InboxMissed { account_id })));
            };
            Ok(match Message::load(ctx, id).await {
                Ok(_) if arrived => Some(InboxChange::Arrived(MessageArrived(id))),
                Ok(_) => Some(InboxChange::Changed(MessageChanged(id))),
                Err(Error::NotFound(_)) => Some(InboxChange::Gone(MessageGone { message_id: id })),
                Err(error) => return Err(error),
            })
        })
    }
}
