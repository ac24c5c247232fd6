//! Moderation by the administrators of the server: what was reported, and what is taken down. Of
//! all else inside a TwinSpace they see nothing.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{ChatMessageId, DiaryEntryId, Kind, MediaId, MessageId, PageId};

use super::{
    connection::{Connection, Paging, cost},
    context::ContextExt,
    guard::Moderator,
    report::Report,
};
use crate::{
    Error, Result,
    domain::moderation::{self, Harmful},
    media,
};

/// The query of moderation.
#[derive(Default)]
pub struct ModerationQuery;

#[Object(guard = "super::guard::Unguarded")]
impl ModerationQuery {
    /// The messages that were reported, in all TwinSpaces, the newest first; for the administrators
    /// of the server. For them wait those that are stranded: no teacher administrator may settle
    /// them. `viewer.notifications` has these too.
    #[graphql(guard = "Moderator", complexity = "cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "a connection has four, and what narrows it down"
    )]
    async fn reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only settled ones, or only those that wait.")] settled: Option<bool>,
        #[graphql(
            desc = "Only those that no teacher administrator of their TwinSpace may settle: there is none but the one who wrote what was reported, or those who are blocked.",
            default
        )]
        stranded: bool,
        #[graphql(desc = "How many from the front, at most 100; 20 unless it is said.")]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Report>>> {
        let paging = Paging { first, after, last, before };
        Report::all(ctx, settled, stranded, paging).await.map(Some)
    }
}

/// What is taken down.
#[derive(InputObject)]
pub struct TakeDownInput {
    /// The id of a message of a chat room, of media, of a page or of a diary entry that is not
    /// private; or of a message from member to member that was reported, which goes from both
    /// boxes.
    id: ID,
}

/// What was taken down.
#[derive(SimpleObject)]
pub struct TakeDownPayload {
    /// Its id.
    id: ID,
}

/// What can be done about what harms, by the administrators of the server.
#[derive(Default)]
pub struct ModerationMutation;

#[Object(guard = "super::guard::Unguarded")]
impl ModerationMutation {
    /// Deletes what harms, in whatever TwinSpace, as an administrator of the server: a page with
    /// all its versions. That it was done is in the audit log of the project.
    #[graphql(guard = "Moderator")]
    async fn take_down(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is taken down.")] input: TakeDownInput,
    ) -> Result<TakeDownPayload> {
        let TakeDownInput { id } = input;
        let what = harmful(&id).ok_or(Error::NotFound("thing to take down"))?;
        let administrator = ctx.signed_in()?.account_id;
        moderation::take_down(ctx.db(), administrator, what, ctx.now()).await?;
        if let Harmful::Media(id) = what {
            media::sweep(ctx.app(), id).await;
        }
        Ok(ctx.changed(TakeDownPayload { id }))
    }
}

fn harmful(id: &str) -> Option<Harmful> {
    ChatMessageId::read(id)
        .map(Harmful::Chat)
        .or_else(|| MessageId::read(id).map(Harmful::Message))
        .or_else(|| PageId::read(id).map(Harmful::Page))
        .or_else(|| MediaId::read(id).map(Harmful::Media))
        .or_else(|| DiaryEntryId::read(id).map(Harmful::Entry))
}
