//! What can be done with pages.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{MemberId, PageId, PageVisibility, TwinSpaceId, TwinSpaceRole};

use super::Page;
use crate::{
    Result,
    domain::page::{self, Change, Content, Sharing, place},
    error::Problems,
    graphql::{
        context::ContextExt,
        guard::{InTwinSpace, MayShow, OnPage},
        payload::payload,
    },
    policy::TwinSpacePermission,
};

/// The most characters of a title.
const TITLE: usize = 200;
/// The most characters of a text.
const TEXT: usize = 100_000;
/// The most members to whom a page is given one by one.
const MEMBERS: usize = 200;

/// A new page.
#[derive(InputObject)]
pub struct CreatePageInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// The title, one line of at most 200 characters.
    title: String,
    /// The text, in Markdown, at most 100,000 characters.
    #[graphql(default)]
    text: String,
    /// Who sees it. Only those who may share their pages choose other than `DRAFT`.
    #[graphql(default_with = "PageVisibility::Draft")]
    visibility: PageVisibility,
}

/// What is to change of a page. What is left out stays as it is.
#[derive(InputObject)]
pub struct EditPageInput {
    /// The page.
    page_id: PageId,
    /// The version that the viewer has read and changes. If somebody else has saved since, the
    /// answer is `CONFLICT` with the reason `STALE` and the newest `version`, and nothing is lost.
    expected_version: i64,
    /// The title, one line of at most 200 characters.
    title: Option<String>,
    /// The text, in Markdown, at most 100,000 characters.
    text: Option<String>,
}

/// Which earlier version becomes the newest again.
#[derive(InputObject)]
pub struct RestorePageVersionInput {
    /// The page.
    page_id: PageId,
    /// The number of the earlier version.
    number: i64,
    /// The newest version that the viewer knows of, as for `editPage`.
    expected_version: i64,
}

/// Who sees a page and who may edit it. It takes the place of all that was set before.
#[derive(InputObject)]
pub struct SharePageInput {
    /// The page.
    page_id: PageId,
    /// Who sees it.
    visibility: PageVisibility,
    /// The members who may edit it, at most 200.
    #[graphql(default)]
    members: Vec<MemberId>,
    /// The roles whose members may edit it; not `VISITOR`, who only looks (T-08).
    #[graphql(default)]
    roles: Vec<TwinSpaceRole>,
}

/// Which page.
#[derive(InputObject)]
pub struct PageInput {
    /// The page.
    page_id: PageId,
}

/// Where a page goes.
#[derive(InputObject)]
pub struct MovePageInput {
    /// The page.
    page_id: PageId,
    /// The page behind which it stands from now on; null to be the first.
    after_id: Option<PageId>,
}

