//! The TwinSpace: the workspace of an approved project.

use std::sync::Arc;

use async_graphql::{Context, Object};
use domain::{
    Error, Result,
    access::Access,
    inside::{chat::ChatRow, media::MediaRow, page::PageRow, search::HitRow},
    members::{
        invitation::InvitationRow,
        member::MemberRow,
        pupil_request::{Filter as PupilRequestFilter, PupilRequestRow},
    },
};
use entity::{ProjectId, ProjectState, SearchKind, TwinSpaceId};
use policy::{Subject, TwinSpaceAct, TwinSpaceFacts, TwinSpacePermission, TwinSpacePermissions};

use crate::graphql::{
    care::{
        audit::{self, AuditEntry, AuditLogFilter},
        report::Report,
    },
    connection::{self, Connection, List, Paging, cost},
    context::ContextExt,
    eager::Eager,
    guard::{InTwinSpace, Public, Sees},
    inside::{
        chat::ChatMessage,
        media::{Media, MediaFilter, MediaUsage},
        page::Page,
        search::{self, SearchHit},
        settings::TwinSpaceSettings,
    },
    loader::{Unread, Usages, UsagesSeen},
    members::{
        invitation::{Invitation, InvitationFilter},
        member::{
            Member,
            count::MemberCounts,
            list::{MemberFilter, MemberOrder},
        },
        pupil_request::PupilRequest,
    },
    projects::project::Project,
};

mod act;

pub use act::TwinSpaceMutation;

/// The shared workspace of a project, accessible only to its members.
#[derive(Clone, Debug)]
pub struct TwinSpace {
    access: Arc<Access>,
}

impl TwinSpace {
    /// The TwinSpace to which the viewer has this access.
    pub fn new(access: Arc<Access>) -> Self {
        Self { access }
    }

    /// The TwinSpace of a project to which the viewer has this access; `None` if it has not opened
    /// or the viewer is not a member.
    pub fn of(access: &Arc<Access>) -> Option<Self> {
        access.sees_twinspace().then(|| Self::new(Arc::clone(access)))
    }

    /// The TwinSpace with this ID.
    pub async fn load(ctx: &Context<'_>, id: TwinSpaceId) -> Result<Self> {
        Ok(Self { access: ctx.twin_space(id.into()).await? })
    }

