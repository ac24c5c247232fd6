//! The mutations of pages.

use async_graphql::{Context, InputObject, Object};
use domain::{
    Error, Result,
    error::{Flaw, Problems},
    inside::page::{self, Change, Sharing, place},
    outcome::Once,
};
use entity::{MemberId, PageId, PageVisibility, TwinSpaceId, TwinSpaceRole};
use policy::{PageAct, TwinSpaceAct};

use super::Page;
use crate::graphql::{
    context::ContextExt,
    guard::Decides,
    inside::twin_space::TwinSpace,
    payload::{gone, inputs, payload},
};

/// The maximum length of a title, in characters.
const TITLE: usize = 200;
/// The maximum length of a text, in characters.
pub const TEXT: usize = 100_000;
/// The maximum number of individual members who may edit a page.
const MEMBERS: usize = 200;

/// Input for `createPage`.
#[derive(InputObject)]
pub struct CreatePageInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
    /// The title, one line of at most 200 characters.
    title: String,
    /// The text, in Markdown, at most 100,000 characters.
    #[graphql(default)]
    text: String,
    /// Who can see the page. Only those who may share their pages can choose anything other than
    /// `DRAFT`.
    #[graphql(default_with = "PageVisibility::Draft")]
    visibility: PageVisibility,
    /// A key chosen by the client, at most 100 characters. Sending again with the same key within seven
    /// days does not create a second page.
    idempotency_key: Option<String>,
}

/// Input for `editPage`. Fields that are omitted do not change.
#[derive(InputObject)]
pub struct EditPageInput {
    /// The page.
    page_id: PageId,
    /// The version on which the edit is based. If someone else has saved a newer version, the error
    /// is `CONFLICT` with the reason `STALE` and the latest `version`, `title` and `text`; nothing is
    /// overwritten.
    expected_version: i64,
    /// The title, one line of at most 200 characters.
    title: Option<String>,
    /// The text, in Markdown, at most 100,000 characters.
    text: Option<String>,
}

/// Input for `restorePageVersion`.
#[derive(InputObject)]
pub struct RestorePageVersionInput {
    /// The page.
    page_id: PageId,
    /// The number of the earlier version.
    version: i64,
    /// The latest version known to the client, as for `editPage`.
    expected_version: i64,
}

/// Input for `sharePage`. Fields that are omitted do not change.
#[derive(InputObject)]
pub struct SharePageInput {
    /// The page.
    page_id: PageId,
    /// Who can see the page.
    visibility: Option<PageVisibility>,
    /// The members who may edit it, at most 200. Replaces the current list.
    #[graphql(name = "memberIds")]
    members: Option<Vec<MemberId>>,
    /// The roles whose members may edit it. Replaces the current list. `VISITOR` is not allowed,
    /// because visitors have read-only access (T-08).
    roles: Option<Vec<TwinSpaceRole>>,
}

inputs! {
    page_id: PageId, "The page.";
    /// Input for `archivePage`.
    ArchivePageInput
    /// Input for `restorePage`.
    RestorePageInput
    /// Input for `deletePage`.
    DeletePageInput
}

/// Input for `movePage`.
#[derive(InputObject)]
pub struct MovePageInput {
    /// The page.
    page_id: PageId,
    /// The page after which to place it; null to place it first.
    after_page_id: Option<PageId>,
}

payload! {
    /// Result of `createPage`.
    CreatePagePayload
    /// Result of `editPage`.
    EditPagePayload
    /// Result of `restorePageVersion`.
    RestorePageVersionPayload
    /// Result of `sharePage`.
    SharePagePayload
    /// Result of `archivePage`.
    ArchivePagePayload
    /// Result of `restorePage`.
    RestorePagePayload
    /// Result of `movePage`.
    MovePagePayload
    (PageId) {
        /// The updated page.
        page: Page
    }
}

gone! {
    /// Result of `deletePage`.
    DeletePagePayload {
        /// The ID that it had.
        page_id: PageId,
        /// The TwinSpace.
        twin_space: TwinSpace
    }
}

/// An error with the newer text, if it still fits into the response.
fn fitting(ctx: &Context<'_>, mut error: Error) -> Error {
    if let Error::Stale(newer) = &mut error {
        newer.text = newer.text.take().and_then(|text| ctx.request().long(text).ok());
    }
    error
}

