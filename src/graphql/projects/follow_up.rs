//! Follow-up projects (P-17).

use async_graphql::{Context, InputObject, Object};
use domain::{
    Result,
    error::{Flaw, Problems},
    outcome::Once,
    projects::follow_up::{self, Selection},
};
use entity::{AccountId, MediaId, PageId, ProjectId};
use policy::{ProjectAct, ProjectPermission};

use crate::graphql::{
    context::ContextExt, guard::Decides, payload::payload, projects::project::Project,
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
    /// A key chosen by the client, at most 100 characters. Sending again with the same key within seven
    /// days does not create a second project.
    idempotency_key: Option<String>,
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
    #[graphql(guard = "Decides(ProjectAct::May(ProjectPermission::FollowUpProject))")]
    async fn follow_up_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project to follow up, and what to copy from it.")]
        input: FollowUpProjectInput,
    ) -> Result<Option<FollowUpProjectPayload>> {
        let FollowUpProjectInput {
            project_id,
            cofounder_id,
            title,
            page_ids,
            media_ids,
            idempotency_key: key,
        } = input;
        let (page_ids, media_ids) = (page_ids.unwrap_or_default(), media_ids.unwrap_or_default());
        let mut problems = Problems::default();
        for (field, count) in [("pageIds", page_ids.len()), ("mediaIds", media_ids.len())] {
            problems.require(count <= MOST, field, Flaw::TooMany { max: MOST });
        }
        problems.finish()?;
        let selection = Selection { pages: distinct(page_ids), media: distinct(media_ids) };
        let asked = (project_id, cofounder_id, &title, &selection);
        let once = Once::read("followUpProject", key.as_deref(), &asked)?;
        let (actor, once) = (ctx.actor(), once.as_ref());
        let id = follow_up::begin(actor, project_id, cofounder_id, title, &selection, once).await?;
        Ok(ctx.changed(FollowUpProjectPayload(id)))
    }
}

fn distinct<T: Copy + Ord>(mut ids: Vec<T>) -> Vec<T> {
    ids.sort_unstable();
    ids.dedup();
    ids
}
