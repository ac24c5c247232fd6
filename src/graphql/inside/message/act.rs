//! The mutations of messages.

use async_graphql::{Context, InputObject, Object};
use domain::{
    Result,
    inside::message::{self, Draft},
};
use entity::{MemberId, MessageId, ThreadId};
use policy::MemberAct;

use super::Message;
use crate::graphql::{
    context::ContextExt,
    desktop::viewer::Viewer,
    guard::{Decides, SignedIn},
    payload::{gone_from_viewer, inputs, payload},
};

/// Input for `sendMessage`.
#[derive(InputObject)]
pub struct SendMessageInput {
    /// The member.
    member_id: MemberId,
    /// The subject, at most 200 characters.
    subject: Option<String>,
    /// Plain text, at most 5000 characters.
    text: String,
    /// The message from or to that member to which this is a reply.
    #[graphql(name = "inReplyToId")]
    in_reply_to: Option<MessageId>,
    /// A key chosen by the client, at most 100 characters. Sending again with the same key does not
    /// deliver a second message.
    idempotency_key: Option<String>,
}

inputs! {
    message_id: MessageId, "The message.";
    /// Input for `markMessageRead`.
    MarkMessageReadInput
    /// Input for `deleteMessage`.
    DeleteMessageInput
}

/// Input for `markInboxRead`.
#[derive(InputObject)]
pub struct MarkInboxReadInput {
    /// The latest message that the viewer was shown: later ones stay unread. It marks a point in time,
    /// so that it does not matter if it has been deleted since. If omitted, all messages are marked.
    up_to_message_id: Option<MessageId>,
}

/// Result of `markInboxRead`.
pub struct MarkInboxReadPayload(u64);

/// Result of `markInboxRead`.
#[Object]
impl MarkInboxReadPayload {
    /// How many messages were marked.
    async fn read_count(&self) -> u64 {
        self.0
    }

    /// The viewer, whose inbox and counts have changed.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        Viewer::of(ctx)
    }
}

payload! {
    /// Result of `sendMessage`.
    SendMessagePayload(MessageId) {
        /// The message.
        message: Message
    }
}

payload! {
    /// Result of `markMessageRead`.
    MarkMessageReadPayload(MessageId) {
        /// The message.
        message: Message, viewer
    }
}

gone_from_viewer! {
    /// Result of `deleteMessage`.
    DeleteMessagePayload {
        /// The ID of the message, which the other person keeps.
        message_id: MessageId,
        /// The thread in which it was.
        thread_id: ThreadId
    }
}

/// What can be done with messages.
#[derive(Default)]
pub struct MessageMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl MessageMutation {
    /// Sends a message to another member of the same TwinSpace (T-06). Adults are notified by mail,
    /// at most once an hour.
    #[graphql(guard = "Decides(MemberAct::Contact)")]
    async fn send_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The recipient and the message.")] input: SendMessageInput,
    ) -> Result<Option<SendMessagePayload>> {
        let SendMessageInput { member_id, subject, text, in_reply_to, idempotency_key } = input;
        let actor = ctx.actor();
        let draft = Draft { subject, text, in_reply_to, key: idempotency_key };
        if let Some((sent, by)) = message::preview(actor, member_id, &draft).await? {
            return Ok(ctx.changed_by(by, SendMessagePayload(sent)).await);
        }
        ctx.app().limits.message(actor.account()?).await?;
        let (id, by) = message::send(actor, member_id, draft).await?;
        Ok(ctx.changed_by(by, SendMessagePayload(id)).await)
    }

    /// Marks a message that the viewer received as read.
    #[graphql(guard = "SignedIn")]
    async fn mark_message_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message.")] input: MarkMessageReadInput,
    ) -> Result<Option<MarkMessageReadPayload>> {
        let reader = ctx.signed_in()?.account_id;
        message::read(ctx.db(), reader, input.message_id, ctx.now()).await?;
        Ok(ctx.changed(MarkMessageReadPayload(input.message_id)))
    }

    /// Marks all messages that the viewer received as read, or those up to a certain one.
    #[graphql(guard = "SignedIn")]
    async fn mark_inbox_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which messages.")] input: MarkInboxReadInput,
    ) -> Result<Option<MarkInboxReadPayload>> {
        let reader = ctx.signed_in()?.account_id;
        let read =
            message::read_all(ctx.db(), reader, None, input.up_to_message_id, ctx.now()).await?;
        Ok(ctx.changed(MarkInboxReadPayload(read)))
    }

    /// Deletes a message from the viewer's own mailbox. The other person keeps their copy.
    #[graphql(guard = "SignedIn")]
    async fn delete_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message.")] input: DeleteMessageInput,
    ) -> Result<Option<DeleteMessagePayload>> {
        let DeleteMessageInput { message_id } = input;
        let owner = ctx.signed_in()?.account_id;
        let thread_id = message::delete(ctx.db(), owner, message_id, ctx.now()).await?;
        Ok(ctx.changed(DeleteMessagePayload { message_id, thread_id }))
    }
}
