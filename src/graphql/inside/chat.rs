//! The chat room of a TwinSpace (T-04).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject, Union};
use chrono::{DateTime, Utc};
use domain::{
    Error, Reason, Result,
    access::Access,
    events::Event,
    inside::chat::{self, ChatRow},
    list::cell,
};
use entity::{ChatMessageId, ProjectId, TwinSpaceId};
use futures_util::Stream;
use policy::{Allowance, ChatAct, ChatFacts, Subject, TwinSpacePermission};

use crate::graphql::{
    accounts::person::Person,
    care::report::is_reported,
    connection,
    context::ContextExt,
    guard::{Decides, ReadsTwinSpace},
    inside::{settings::TwinSpaceSettings, twin_space::TwinSpace},
    loader::Rows,
    members::member::Member,
    payload::{gone, payload},
    subscription::{ChangesMissed, follow},
};

/// A message in the chat room of a TwinSpace.
#[derive(Clone, Debug)]
pub struct ChatMessage {
    row: Arc<ChatRow>,
    /// The viewer's access.
    pub access: Arc<Access>,
}

impl ChatMessage {
    /// A message loaded with this access.
    pub fn new(row: impl Into<Arc<ChatRow>>, access: Arc<Access>) -> Self {
        Self { row: row.into(), access }
    }

    /// The message with this ID, for those who take part in the chat. Visitors cannot see it.
    pub async fn load(ctx: &Context<'_>, id: ChatMessageId) -> Result<Self> {
        let message = Self::written(ctx, id).await?;
        match message.access.reads_chat() {
            Err(Reason::ChatClosed) => Err(Error::Forbidden(Reason::ChatClosed)),
            Err(_) => Err(Error::NotFound("message")),
            Ok(()) => Ok(message),
        }
    }

    async fn written(ctx: &Context<'_>, id: ChatMessageId) -> Result<Self> {
        ctx.signed_in()?;
        let missing = || Error::NotFound("message");
        let columns = connection::columns::<ChatRow>(ctx);
        let row = ctx.load::<Rows<ChatRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let access = ctx
            .twin_space(cell(&row.project_id)?)
            .await
            .map_err(|error| error.within("message"))?;
        Ok(Self { row, access })
    }

    fn is_viewers(&self) -> bool {
        self.row.author_id.is_some() && self.row.author_id == self.access.person.account
    }
}

/// A message in the chat room of a TwinSpace.
#[Object]
impl ChatMessage {
    /// The ID. IDs increase in the order of the messages in the room.
    pub async fn id(&self) -> Result<ChatMessageId> {
        cell(&self.row.id)
    }

    /// The TwinSpace.
    async fn twin_space(&self) -> TwinSpace {
        TwinSpace::new(Arc::clone(&self.access))
    }

    /// The author, who may have left since.
    async fn author(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.row.author_id)?, self.row.author_name.clone()))
    }

    /// The author's membership in the TwinSpace; null if they have left.
    async fn author_member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::of(ctx, self.access.project_id, cell(&self.row.author_id)?).await
    }

    /// Whether the viewer wrote it.
    async fn by_viewer(&self) -> bool {
        self.is_viewers()
    }

    /// Plain text with line breaks. Display it as is: it is neither HTML nor Markdown.
    async fn text(&self) -> Result<String> {
        cell(&self.row.text)
    }

    /// When it was sent.
    async fn sent_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.sent_at)
    }

    /// What the viewer may do with it, with a reason for anything that is not allowed.
    #[graphql(complexity = 5)]
    async fn permissions(&self, ctx: &Context<'_>) -> Result<ChatMessagePermissions> {
        let reported = is_reported(ctx, cell(&self.row.id)?.0).await?;
        let facts = ChatFacts { author: cell(&self.row.author_id)?, reported };
        let ask = |act| facts.decide(act, &self.access).into();
        Ok(ChatMessagePermissions { delete: ask(ChatAct::Delete), report: ask(ChatAct::Report) })
    }
}

/// What the viewer may do with a chat message, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct ChatMessagePermissions {
    /// Delete it.
    delete: Allowance,
    /// Report it.
    report: Allowance,
}

/// Input for `sendChatMessage`.
#[derive(InputObject)]
pub struct SendChatMessageInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// Plain text, at most 2000 characters.
    text: String,
    /// A key chosen by the client, at most 100 characters. Sending again with the same key does not
    /// create a second message.
    idempotency_key: Option<String>,
}

payload! {
    /// Result of `sendChatMessage`.
    SendChatMessagePayload(ChatMessageId) {
        /// The message.
        message: ChatMessage
    }
}

/// Input for `markChatRead`.
#[derive(InputObject)]
pub struct MarkChatReadInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// The latest message that the viewer was shown: later ones stay unread. It marks a point in time,
    /// so that it does not matter if it has been deleted since. If omitted, all messages are marked.
    up_to_message_id: Option<ChatMessageId>,
}

payload! {
    /// Result of `markChatRead`.
    MarkChatReadPayload(TwinSpaceId) {
        /// The TwinSpace, with the number of messages that are still unread.
        twin_space: TwinSpace
    }
}

/// Input for `deleteChatMessage`.
#[derive(InputObject)]
pub struct DeleteChatMessageInput {
    /// The message.
    message_id: ChatMessageId,
}

gone! {
    /// Result of `deleteChatMessage`.
    DeleteChatMessagePayload {
        /// The ID that it had.
        message_id: ChatMessageId,
        /// The TwinSpace.
        twin_space: TwinSpace
    }
}

