//! What subscribers hear: members and invitations of a TwinSpace, as they change.
//!
//! The guard is asked when a subscription begins, and the policy again on every event: whoever was
//! removed, lost the role or signed out hears no more.

use std::sync::Arc;

use async_graphql::{Context, SimpleObject, Union};
use entity::{InvitationId, MemberId, ProjectId, TwinSpaceId};
use futures_util::{Stream, stream};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{
    context::ContextExt,
    guard::InTwinSpace,
    invitation::Invitation,
    media::{self, MediaChange},
    member::{Member, sees_pupils},
    payload::payload,
};
use crate::{Error, Result, domain::access::Access, events::Event, policy::TwinSpacePermission};

payload! {
    /// Somebody joined.
    MemberJoined(MemberId) {
        /// The new member; null if they are gone already.
        member: Member
    }
}

payload! {
    /// A member's role or card changed.
    MemberChanged(MemberId) {
        /// The member, as they are now; null if they are gone already.
        member: Member
    }
}

/// A member left or was removed.
#[derive(SimpleObject)]
pub struct MemberGone {
    /// The id that the member had.
    member_id: MemberId,
}

payload! {
    /// An invitation was sent, answered, changed or revoked.
    InvitationChanged(InvitationId) {
        /// The invitation, as it is now.
        invitation: Invitation
    }
}

/// Changes may have been missed: load the lists again.
#[derive(SimpleObject)]
pub struct ChangesMissed {
    /// The TwinSpace.
    pub(super) twin_space_id: TwinSpaceId,
}

/// What changed among the members and invitations of a TwinSpace.
#[derive(Union)]
pub enum MembersChange {
    /// Somebody joined.
    Joined(MemberJoined),
    /// A member's role or card changed.
    Changed(MemberChanged),
    /// A member left or was removed.
    Gone(MemberGone),
    /// An invitation was sent, answered, changed or revoked.
    Invitation(InvitationChanged),
    /// Changes may have been missed.
    Missed(ChangesMissed),
}

/// What can be heard.
pub struct Subscription;

/// What can be heard.
#[async_graphql::Subscription(guard = "super::guard::Unguarded")]
impl Subscription {
    /// The members and, for those who manage them, the invitations of a TwinSpace as they change.
    /// Ends with an error when the viewer may not hear it any more.
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::Enter, twin_space_id)")]
    async fn members_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'_>,
        #[graphql(desc = "The TwinSpace.")] twin_space_id: TwinSpaceId,
    ) -> impl Stream<Item = Result<MembersChange>> + 'ctx {
        let project = ProjectId::from(twin_space_id);
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

    /// The images, videos and files of a TwinSpace as they change. Ends with an error when the
    /// viewer may not hear it any more.
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::Enter, twin_space_id)")]
    async fn media_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'_>,
        #[graphql(desc = "The TwinSpace.")] twin_space_id: TwinSpaceId,
    ) -> impl Stream<Item = Result<MediaChange>> + 'ctx {
        media::changes(ctx, twin_space_id.into())
    }
}

/// The next change that the viewer may hear of; none when the server stops.
async fn next(
    ctx: &Context<'_>,
    events: &mut Receiver<Event>,
    project: ProjectId,
) -> Result<Option<MembersChange>> {
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            // Slower than the events came.
            Err(RecvError::Lagged(_)) => Event::Gap,
            Err(RecvError::Closed) => return Ok(None),
        };
        if !concerns(&event, project) {
            continue;
        }
        ctx.renew().await?;
        let access = ctx.twin_space(project).await?;
        if let Some(change) = heard(ctx, event, &access).await? {
            return Ok(Some(change));
        }
    }
}

fn concerns(event: &Event, of: ProjectId) -> bool {
    match event {
        Event::Member { project, .. }
        | Event::MemberGone { project, .. }
        | Event::Invitation { project, .. } => *project == of,
        Event::Gap => true,
        Event::Media { .. } | Event::MediaGone { .. } | Event::SignedOut { .. } | Event::Mail => {
            false
        }
    }
}

/// What an event is to this viewer; none if they may not hear of it.
async fn heard(
    ctx: &Context<'_>,
    event: Event,
    access: &Arc<Access>,
) -> Result<Option<MembersChange>> {
    Ok(match event {
        Event::Member { member, joined, .. } => match Member::subject(ctx, member).await {
            Ok(_) if joined => Some(MembersChange::Joined(MemberJoined(member))),
            Ok(_) => Some(MembersChange::Changed(MemberChanged(member))),
            // Gone already, or a pupil whom the viewer does not see (M-20).
            Err(Error::NotFound(_)) => None,
            Err(error) => return Err(error),
        },
        Event::MemberGone { pupil: true, .. } if !sees_pupils(access) => None,
        Event::MemberGone { member, .. } => {
            Some(MembersChange::Gone(MemberGone { member_id: member }))
        }
        // Partners' invitations are others' to manage than those to the TwinSpace.
        Event::Invitation { invitation, .. } => {
            let managed = Invitation::is_managed(ctx, invitation).await?;
            managed.then_some(MembersChange::Invitation(InvitationChanged(invitation)))
        }
        Event::Gap => {
            let twin_space_id = access.twin_space_id();
            Some(MembersChange::Missed(ChangesMissed { twin_space_id }))
        }
        Event::Media { .. } | Event::MediaGone { .. } | Event::SignedOut { .. } | Event::Mail => {
            None
        }
    })
}
