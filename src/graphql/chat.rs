//! The chat room of a TwinSpace (T-04).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject, Union};
use chrono::{DateTime, Utc};
use entity::{ChatMessageId, ProjectId, TwinSpaceId};
use futures_util::Stream;

use super::{
    connection,
    context::ContextExt,
    guard::{InTwinSpace, OnChatMessage, ReadsTwinSpace},
    loader::Rows,
    member::Member,
    payload::payload,
    person::Person,
    report::may_report,
    settings::TwinSpaceSettings,
    subscription::{ChangesMissed, follow},
};
use crate::{
    Error, Reason, Result,
    domain::{
        access::Access,
        chat::{self, ChatRow},
        list::cell,
    },
    events::Event,
    policy::{Allowance, Tie, TwinSpacePermission},
};

/// A message in the chat room of a TwinSpace.
#[derive(Clone, Debug)]
pub struct ChatMessage {
    row: Arc<ChatRow>,
    /// How the viewer stands to the TwinSpace.
    pub access: Arc<Access>,
}

impl ChatMessage {
    /// A message that was read under this access.
    pub fn new(row: impl Into<Arc<ChatRow>>, access: Arc<Access>) -> Self {
        Self { row: row.into(), access }
    }

    /// The message with this id, for those who take part in the chat. Visitors do not know of it.
    pub async fn load(ctx: &Context<'_>, id: ChatMessageId) -> Result<Self> {
        let message = Self::written(ctx, id).await?;
        match reads(&message.access) {
            Err(Reason::ChatClosed) => Err(Error::Forbidden(Reason::ChatClosed)),
            Err(_) => Err(Error::NotFound("message")),
            Ok(()) => Ok(message),
        }
    }

    /// The same to report or delete it, which a pupil may when the chat was closed after they read
    /// or said it (T-04).
    pub async fn known(ctx: &Context<'_>, id: ChatMessageId) -> Result<Self> {
        let message = Self::written(ctx, id).await?;
        match reads(&message.access) {
            Ok(()) | Err(Reason::ChatClosed) => Ok(message),
            Err(_) => Err(Error::NotFound("message")),
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

    /// Whether the viewer may do this with it.
    pub fn may(&self, permission: TwinSpacePermission) -> Result<(), Reason> {
        let own = self.is_viewers();
        self.access.may_inside(permission, Tie { own, given: false }, Reason::NotYours)
    }

    fn is_viewers(&self) -> bool {
        self.row.author_id.is_some() && self.row.author_id == self.access.person.account
    }
}

/// Whether the viewer reads the chat: in a closed project too.
fn reads(access: &Access) -> Result<(), Reason> {
    access.grants(TwinSpacePermission::Chat, Tie::default(), Reason::NotYours)
}

/// A message in the chat room of a TwinSpace.
#[Object]
impl ChatMessage {
    /// Its id. Ids are in the order of the room.
    pub async fn id(&self) -> Result<ChatMessageId> {
        cell(&self.row.id)
    }

    /// Who wrote it. They may have left since.
    async fn author(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.row.author_id)?, self.row.author_name.clone()))
    }

    /// The author's place in the TwinSpace; null if they have left it.
    async fn author_member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::of(ctx, self.access.project_id, cell(&self.row.author_id)?).await
    }

    /// Whether the viewer wrote it.
    async fn by_viewer(&self) -> bool {
        self.is_viewers()
    }

    /// Plain text with line breaks. Show it as it is: it is no HTML and no Markdown.
    async fn text(&self) -> Result<String> {
        cell(&self.row.text)
    }

    /// When it was sent.
    async fn sent_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.sent_at)
    }

    /// What the viewer may do with it, and if not, why.
    #[graphql(complexity = 5)]
    async fn permissions(&self, ctx: &Context<'_>) -> Result<ChatMessagePermissions> {
        let delete_chat = self.may(TwinSpacePermission::DeleteChat).into();
        let (id, author) = (cell(&self.row.id)?, cell(&self.row.author_id)?);
        let report = may_report(ctx, id.0, author).await?;
        Ok(ChatMessagePermissions { delete_chat, report })
    }
}

/// What the viewer may do with a message of the chat room, and if not, why.
#[derive(SimpleObject)]
pub struct ChatMessagePermissions {
    /// Delete it.
    delete_chat: Allowance,
    /// Report it.
    report: Allowance,
}

/// What is said where.
#[derive(InputObject)]
pub struct SendChatMessageInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// Plain text, at most 2000 characters.
    text: String,
    /// A word of the client's own, at most 100 characters: sent again with the same one, the
    /// message is there once.
    idempotency_key: Option<String>,
}

