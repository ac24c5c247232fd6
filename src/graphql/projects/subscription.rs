//! The subscription to a project: its state, decisions, partners, labels and diary.

use std::sync::Arc;

use async_graphql::{Context, Object, Union};
use domain::{Error, Result, access::Access, events::Event};
use entity::{DiaryEntryId, LabelApplicationId, ProjectId};
use futures_util::Stream;
use policy::{ProjectPermission, Tie};

use crate::graphql::{
    context::ContextExt,
    guard::InProject,
    payload::{gone, payload},
    projects::{diary::DiaryEntry, label::LabelApplication, project::Project},
    subscription::follow,
};

payload! {
    /// The project changed: its state, its fields, or its approvals, partners, successions or nomination.
    ProjectUpdated(ProjectId) {
        /// The updated project.
        project: Project
    }
}

payload! {
    /// A partner applied for the quality label, or a support service decided on an application.
    LabelApplicationChanged(LabelApplicationId) {
        /// The updated application.
        label_application: LabelApplication
    }
}

payload! {
    /// A diary entry was written or edited.
    DiaryEntryChanged(DiaryEntryId) {
        /// The entry; null if it has been deleted since.
        diary_entry: DiaryEntry
    }
}

gone! {
    /// A diary entry was deleted, or is no longer visible to the viewer.
    DiaryEntryGone {
        /// The ID of the entry.
        diary_entry_id: DiaryEntryId,
        /// The project.
        project: Project
    }
}

/// Changes may have been missed. Reload the project.
pub struct ProjectChangesMissed(ProjectId);

/// Changes may have been missed. Reload the project.
#[Object]
impl ProjectChangesMissed {
    /// The project.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        Project::mentioned(ctx, self.0).await
    }
}

/// A change to a project.
#[derive(Union)]
pub enum ProjectChange {
    /// The project changed.
    Updated(ProjectUpdated),
    /// A label application was made or decided on.
    Label(LabelApplicationChanged),
    /// A diary entry was written or edited.
    Entry(DiaryEntryChanged),
    /// A diary entry was deleted, or is no longer visible to the viewer.
    EntryGone(DiaryEntryGone),
    /// Changes may have been missed.
    Missed(ProjectChangesMissed),
}

/// The subscriptions of projects.
#[derive(Default)]
pub struct ProjectSubscription;

#[async_graphql::Subscription(guard = "crate::graphql::guard::Unguarded")]
impl ProjectSubscription {
    /// Streams changes to a project that the viewer can see: to its state and fields, its approvals and
    /// partners, label applications and diary entries. Ends with an error when the viewer may no longer
    /// see all of the project.
    #[graphql(guard = "InProject(ProjectPermission::SeeProject, project_id)")]
    async fn project_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'_>,
        #[graphql(desc = "The project.")] project_id: ProjectId,
    ) -> impl Stream<Item = Result<ProjectChange>> + 'ctx {
        follow(
            ctx,
            move |event| concerns(event, project_id),
            move |event| async move {
                let access = ctx.project(project_id).await?;
                let sees = access.project_grants(ProjectPermission::SeeProject, Tie::default());
                sees.map_err(Error::forbidden)?;
                heard(ctx, event, &access).await
            },
        )
    }
}

fn concerns(event: &Event, of: ProjectId) -> bool {
    match event {
        Event::Project { project }
        | Event::Label { project, .. }
        | Event::DiaryEntry { project, .. } => *project == of,
        _ => false,
    }
}

/// What an event means for this viewer; `None` if they may not receive it.
async fn heard(
    ctx: &Context<'_>,
    event: Event,
    access: &Arc<Access>,
) -> Result<Option<ProjectChange>> {
    let project = access.project_id;
    Ok(match event {
        Event::Project { .. } => Some(ProjectChange::Updated(ProjectUpdated(project))),
        Event::Label { application, .. } => {
            match LabelApplication::load(ctx, application).await {
                Ok(_) => Some(ProjectChange::Label(LabelApplicationChanged(application))),
                // Pending and refused applications are not for everybody (L-01).
                Err(Error::NotFound(_)) => None,
                Err(error) => return Err(error),
            }
        }
        Event::DiaryEntry { entry: diary_entry_id, author, before, .. } => {
            match DiaryEntry::load(ctx, diary_entry_id).await {
                Ok(_) => Some(ProjectChange::Entry(DiaryEntryChanged(diary_entry_id))),
                Err(Error::NotFound(_)) => {
                    let reach = access.diary_reach();
                    let read = before.is_some_and(|before| reach.covers(before, author));
                    read.then_some(ProjectChange::EntryGone(DiaryEntryGone {
                        diary_entry_id,
                        project,
                    }))
                }
                Err(error) => return Err(error),
            }
        }
        Event::Gap => Some(ProjectChange::Missed(ProjectChangesMissed(project))),
        _ => None,
    })
}