macro_rules! page_payloads {
    ($($(#[doc = $doc:literal])+ $name:ident)+) => {$(
        payload! {
            $(#[doc = $doc])+
            $name(PageId) {
                /// The page, as it is now.
                page: Page
            }
        }
    )+};
}

page_payloads! {
    /// What came of making a page.
    CreatePagePayload
    /// What came of editing a page.
    EditPagePayload
    /// What came of restoring an earlier version.
    RestorePageVersionPayload
    /// What came of sharing a page.
    SharePagePayload
    /// What came of archiving a page.
    ArchivePagePayload
    /// What came of restoring a page from the archive.
    RestorePagePayload
    /// What came of moving a page.
    MovePagePayload
}

/// Which page is no more.
#[derive(SimpleObject)]
pub struct DeletePagePayload {
    /// The id that it had.
    page_id: PageId,
}

/// What can be done with pages.
#[derive(Default)]
pub struct PageMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl PageMutation {
    /// Makes a page, the last in order (T-01). Pupil administrators make drafts (T-02).
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::CreatePage, input.twin_space_id)
        .and(MayShow(input.visibility, input.twin_space_id))")]
    async fn create_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new page.")] input: CreatePageInput,
    ) -> Result<CreatePagePayload> {
        let mut problems = Problems::default();
        let title = problems.line(&input.title, "title", TITLE);
        let text = problems.prose(&input.text, "text", TEXT);
        problems.finish()?;
        let access = ctx.twin_space(input.twin_space_id.into()).await?;
        let content = Content::new(title, text).await?;
        let id = page::create(ctx.db(), &access, content, input.visibility, ctx.now()).await?;
        Ok(ctx.changed(CreatePagePayload(id)))
    }

    /// Saves a new version of a page, on top of the one that the viewer has read.
    #[graphql(guard = "OnPage(TwinSpacePermission::EditPage, input.page_id)")]
    async fn edit_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: EditPageInput,
    ) -> Result<EditPagePayload> {
        let EditPageInput { page_id, expected_version, title, text } = input;
        let mut problems = Problems::default();
        let change = Change {
            title: title.map(|title| problems.line(&title, "title", TITLE)),
            text: text.map(|text| problems.prose(&text, "text", TEXT)),
        };
        problems.finish()?;
        let (access, facts) = Page::subject(ctx, page_id).await?;
        page::edit(ctx.db(), &access, &facts, expected_version, change, ctx.now()).await?;
        Ok(ctx.changed(EditPagePayload(page_id)))
    }

    /// Makes what an earlier version says the newest version. None is lost.
    #[graphql(guard = "OnPage(TwinSpacePermission::EditPage, input.page_id)")]
    async fn restore_page_version(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which version.")] input: RestorePageVersionInput,
    ) -> Result<RestorePageVersionPayload> {
        let RestorePageVersionInput { page_id, number, expected_version } = input;
        let (access, facts) = Page::subject(ctx, page_id).await?;
        let (db, now) = (ctx.db(), ctx.now());
        page::restore_version(db, &access, &facts, expected_version, number, now).await?;
        Ok(ctx.changed(RestorePageVersionPayload(page_id)))
    }

    /// Sets who sees a page, and who may edit it besides its author and teacher administrators.
    #[graphql(guard = "OnPage(TwinSpacePermission::SharePage, input.page_id)")]
    async fn share_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who sees and who edits.")] input: SharePageInput,
    ) -> Result<SharePagePayload> {
        let SharePageInput { page_id, visibility, members, roles } = input;
        let mut problems = Problems::default();
        problems.require(members.len() <= MEMBERS, "members", "must be at most 200");
        let looks = roles.contains(&TwinSpaceRole::Visitor);
        problems.require(!looks, "roles", "must not have VISITOR: visitors only look");
        problems.finish()?;
        let (access, facts) = Page::subject(ctx, page_id).await?;
        page::share(ctx.db(), &access, &facts, Sharing { visibility, members, roles }).await?;
        Ok(ctx.changed(SharePagePayload(page_id)))
    }

    /// Puts a page into the archive, where it is out of sight but not lost; in a closed project too.
    #[graphql(guard = "OnPage(TwinSpacePermission::ArchivePage, input.page_id)")]
    async fn archive_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which page.")] input: PageInput,
    ) -> Result<ArchivePagePayload> {
        let (access, facts) = Page::subject(ctx, input.page_id).await?;
        page::archive(ctx.db(), &access, &facts, ctx.now()).await?;
        Ok(ctx.changed(ArchivePagePayload(input.page_id)))
    }

    /// Takes a page out of the archive, to where it was.
    #[graphql(guard = "OnPage(TwinSpacePermission::ArrangePages, input.page_id)")]
    async fn restore_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which page.")] input: PageInput,
    ) -> Result<RestorePagePayload> {
        let (access, facts) = Page::subject(ctx, input.page_id).await?;
        page::restore(ctx.db(), &access, &facts).await?;
        Ok(ctx.changed(RestorePagePayload(input.page_id)))
    }

    /// Deletes a page that is in the archive, with all its versions, for good.
    #[graphql(guard = "OnPage(TwinSpacePermission::ArrangePages, input.page_id)")]
    async fn delete_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which page.")] input: PageInput,
    ) -> Result<DeletePagePayload> {
        let (access, facts) = Page::subject(ctx, input.page_id).await?;
        page::delete(ctx.db(), &access, &facts).await?;
        Ok(ctx.changed(DeletePagePayload { page_id: input.page_id }))
    }

    /// Moves a page behind another, or before all.
    #[graphql(guard = "OnPage(TwinSpacePermission::ArrangePages, input.page_id)")]
    async fn move_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where it goes.")] input: MovePageInput,
    ) -> Result<MovePagePayload> {
        let MovePageInput { page_id, after_id } = input;
        let (access, facts) = Page::subject(ctx, page_id).await?;
        place::move_to(ctx.db(), &access, &facts, after_id).await?;
        Ok(ctx.changed(MovePagePayload(page_id)))
    }
}
