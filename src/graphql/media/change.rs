//! What subscribers hear of media.

use async_graphql::{Context, SimpleObject, Union};
use entity::{MediaId, ProjectId};
use futures_util::{Stream, stream};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::Media;
use crate::{
    Error, Result,
    domain::access::Access,
    events::{Event, MediaNews},
    graphql::{context::ContextExt, payload::payload, subscription::ChangesMissed},
    policy,
};

payload! {
    /// Media was added.
    MediaAdded(MediaId) {
        /// The media; null if it is gone already.
        media: Media
    }
}

payload! {
    /// Media was edited, or is shown again.
    MediaEdited(MediaId) {
        /// The media, as it is now; null if it is gone already.
        media: Media
    }
}

/// Media was deleted, or is hidden from the viewer.
#[derive(SimpleObject)]
pub struct MediaGone {
    /// The id that it had.
    media_id: MediaId,
}

/// What changed among the media of a TwinSpace.
#[derive(Union)]
pub enum MediaChange {
    /// Media was added.
    Added(MediaAdded),
    /// Media was edited, or is shown again.
    Edited(MediaEdited),
    /// Media was deleted, or is hidden from the viewer.
    Gone(MediaGone),
    /// Changes may have been missed.
    Missed(ChangesMissed),
}

/// The media of a TwinSpace as they change, for as long as the viewer may hear of them.
pub fn changes<'ctx>(
    ctx: &'ctx Context<'_>,
    project: ProjectId,
) -> impl Stream<Item = Result<MediaChange>> + 'ctx {
    let events = ctx.db().events().listen();
    stream::unfold(Some(events), move |events| async move {
        let mut events = events?;
        match next(ctx, &mut events, project).await {
            Ok(Some(change)) => Some((Ok(change), Some(events))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
}

async fn next(
    ctx: &Context<'_>,
    events: &mut Receiver<Event>,
    of: ProjectId,
) -> Result<Option<MediaChange>> {
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            // Slower than the events came.
            Err(RecvError::Lagged(_)) => Event::Gap,
            Err(RecvError::Closed) => return Ok(None),
        };
        match &event {
            Event::Media { project, .. } | Event::MediaGone { project, .. } if *project == of => {}
            Event::Gap => {}
            _ => continue,
        }
        ctx.renew().await?;
        let access = ctx.twin_space(of).await?;
        if let Some(change) = heard(ctx, &event, &access).await? {
            return Ok(Some(change));
        }
    }
}

/// What an event is to this viewer; none if they may not hear of it.
async fn heard(ctx: &Context<'_>, event: &Event, access: &Access) -> Result<Option<MediaChange>> {
    Ok(match *event {
        Event::Media { media, news, .. } => match Media::subject(ctx, media).await {
            Ok(_) if news == MediaNews::Added => Some(MediaChange::Added(MediaAdded(media))),
            Ok(_) => Some(MediaChange::Edited(MediaEdited(media))),
            // They have seen it until now.
            Err(Error::NotFound(_)) if news == MediaNews::Consent => {
                Some(MediaChange::Gone(MediaGone { media_id: media }))
            }
            Err(Error::NotFound(_)) => None,
            Err(error) => return Err(error),
        },
        Event::MediaGone { media, seen, .. } => {
            let told = policy::sees_media(access.state, access.role()?, !seen);
            told.then_some(MediaChange::Gone(MediaGone { media_id: media }))
        }
        Event::Gap => {
            let missed = ChangesMissed { twin_space_id: access.twin_space_id() };
            Some(MediaChange::Missed(missed))
        }
        _ => None,
    })
}