/// The mutations of the chat room.
#[derive(Default)]
pub struct ChatMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl ChatMutation {
    /// Sends a message to the chat room (T-04).
    #[graphql(guard = "Decides(chat::SEND)")]
    async fn send_chat_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The chat room and the text.")] input: SendChatMessageInput,
    ) -> Result<Option<SendChatMessagePayload>> {
        let SendChatMessageInput { twin_space_id, text, idempotency_key } = input;
        let (actor, key) = (ctx.actor(), idempotency_key.as_deref());
        if let Some((sent, by)) = chat::preview(actor, twin_space_id, &text, key).await? {
            return Ok(ctx.changed_by(by, SendChatMessagePayload(sent)).await);
        }
        ctx.app().limits.chat(actor.account()?).await?;
        let (id, by) = chat::send(actor, twin_space_id, &text, key).await?;
        Ok(ctx.changed_by(by, SendChatMessagePayload(id)).await)
    }

    /// Records that the viewer has read the chat room, or read it up to a certain message:
    /// `unreadChatCount` counts later ones. Nobody else sees it.
    #[graphql(guard = "ReadsTwinSpace(TwinSpacePermission::Chat, input.twin_space_id)")]
    async fn mark_chat_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The chat room, and how far.")] input: MarkChatReadInput,
    ) -> Result<Option<MarkChatReadPayload>> {
        let MarkChatReadInput { twin_space_id, up_to_message_id } = input;
        let access = ctx.twin_space(twin_space_id.into()).await?;
        chat::mark_read(ctx.db(), &access, up_to_message_id).await?;
        Ok(ctx.changed(MarkChatReadPayload(twin_space_id)))
    }

    /// Deletes a chat message for everyone. Teachers can delete any message; authors can delete
    /// their own, even while the room is closed to them. `exportOwnData` lists the viewer's
    /// messages with their IDs.
    #[graphql(guard = "Decides(ChatAct::Delete)")]
    async fn delete_chat_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message to delete.")] input: DeleteChatMessageInput,
    ) -> Result<Option<DeleteChatMessagePayload>> {
        let DeleteChatMessageInput { message_id } = input;
        let by = chat::delete(ctx.actor(), message_id).await?;
        let project = by.project_id;
        Ok(ctx.changed_by(by, DeleteChatMessagePayload { message_id, project }).await)
    }
}

payload! {
    /// A message was sent.
    ChatMessageSent(ChatMessageId) {
        /// The message; null if it has been deleted since.
        message: ChatMessage
    }
}

gone! {
    /// A message was deleted.
    ChatMessageDeleted {
        /// The ID that it had.
        message_id: ChatMessageId,
        /// The TwinSpace.
        twin_space: TwinSpace
    }
}

/// The chat room was opened or closed to pupils.
#[derive(SimpleObject)]
pub struct ChatRoomChanged {
    /// The updated settings.
    settings: TwinSpaceSettings,
}

/// The viewer has read messages, perhaps on another device.
pub struct ChatRead(Arc<Access>);

/// The viewer has read messages, perhaps on another device.
#[Object]
impl ChatRead {
    /// The TwinSpace, with the number of messages that are still unread.
    async fn twin_space(&self) -> Option<TwinSpace> {
        Some(TwinSpace::new(Arc::clone(&self.0)))
    }
}

/// A change in a chat room.
#[derive(Union)]
pub enum ChatChange {
    /// A message was sent.
    Sent(ChatMessageSent),
    /// A message was deleted.
    Deleted(ChatMessageDeleted),
    /// The chat room was opened or closed to pupils.
    Room(ChatRoomChanged),
    /// The viewer has read messages, perhaps on another device.
    Read(ChatRead),
    /// Changes may have been missed.
    Missed(ChangesMissed),
}

/// The subscriptions of chat rooms.
#[derive(Default)]
pub struct ChatSubscription;

#[async_graphql::Subscription(guard = "crate::graphql::guard::Unguarded")]
impl ChatSubscription {
    /// Streams changes in the chat room of a TwinSpace: messages sent and deleted, whether the room is
    /// open to pupils, and how far the viewer has read it. Ends with an error when the viewer may no longer read it.
    #[graphql(guard = "ReadsTwinSpace(TwinSpacePermission::Chat, twin_space_id)")]
    async fn chat_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'_>,
        #[graphql(desc = "The TwinSpace.")] twin_space_id: TwinSpaceId,
    ) -> impl Stream<Item = Result<ChatChange>> + 'ctx {
        let here = ProjectId::from(twin_space_id);
        let viewer = ctx.viewer().account();
        let concerns = move |event: &Event| match event {
            Event::Chat { project, .. } | Event::Settings { project } => *project == here,
            Event::ChatRead { project, account } => *project == here && Some(*account) == viewer,
            _ => false,
        };
        follow(ctx, concerns, move |event| async move {
            let access = ctx.twin_space(here).await?;
            access.reads_chat().map_err(Error::forbidden)?;
            Ok(match event {
                Event::Chat { message, sent: true, .. } => {
                    // It was deleted before it was announced: the other event follows.
                    match ChatMessage::load(ctx, message).await {
                        Err(Error::NotFound(_)) => None,
                        Err(error) => return Err(error),
                        Ok(_) => Some(ChatChange::Sent(ChatMessageSent(message))),
                    }
                }
                Event::Chat { message: message_id, project, .. } => {
                    Some(ChatChange::Deleted(ChatMessageDeleted { message_id, project }))
                }
                Event::Settings { .. } => {
                    let settings = TwinSpaceSettings::of(&access);
                    Some(ChatChange::Room(ChatRoomChanged { settings }))
                }
                Event::ChatRead { .. } => Some(ChatChange::Read(ChatRead(access))),
                _ => Some(ChatChange::Missed(ChangesMissed { twin_space_id })),
            })
        })
    }
}