payload! {
    /// What came of sending a message.
    SendChatMessagePayload(ChatMessageId) {
        /// The message.
        message: ChatMessage
    }
}

/// Which message is deleted.
#[derive(InputObject)]
pub struct DeleteChatMessageInput {
    /// The message.
    message_id: ChatMessageId,
}

/// Which message was deleted.
#[derive(SimpleObject)]
pub struct DeleteChatMessagePayload {
    /// The id that it had.
    message_id: ChatMessageId,
}

/// What can be done in the chat room.
#[derive(Default)]
pub struct ChatMutation;

#[Object(guard = "super::guard::Unguarded")]
impl ChatMutation {
    /// Says something in the chat room (T-04).
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::Chat, input.twin_space_id)")]
    async fn send_chat_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is said where.")] input: SendChatMessageInput,
    ) -> Result<SendChatMessagePayload> {
        let SendChatMessageInput { twin_space_id, text, idempotency_key } = input;
        ctx.app().limits.chat(ctx.signed_in()?.account_id).await?;
        let access = ctx.twin_space(twin_space_id.into()).await?;
        let key = idempotency_key.as_deref();
        let id = chat::send(ctx.db(), &access, &text, key, ctx.now()).await?;
        Ok(ctx.changed(SendChatMessagePayload(id)))
    }

    /// Deletes a message: teachers any, an author their own, also where the room is closed to them
    /// meanwhile; `exportOwnData` has what one said, with the ids. It is gone for all.
    #[graphql(guard = "OnChatMessage(TwinSpacePermission::DeleteChat, input.message_id)")]
    async fn delete_chat_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which message.")] input: DeleteChatMessageInput,
    ) -> Result<DeleteChatMessagePayload> {
        let DeleteChatMessageInput { message_id } = input;
        let access = ChatMessage::known(ctx, message_id).await?.access;
        chat::delete(ctx.db(), &access, message_id, ctx.now()).await?;
        Ok(ctx.changed(DeleteChatMessagePayload { message_id }))
    }
}

payload! {
    /// A message was sent.
    ChatMessageSent(ChatMessageId) {
        /// The message; null if it is gone already.
        message: ChatMessage
    }
}

/// A message was deleted.
#[derive(SimpleObject)]
pub struct ChatMessageDeleted {
    /// The id that it had.
    message_id: ChatMessageId,
}

/// The chat room was opened or closed to pupils.
#[derive(SimpleObject)]
pub struct ChatRoomChanged {
    /// The settings, as they are now.
    settings: TwinSpaceSettings,
}

/// What happened in a chat room.
#[derive(Union)]
pub enum ChatChange {
    /// A message was sent.
    Sent(ChatMessageSent),
    /// A message was deleted.
    Deleted(ChatMessageDeleted),
    /// The chat room was opened or closed to pupils.
    Room(ChatRoomChanged),
    /// Changes may have been missed.
    Missed(ChangesMissed),
}

/// What can be heard of chat rooms.
#[derive(Default)]
pub struct ChatSubscription;

#[async_graphql::Subscription(guard = "super::guard::Unguarded")]
impl ChatSubscription {
    /// The chat room of a TwinSpace, live: what is sent and deleted, and whether pupils take part.
    /// Ends with an error when the viewer may not read it any more.
    #[graphql(guard = "ReadsTwinSpace(TwinSpacePermission::Chat, twin_space_id)")]
    async fn chat_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'_>,
        #[graphql(desc = "The TwinSpace.")] twin_space_id: TwinSpaceId,
    ) -> impl Stream<Item = Result<ChatChange>> + 'ctx {
        let here = ProjectId::from(twin_space_id);
        let concerns = move |event: &Event| match event {
            Event::Chat { project, .. } | Event::Settings { project } => *project == here,
            _ => false,
        };
        follow(ctx, concerns, move |event| async move {
            let access = ctx.twin_space(here).await?;
            reads(&access).map_err(Error::Forbidden)?;
            Ok(match event {
                Event::Chat { message, sent: true, .. } => {
                    // Sent and deleted before it was told of: the other event comes.
                    match ChatMessage::load(ctx, message).await {
                        Err(Error::NotFound(_)) => None,
                        Err(error) => return Err(error),
                        Ok(_) => Some(ChatChange::Sent(ChatMessageSent(message))),
                    }
                }
                Event::Chat { message: message_id, .. } => {
                    Some(ChatChange::Deleted(ChatMessageDeleted { message_id }))
                }
                Event::Settings { .. } => {
                    let settings = TwinSpaceSettings::of(&access);
                    Some(ChatChange::Room(ChatRoomChanged { settings }))
                }
                _ => Some(ChatChange::Missed(ChangesMissed { twin_space_id })),
            })
        })
    }
}
