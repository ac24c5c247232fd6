//! The subscription to pages.

use std::sync::Arc;

use async_graphql::{Context, Union};
use domain::{Error, Result, access::Access, events::Event};
use entity::{PageId, ProjectId, TwinSpaceId};
use futures_util::Stream;
use policy::{Tie, TwinSpacePermission};

use super::Page;
use crate::graphql::{
    context::ContextExt,
    guard::InTwinSpace,
    inside::twin_space::TwinSpace,
    payload::{gone, payload},
    subscription::{ChangesMissed, follow},
};

payload! {
    /// A page was created, edited, moved, shared, archived or restored.
    PageChanged(PageId) {
        /// The updated page; null if it has been deleted since.
        page: Page
    }
}

gone! {
    /// A page was deleted or is no longer visible to the viewer.
    PageGone {
        /// The ID of the page.
        page_id: PageId,
        /// The TwinSpace.
        twin_space: TwinSpace
    }
}

/// A change to the pages of a TwinSpace.
#[derive(Union)]
pub enum PagesChange {
    /// A page was created, edited, moved, shared, archived or restored.
    Changed(PageChanged),
    /// A page was deleted or is no longer visible to the viewer.
    Gone(PageGone),
    /// Changes may have been missed.
    Missed(ChangesMissed),
}

/// The subscriptions of pages.
#[derive(Default)]
pub struct PageSubscription;

/// The subscriptions of pages.
#[async_graphql::Subscription(guard = "crate::graphql::guard::Unguarded")]
impl PageSubscription {
    /// Streams changes to the pages of a TwinSpace that the viewer can see. Ends with an error when
    /// the viewer may no longer see them.
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::Enter, twin_space_id)")]
    async fn pages_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'_>,
        #[graphql(desc = "The TwinSpace.")] twin_space_id: TwinSpaceId,
    ) -> impl Stream<Item = Result<PagesChange>> + 'ctx {
        let project = ProjectId::from(twin_space_id);
        let tell = move |event| async move {
            let access = ctx.twin_space(project).await?;
            heard(ctx, event, &access).await
        };
        follow(ctx, move |event| concerns(event, project), tell)
    }
}

fn concerns(event: &Event, of: ProjectId) -> bool {
    match event {
        Event::Page { project, .. }
        | Event::PageGone { project, .. }
        | Event::PagesPlaced { project } => *project == of,
        _ => false,
    }
}

/// What an event means for this viewer; `None` if they may not receive it.
async fn heard(
    ctx: &Context<'_>,
    event: Event,
    access: &Arc<Access>,
) -> Result<Option<PagesChange>> {
    let gone = |page_id| Some(PagesChange::Gone(PageGone { page_id, project: access.project_id }));
    Ok(match event {
        Event::Page { page, withdrawn, .. } => match Page::subject(ctx, page).await {
            Ok(_) => Some(PagesChange::Changed(PageChanged(page))),
            // Until now it was visible to all members; for other pages, no event is sent.
            Err(Error::NotFound(_)) if withdrawn => gone(page),
            Err(Error::NotFound(_)) => None,
            Err(error) => return Err(error),
        },
        // It was archived: those who could see it there receive the event.
        Event::PageGone { page, author, .. } => {
            let tie = Tie { own: access.person.account == Some(author), given: false };
            let archive = TwinSpacePermission::ArchivePage;
            let saw = access.grants(archive, tie, domain::Reason::NotYours).is_ok();
            saw.then(|| gone(page)).flatten()
        }
        Event::Gap | Event::PagesPlaced { .. } => {
            let twin_space_id = access.twin_space_id();
            Some(PagesChange::Missed(ChangesMissed { twin_space_id }))
        }
        _ => None,
    })
}
