//! Moderation by server administrators: reported messages, and taking content down. They cannot see
//! anything else inside a TwinSpace.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::{
    Error, Result,
    care::moderation::{self, Harmful},
    error::Flaw,
};
use entity::{ChatMessageId, DiaryEntryId, Kind, MediaId, MessageId, PageId, ProjectId};

use crate::{
    graphql::{
        care::report::Report,
        connection::{Connection, Paging, cost},
        context::ContextExt,
        guard::Moderator,
    },
    media,
};

/// The query of moderation.
#[derive(Default)]
pub struct ModerationQuery;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl ModerationQuery {
    /// The messages reported in all TwinSpaces, newest first. Requires a server administrator.
    /// Reports that no teacher administrator can settle wait for the server's administrators, and
    /// also appear in `viewer.notifications`.
    #[graphql(guard = "Moderator", complexity = "cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "a connection has four, and what narrows it down"
    )]
    async fn reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "If true, returns only settled reports; if false, only open ones.")]
        settled: Option<bool>,
        #[graphql(
            desc = "If true, returns only reports that no teacher administrator of the TwinSpace can settle, because the only ones are the author of the reported message or are blocked; if false, only the others."
        )]
        stranded: Option<bool>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Report>>> {
        let paging = Paging { first, after, last, before };
        Report::all(ctx, settled, stranded, paging).await.map(Some)
    }
}

/// Input for `takeDownContent`.
#[derive(InputObject)]
pub struct TakeDownContentInput {
    /// The ID of a chat message, of media, of a page, of a diary entry that is not private, or of a
    /// reported message between members, which is then deleted from both mailboxes.
    content_id: ID,
}

/// Result of `takeDownContent`.
#[derive(SimpleObject)]
pub struct TakeDownContentPayload {
    /// The ID that it had.
    content_id: ID,
    /// The ID of the project in whose TwinSpace it was.
    project_id: ProjectId,
}

/// The mutations of moderation, for server administrators.
#[derive(Default)]
pub struct ModerationMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl ModerationMutation {
    /// Permanently deletes harmful content from any TwinSpace; a page is deleted with all its
    /// versions. The project's audit log records the deletion. Requires a server administrator.
    #[graphql(guard = "Moderator")]
    async fn take_down_content(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The content to take down.")] input: TakeDownContentInput,
    ) -> Result<Option<TakeDownContentPayload>> {
        let TakeDownContentInput { content_id } = input;
        let what = harmful(&content_id);
        let what =
            what.ok_or_else(|| Error::invalid("contentId", Flaw::Malformed(KINDS.into())))?;
        let administrator = ctx.signed_in()?.account_id;
        let project_id = moderation::take_down(ctx.db(), administrator, what, ctx.now()).await?;
        if let Harmful::Media(id) = what {
            media::sweep(ctx.app(), id).await;
        }
        Ok(ctx.changed(TakeDownContentPayload { content_id, project_id }))
    }
}

/// What can be taken down.
const KINDS: &str =
    "must be an ID that begins with `chat_`, `diary_`, `media_`, `message_` or `page_`";

fn harmful(id: &str) -> Option<Harmful> {
    ChatMessageId::read(id)
        .map(Harmful::Chat)
        .or_else(|| MessageId::read(id).map(Harmful::Message))
        .or_else(|| PageId::read(id).map(Harmful::Page))
        .or_else(|| MediaId::read(id).map(Harmful::Media))
        .or_else(|| DiaryEntryId::read(id).map(Harmful::Entry))
}
