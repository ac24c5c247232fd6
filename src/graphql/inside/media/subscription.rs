//! The subscription to media.

use async_graphql::{Context, Union};
use domain::{
    Error, Result,
    access::Access,
    events::{Event, MediaNews},
};
use entity::{MediaId, ProjectId, TwinSpaceId};
use futures_util::Stream;
use policy::TwinSpacePermission;

use super::Media;
use crate::graphql::{
    context::ContextExt,
    guard::InTwinSpace,
    inside::twin_space::TwinSpace,
    payload::{gone, payload},
    subscription::{ChangesMissed, follow},
};

payload! {
    /// Media was added.
    MediaAdded(MediaId) {
        /// The media; null if it has been deleted since.
        media: Media
    }
}

payload! {
    /// Media was edited or became visible again.
    MediaEdited(MediaId) {
        /// The updated media; null if it has been deleted since.
        media: Media
    }
}

gone! {
    /// Media was deleted or hidden from the viewer.
    MediaGone {
        /// The ID that it had.
        media_id: MediaId,
        /// The TwinSpace.
        twin_space: TwinSpace
    }
}

/// A change to the media of a TwinSpace.
#[derive(Union)]
pub enum MediaChange {
    /// Media was added.
    Added(MediaAdded),
    /// Media was edited or became visible again.
    Edited(MediaEdited),
    /// Media was deleted or hidden from the viewer.
    Gone(MediaGone),
    /// Changes may have been missed.
    Missed(ChangesMissed),
}

/// The subscriptions of media.
#[derive(Default)]
pub struct MediaSubscription;

#[async_graphql::Subscription(guard = "crate::graphql::guard::Unguarded")]
impl MediaSubscription {
    /// Streams changes to the images, videos and files of a TwinSpace. Ends with an error when the
    /// viewer may no longer see them.
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::Enter, twin_space_id)")]
    async fn media_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'_>,
        #[graphql(desc = "The TwinSpace.")] twin_space_id: TwinSpaceId,
    ) -> impl Stream<Item = Result<MediaChange>> + 'ctx {
        let project = ProjectId::from(twin_space_id);
        let tell = move |event| async move {
            let access = ctx.twin_space(project).await?;
            heard(ctx, &event, &access).await
        };
        follow(ctx, move |event| concerns(event, project), tell)
    }
}

fn concerns(event: &Event, of: ProjectId) -> bool {
    match event {
        Event::Media { project, .. } | Event::MediaGone { project, .. } => *project == of,
        _ => false,
    }
}

/// What an event means for this viewer; `None` if they may not receive it.
async fn heard(ctx: &Context<'_>, event: &Event, access: &Access) -> Result<Option<MediaChange>> {
    let project = access.project_id;
    let gone = |media_id| MediaChange::Gone(MediaGone { media_id, project });
    Ok(match *event {
        Event::Media { media, news, .. } => match Media::seen(ctx, media).await {
            Ok(_) if news == MediaNews::Added => Some(MediaChange::Added(MediaAdded(media))),
            Ok(_) => Some(MediaChange::Edited(MediaEdited(media))),
            // It was visible to them until now.
            Err(Error::NotFound(_)) if news == MediaNews::Consent => Some(gone(media)),
            Err(Error::NotFound(_)) => None,
            Err(error) => return Err(error),
        },
        Event::MediaGone { media, seen, .. } => {
            let told = access.sees_media(!seen);
            told.then_some(gone(media))
        }
        Event::Gap => {
            let missed = ChangesMissed { twin_space_id: access.twin_space_id() };
            Some(MediaChange::Missed(missed))
        }
        _ => None,
    })
}
