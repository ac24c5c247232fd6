//! Follow-up projects (P-17).

use async_graphql::{Context, InputObject, Object};
use domain::{
    Result,
    error::Problems,
    projects::follow_up::{self, Selection},
};
use entity::{AccountId, MediaId, PageId, ProjectId};
use futures_util::future::try_join_all;
use policy::ProjectPermission;

use crate::graphql::{
    context::ContextExt,
    guard::InProject,
    inside::{media::Media, page::Page},
    payload::payload,
    projects::project::Project,
};

/// The maximum number of pages, and of media, copied at once.
const MOST: usize = 500;

/// Input for `followUpProject`.
#[derive(InputObject)]
pub struct FollowUpProjectInput {
    /// The project.
    project_id: ProjectId,
    /// The teacher to found the new project with, from the viewer's contacts. Defaults to the other
    /// founder.
    cofounder_id: Option<AccountId>,
    /// The title of the new project. Defaults to the same title.
    title: Option<String>,
    /// The pages to copy into the new TwinSpace, at most 500. Archived pages cannot be copied.
    page_ids: Option<Vec<PageId>>,
    /// The media to copy into the new TwinSpace, at most 500. Media that shows pupils is hidden
    /// there until consent is recorded there (M-14).
    media_ids: Option<Vec<MediaId>>,
}

payload! {
    /// Result of `followUpProject`.
    FollowUpProjectPayload(ProjectId) {
        /// The new project.
        project: Project, viewer
    }
}

/// The mutation of follow-up projects.
#[derive(Default)]
pub struct FollowUpMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl FollowUpMutation {
    /// Creates a follow-up to a project: a draft with all its fields and the selected pages and
    /// media. Requires a founder. The payload contains the new project (P-17).
    #[graphql(guard = "InProject(ProjectPermission::FollowUpProject, input.project_id)")]
    async fn follow_up_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project to follow up, and what to copy from it.")]
        input: FollowUpProjectInput,
    ) -> Result<FollowUpProjectPayload> {
        let FollowUpProjectInput { project_id, cofounder_id, title, page_ids, media_ids } = input;
        let (page_ids, media_ids) = (page_ids.unwrap_or_default(), media_ids.unwrap_or_default());
        let mut problems = Problems::default();
        problems.require(page_ids.len() <= MOST, "pageIds", "must have at most 500 items");
        problems.require(media_ids.len() <= MOST, "mediaIds", "must have at most 500 items");
        problems.finish()?;
        let selection = Selection { pages: distinct(page_ids), media: distinct(media_ids) };
        may_take(ctx, project_id, &selection).await?;
        let access = ctx.project(project_id).await?;
        let (db, now) = (ctx.db(), ctx.now());
        let id = follow_up::begin(db, &access, cofounder_id, title, &selection, now).await?;
        Ok(ctx.changed(FollowUpProjectPayload(id)))
    }
}

fn distinct<T: Copy + Ord>(mut ids: Vec<T>) -> Vec<T> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Checks that the viewer, as a member, can see what is to be copied. That all of it belongs to
/// that TwinSpace is checked when it is copied.
async fn may_take(ctx: &Context<'_>, project: ProjectId, selection: &Selection) -> Result<()> {
    if selection.pages.is_empty() && selection.media.is_empty() {
        return Ok(());
    }
    ctx.twin_space(project).await?;
    let pages = selection.pages.iter().map(async |&id| Page::subject(ctx, id).await.map(drop));
    try_join_all(pages).await?;
    let media = selection.media.iter().map(async |&id| Media::seen(ctx, id).await.map(drop));
    try_join_all(media).await?;
    Ok(())
}