    /// The TwinSpace of a project that something else belongs to; `None` if the viewer is not a
    /// member. Mentioning it is no visit.
    pub async fn mentioned(ctx: &Context<'_>, project: ProjectId) -> Result<Option<Self>> {
        match ctx.twin_space_from_outside(project).await {
            Ok(access) => Ok(Some(Self { access })),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The shared workspace of a project, accessible only to its members.
#[Object(guard = "crate::graphql::guard::Unguarded")]
impl TwinSpace {
    /// The ID of the TwinSpace.
    #[graphql(guard = "Public")]
    pub async fn id(&self) -> TwinSpaceId {
        self.access.twin_space_id()
    }

    /// The title of its project.
    #[graphql(guard = "Public")]
    async fn title(&self) -> &str {
        &self.access.title
    }

    /// `ACTIVE`, or `CLOSED` if the TwinSpace is read-only (P-17).
    #[graphql(guard = "Public")]
    async fn state(&self) -> ProjectState {
        self.access.state
    }

    /// Its project.
    #[graphql(guard = "Public")]
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Eager<Project>>> {
        Project::of(ctx, &self.access).await.map(Eager).map(Some)
    }

    /// The viewer's own membership in this TwinSpace.
    #[graphql(guard = "Public")]
    async fn viewer_member(&self, ctx: &Context<'_>) -> Result<Option<Eager<Member>>> {
        let (id, _) = self.access.member.ok_or(Error::NotFound("member"))?;
        Member::load(ctx, id).await.map(Eager).map(Some)
    }

    /// Its settings.
    #[graphql(guard = "Sees(TwinSpacePermission::Enter, Arc::clone(&self.access))")]
    async fn settings(&self) -> Option<TwinSpaceSettings> {
        Some(TwinSpaceSettings::of(&self.access))
    }

    /// The messages in the chat room, oldest first. Use `last` and `before` to load the latest
    /// messages and then earlier ones (T-04). Messages are kept for three months unless the
    /// server's operator has configured otherwise.
    #[graphql(
        guard = "Sees(TwinSpacePermission::Chat, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn chat(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<ChatMessage>>> {
        let parent = self.access.project_id.0;
        let list = List::<ChatRow> { parent, filter: (), order: (), descending: false };
        let node = |row| ChatMessage::new(row, Arc::clone(&self.access));
        connection::page(ctx, Paging { first, after, last, before }, list, node).await.map(Some)
    }

    /// The number of messages in the chat room that others have sent since the viewer last read it
    /// (`markChatRead`), or since the viewer joined.
    #[graphql(guard = "Sees(TwinSpacePermission::Chat, Arc::clone(&self.access))")]
    async fn unread_chat_count(&self, ctx: &Context<'_>) -> Result<Option<u64>> {
        let (member, _) = self.access.member.ok_or(Error::NotFound("member"))?;
        Ok(ctx.load::<Unread>(member).await?.as_deref().copied().or(Some(0)))
    }

    /// The messages reported in this TwinSpace, newest first, except for the viewer's own messages.
    /// Requires a teacher administrator.
    #[graphql(
        guard = "Sees(TwinSpacePermission::ReadAuditLog, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "If true, returns only settled reports; if false, only open ones.")]
        settled: Option<bool>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Report>>> {
        let paging = Paging { first, after, last, before };
        Report::list(ctx, &self.access, settled, paging).await.map(Some)
    }

    /// The members, ordered by name by default. Visitors do not see pupils (M-20).
    #[graphql(
        guard = "Sees(TwinSpacePermission::Enter, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "a connection has four, the filter and the order"
    )]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply.")] filter: Option<MemberFilter>,
        #[graphql(desc = "The sort order. Defaults to the name.")] order_by: Option<MemberOrder>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Member>>> {
        let (order, descending) = order_by.unwrap_or_default().take(&self.access)?;
        let filter = filter.unwrap_or_default().take(&self.access, ctx.now())?;
        let parent = self.access.project_id.0;
        let list = List::<MemberRow> { parent, filter, order, descending };
        let node = |row| Member::new(row, Arc::clone(&self.access));
        connection::page(ctx, Paging { first, after, last, before }, list, node).await.map(Some)
    }

    /// The number of members (M-01). It is up to date immediately after a change.
    #[graphql(guard = "Sees(TwinSpacePermission::Enter, Arc::clone(&self.access))")]
    async fn member_counts(&self, ctx: &Context<'_>) -> Result<Option<MemberCounts>> {
        MemberCounts::load(ctx, &self.access).await.map(Some)
    }

    /// The images, videos and other files, newest first (T-03).
    #[graphql(
        guard = "Sees(TwinSpacePermission::Enter, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply.")] filter: Option<MediaFilter>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Media>>> {
        let filter = filter.unwrap_or_default().take(&self.access)?;
        let parent = self.access.project_id.0;
        let list = List::<MediaRow> { parent, filter, order: (), descending: true };
        let node = |row| Media::new(row, Arc::clone(&self.access));
        connection::page(ctx, Paging { first, after, last, before }, list, node).await.map(Some)
    }

    /// The storage used by the media and the quota. For viewers who cannot see hidden media,
    /// neither hidden media nor uploads in progress are counted (M-14).
    #[graphql(guard = "Sees(TwinSpacePermission::Enter, Arc::clone(&self.access))")]
    async fn media_usage(&self, ctx: &Context<'_>) -> Result<Option<MediaUsage>> {
        let id = self.access.project_id.0;
        let usage = match self.access.sees_media(true) {
            true => ctx.load::<Usages>(id).await?,
            false => ctx.load::<UsagesSeen>(id).await?,
        };
        let quota = ctx.app().config.media.quota();
        Ok(Some(MediaUsage::new(usage.as_deref().copied().unwrap_or_default(), quota)))
    }

    /// The invitations to the TwinSpace, oldest first. Visible to those who manage them.
    #[graphql(
        guard = "Sees(TwinSpacePermission::InviteAdults, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply.")] filter: Option<InvitationFilter>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Invitation>>> {
        let filter = filter.unwrap_or_default().take(&self.access, false, ctx.now())?;
        let parent = self.access.project_id.0;
        let list = List::<InvitationRow> { parent, filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, Invitation::new).await.map(Some)
    }

    /// The viewer's requests to custodians to bring pupils into this TwinSpace, oldest first
    /// (M-11).
    #[graphql(
        guard = "Sees(TwinSpacePermission::InvitePupils, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn pupil_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<PupilRequest>>> {
        let asked_by = Some(ctx.signed_in()?.account_id);
        let filter = PupilRequestFilter { answered_by: None, asked_by, pending_at: None };
        let parent = self.access.project_id.0;
        let list = List::<PupilRequestRow> { parent, filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, PupilRequest::new).await.map(Some)
    }

    /// The pages that the viewer can see, in order; or the archived pages, for those who may
    /// archive pages (T-01).
    #[graphql(
        guard = "Sees(TwinSpacePermission::Enter, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn pages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "If true, returns archived pages instead.")] archived: Option<bool>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Page>>> {
        let filter =
            self.access.pages(archived.unwrap_or_default()).map_err(Error::forbidden)?.into();
        let parent = self.access.project_id.0;
        let list = List::<PageRow> { parent, filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        let node = |row| Page::new(row, Arc::clone(&self.access));
        connection::page(ctx, paging, list, node).await.map(Some)
    }

    /// Search results that contain all of these words, ignoring case and accents: pages, diary
    /// entries of the project and media that the viewer can see, newest first. Pages and diary
    /// entries are found by title and text, media by title.
    #[graphql(
        guard = "Sees(TwinSpacePermission::Enter, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    #[expect(clippy::too_many_arguments, reason = "a connection has four, the words and the kinds")]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The words to search for, or their beginnings; at most 200 characters.")]
        query: String,
        #[graphql(desc = "The kinds of content to search. Defaults to all of them.")] kinds: Option<
            Vec<SearchKind>,
        >,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<SearchHit>>> {
        let filter = search::filter(ctx, &self.access, &query, kinds.as_deref())?;
        let parent = self.access.project_id.0;
        let list = List::<HitRow> { parent, filter, order: (), descending: true };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, SearchHit::new).await.map(Some)
    }

    /// What the viewer may do in this TwinSpace, with a reason for anything that is not allowed.
    /// Where permission depends on ownership, the most favourable case is assumed.
    #[graphql(guard = "Public", complexity = 5)]
    async fn permissions(&self) -> TwinSpacePermissions {
        TwinSpacePermissions::of(|permission| {
            TwinSpaceFacts.decide(TwinSpaceAct::May(permission), &self.access)
        })
    }

    /// The audit log of this TwinSpace, newest first: what was done inside it. What was done to the
    /// project, its partners and its labels is in `Project.auditLog`.
    #[graphql(
        guard = "Sees(TwinSpacePermission::ReadAuditLog, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply.")] filter: Option<AuditLogFilter>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<AuditEntry>>> {
        let paging = Paging { first, after, last, before };
        audit::log(ctx, &self.access, true, filter.unwrap_or_default(), paging).await.map(Some)
    }
}

/// The query of a TwinSpace.
#[derive(Default)]
pub struct TwinSpaceQuery;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl TwinSpaceQuery {
    /// The TwinSpace with this ID. Requires membership.
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::Enter, id)")]
    async fn twin_space(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The TwinSpace.")] id: TwinSpaceId,
    ) -> Result<Option<TwinSpace>> {
        TwinSpace::load(ctx, id).await.map(Some)
    }
}