/// The mutations of pages.
#[derive(Default)]
pub struct PageMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl PageMutation {
    /// Creates a page at the end of the list (T-01). Pupil administrators can only create drafts
    /// (T-02).
    #[graphql(guard = "Decides(TwinSpaceAct::CreatePage(input.visibility))")]
    async fn create_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new page.")] input: CreatePageInput,
    ) -> Result<Option<CreatePagePayload>> {
        let mut problems = Problems::default();
        let title = problems.line(&input.title, "title", TITLE);
        let text = problems.prose(&input.text, "text", TEXT);
        problems.finish()?;
        let CreatePageInput { twin_space_id, visibility, idempotency_key: key, .. } = input;
        let asked = (twin_space_id, &title, &text, visibility);
        let once = Once::read("createPage", key.as_deref(), &asked)?;
        let words = [title, text];
        let created = page::create(ctx.actor(), twin_space_id, words, visibility, once.as_ref());
        let (id, by) = created.await?;
        Ok(ctx.changed_by(by, CreatePagePayload(id)).await)
    }

    /// Saves a new version of a page, based on the version that the viewer has read.
    #[graphql(guard = "Decides(PageAct::Edit)")]
    async fn edit_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: EditPageInput,
    ) -> Result<Option<EditPagePayload>> {
        let EditPageInput { page_id, expected_version, title, text } = input;
        let mut problems = Problems::default();
        let change = Change {
            title: title.map(|title| problems.line(&title, "title", TITLE)),
            text: text.map(|text| problems.prose(&text, "text", TEXT)),
        };
        problems.finish()?;
        let edited = page::edit(ctx.actor(), page_id, expected_version, change).await;
        let by = edited.map_err(|error| fitting(ctx, error))?;
        Ok(ctx.changed_by(by, EditPagePayload(page_id)).await)
    }

    /// Saves the content of an earlier version as a new version. Nothing is overwritten.
    #[graphql(guard = "Decides(PageAct::Edit)")]
    async fn restore_page_version(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The page and the version to restore.")] input: RestorePageVersionInput,
    ) -> Result<Option<RestorePageVersionPayload>> {
        let RestorePageVersionInput { page_id, version, expected_version } = input;
        let actor = ctx.actor();
        let restored = page::restore_version(actor, page_id, expected_version, version).await;
        let by = restored.map_err(|error| fitting(ctx, error))?;
        Ok(ctx.changed_by(by, RestorePageVersionPayload(page_id)).await)
    }

    /// Sets who can see a page, and who may edit it besides its author and teacher administrators.
    #[graphql(guard = "Decides(PageAct::Share)")]
    async fn share_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The page, and who can see and edit it.")] input: SharePageInput,
    ) -> Result<Option<SharePagePayload>> {
        let SharePageInput { page_id, visibility, members, roles } = input;
        let mut problems = Problems::default();
        let count = members.as_ref().map_or(0, Vec::len);
        problems.require(count <= MEMBERS, "memberIds", Flaw::TooMany { max: MEMBERS });
        let looks = roles.as_ref().is_some_and(|roles| roles.contains(&TwinSpaceRole::Visitor));
        let read_only = "must not contain VISITOR: visitors have read-only access";
        problems.require(!looks, "roles", Flaw::NotAllowed(read_only.into()));
        problems.finish()?;
        let sharing = Sharing { visibility, members, roles };
        let by = page::share(ctx.actor(), page_id, sharing).await?;
        Ok(ctx.changed_by(by, SharePagePayload(page_id)).await)
    }

    /// Archives a page, which hides it without deleting it. Also works in closed projects.
    #[graphql(guard = "Decides(PageAct::Archive)")]
    async fn archive_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The page.")] input: ArchivePageInput,
    ) -> Result<Option<ArchivePagePayload>> {
        let by = page::archive(ctx.actor(), input.page_id).await?;
        Ok(ctx.changed_by(by, ArchivePagePayload(input.page_id)).await)
    }

    /// Restores a page from the archive to its previous position.
    #[graphql(guard = "Decides(PageAct::Restore)")]
    async fn restore_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The page.")] input: RestorePageInput,
    ) -> Result<Option<RestorePagePayload>> {
        let by = page::restore(ctx.actor(), input.page_id).await?;
        Ok(ctx.changed_by(by, RestorePagePayload(input.page_id)).await)
    }

    /// Permanently deletes an archived page with all its versions.
    #[graphql(guard = "Decides(PageAct::Delete)")]
    async fn delete_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The page.")] input: DeletePageInput,
    ) -> Result<Option<DeletePagePayload>> {
        let page_id = input.page_id;
        let by = page::delete(ctx.actor(), page_id).await?;
        let project = by.project_id;
        Ok(ctx.changed_by(by, DeletePagePayload { page_id, project }).await)
    }

    /// Moves a page after another page, or to the front.
    #[graphql(guard = "Decides(PageAct::Move)")]
    async fn move_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The page and its new position.")] input: MovePageInput,
    ) -> Result<Option<MovePagePayload>> {
        let MovePageInput { page_id, after_page_id } = input;
        let by = place::move_to(ctx.actor(), page_id, after_page_id).await?;
        Ok(ctx.changed_by(by, MovePagePayload(page_id)).await)
    }
}
