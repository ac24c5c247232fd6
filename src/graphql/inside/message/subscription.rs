//! The subscription to messages.

use async_graphql::{Context, Object, Union};
use domain::{
    Error, Result,
    events::{Event, InboxNews},
};
use entity::{MessageId, ThreadId};
use futures_util::Stream;

use super::Message;
use crate::graphql::{
    context::ContextExt,
    desktop::viewer::Viewer,
    guard::SignedIn,
    payload::{gone_from_viewer, payload},
    subscription::follow,
};

payload! {
    /// A message arrived.
    MessageArrived(MessageId) {
        /// The message; null if it has been deleted since.
        message: Message
    }
}

payload! {
    /// The viewer sent a message, perhaps on another device.
    MessageSent(MessageId) {
        /// The message; null if it has been deleted since.
        message: Message
    }
}

payload! {
    /// A message was read, perhaps on another device.
    MessageChanged(MessageId) {
        /// The updated message; null if it has been deleted since.
        message: Message
    }
}

gone_from_viewer! {
    /// A message was deleted from one of the viewer's mailboxes, perhaps on another device.
    MessageGone {
        /// The ID that it had.
        message_id: MessageId,
        /// The thread in which it was; it no longer exists if that was the only message.
        thread_id: ThreadId
    }
}

/// Messages were marked as read together, perhaps on another device. Reload the inbox.
pub struct InboxRead;

/// Messages were marked as read together, perhaps on another device. Reload the inbox.
#[Object]
impl InboxRead {
    /// The viewer, whose inbox changed.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        Viewer::of(ctx)
    }
}

/// Changes may have been missed. Reload the inbox.
pub struct InboxChangesMissed;

/// Changes may have been missed. Reload the inbox.
#[Object]
impl InboxChangesMissed {
    /// The viewer, whose inbox changed.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        Viewer::of(ctx)
    }
}

/// A change in the viewer's mailboxes.
#[derive(Union)]
pub enum InboxChange {
    /// A message arrived.
    Arrived(MessageArrived),
    /// The viewer sent a message.
    Sent(MessageSent),
    /// A message was read.
    Changed(MessageChanged),
    /// A message was deleted.
    Gone(MessageGone),
    /// Messages were marked as read together.
    Read(InboxRead),
    /// Changes may have been missed.
    Missed(InboxChangesMissed),
}

/// What can be heard of messages.
#[derive(Default)]
pub struct MessageSubscription;

#[async_graphql::Subscription(guard = "crate::graphql::guard::Unguarded")]
impl MessageSubscription {
    /// Streams changes in the viewer's mailboxes: messages that arrive, that the viewer sends, reads and
    /// deletes, on any device. Ends with an error when the session ends.
    #[graphql(guard = "SignedIn")]
    async fn inbox_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'_>,
    ) -> impl Stream<Item = Result<InboxChange>> + 'ctx {
        let viewer = ctx.viewer().account();
        let concerns = move |event: &Event| match event {
            Event::Inbox { account, .. } | Event::InboxRead { account } => Some(*account) == viewer,
            _ => false,
        };
        follow(ctx, concerns, move |event| async move {
            let (id, thread_id, news) = match event {
                Event::Inbox { message, thread, news, .. } => (message, thread, news),
                Event::InboxRead { .. } => return Ok(Some(InboxChange::Read(InboxRead))),
                _ => return Ok(Some(InboxChange::Missed(InboxChangesMissed))),
            };
            Ok(Some(match Message::load(ctx, id).await {
                Ok(_) => match news {
                    InboxNews::Arrived => InboxChange::Arrived(MessageArrived(id)),
                    InboxNews::Sent => InboxChange::Sent(MessageSent(id)),
                    InboxNews::Changed => InboxChange::Changed(MessageChanged(id)),
                },
                Err(Error::NotFound(_)) => {
                    InboxChange::Gone(MessageGone { message_id: id, thread_id })
                }
                Err(error) => return Err(error),
            }))
        })
    }
}
