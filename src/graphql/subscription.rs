//! How subscribers receive changes, and the subscription to the members and invitations of a
//! TwinSpace.
//!
//! The guard is checked when a subscription begins, and the policy again for every event: those who
//! are removed, lose their role or sign out receive nothing more.

use std::{sync::Arc, time::Duration};

use async_graphql::{Context, SimpleObject, Union};
use domain::{Error, Result, access::Access, events::Event};
use entity::{InvitationId, MemberId, ProjectId, TwinSpaceId};
use futures_util::{Stream, stream};
use policy::TwinSpacePermission;
use tokio::{sync::broadcast::error::RecvError, time::sleep};

use crate::graphql::{
    context::ContextExt,
    guard::InTwinSpace,
    inside::twin_space::TwinSpace,
    members::{invitation::Invitation, member::Member},
    payload::{gone, payload},
};

payload! {
    /// A person joined.
    MemberJoined(MemberId) {
        /// The new member; null if they have left since.
        member: Member
    }
}

payload! {
    /// A member's role or details changed.
    MemberChanged(MemberId) {
        /// The updated member; null if they have left since.
        member: Member
    }
}

gone! {
    /// A member left or was removed.
    MemberGone {
        /// The ID of the former membership.
        member_id: MemberId,
        /// The TwinSpace.
        twin_space: TwinSpace
    }
}

payload! {
    /// An invitation was sent, answered, changed or revoked, or could not be delivered.
    InvitationChanged(InvitationId) {
        /// The updated invitation.
        invitation: Invitation
    }
}

/// Changes may have been missed. Reload the lists.
#[derive(SimpleObject)]
pub struct ChangesMissed {
    /// The TwinSpace.
    pub twin_space_id: TwinSpaceId,
}

/// A change to the members or invitations of a TwinSpace.
#[derive(Union)]
pub enum MembersChange {
    /// A person joined.
    Joined(MemberJoined),
    /// A member's role or details changed.
    Changed(MemberChanged),
    /// A member left or was removed.
    Gone(MemberGone),
    /// An invitation was sent, answered, changed or revoked, or could not be delivered.
    Invitation(InvitationChanged),
    /// Changes may have been missed.
    Missed(ChangesMissed),
}

/// The subscriptions of members.
#[derive(Default)]
pub struct MemberSubscription;

#[async_graphql::Subscription(guard = "super::guard::Unguarded")]
impl MemberSubscription {
    /// Streams changes to the members of a TwinSpace and, for those who manage them, to its
    /// invitations. Ends with an error when the viewer may no longer see them.
    #[graphql(guard = "InTwinSpace(TwinSpacePermission::Enter, twin_space_id)")]
    async fn members_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'_>,
        #[graphql(desc = "The TwinSpace.")] twin_space_id: TwinSpaceId,
    ) -> impl Stream<Item = Result<MembersChange>> + 'ctx {
        let project = ProjectId::from(twin_space_id);
        follow(
            ctx,
            move |event| concerns(event, project),
            move |event| async move {
                let access = ctx.twin_space(project).await?;
                heard(ctx, event, &access).await
            },
        )
    }
}

/// How long to wait before retrying after a failure.
const RETRY: Duration = Duration::from_secs(1);

/// Streams what `tell` makes of the events that concern the viewer, from now on. If an event cannot
/// be sent because of an internal error, a gap is reported as soon as possible. Ends with an error
/// if the viewer may no longer receive the events, or when the server stops.
pub fn follow<'ctx, T, C, F, Fut>(
    ctx: &'ctx Context<'_>,
    concerns: C,
    tell: F,
) -> impl Stream<Item = Result<T>> + 'ctx
where
    T: 'ctx,
    C: Fn(&Event) -> bool + 'ctx,
    F: Fn(Event) -> Fut + 'ctx,
    Fut: Future<Output = Result<Option<T>>> + 'ctx,
{
    let events = ctx.request().events();
    let hearing = &ctx.request().hearing;
    hearing.begin();
    let ear = (events, ctx.db().events().begin());
    stream::unfold(Some((ear, concerns, tell)), move |state| async move {
        let (mut ear, concerns, tell) = state?;
        loop {
            let event = if hearing.take_missed() {
                sleep(RETRY).await;
                Event::Gap
            } else {
                match ear.0.recv().await {
                    Ok(event) => event,
                    // Slower than the events arrived.
                    Err(RecvError::Lagged(_)) => Event::Gap,
                    Err(RecvError::Closed) => return None,
                }
            };
            if event != Event::Gap && !concerns(&event) {
                continue;
            }
            // Those who are removed, lose their role or sign out receive nothing more.
            let told = match ctx.renew().await {
                Ok(()) => tell(event).await,
                Err(error) => Err(error),
            };
            match told {
                Ok(Some(change)) => return Some((Ok(change), Some((ear, concerns, tell)))),
                Ok(None) => {}
                Err(error) if error.is_passing() => {
                    tracing::warn!(?error, "a change could not be sent, and will be tried again");
                    hearing.miss();
                }
                Err(error) => return Some((Err(error), None)),
            }
        }
    })
}

fn concerns(event: &Event, of: ProjectId) -> bool {
    match event {
        Event::Member { project, .. }
        | Event::MemberGone { project, .. }
        | Event::Invitation { project, .. } => *project == of,
        _ => false,
    }
}

/// What an event means for this viewer; `None` if they may not receive it.
async fn heard(
    ctx: &Context<'_>,
    event: Event,
    access: &Arc<Access>,
) -> Result<Option<MembersChange>> {
    Ok(match event {
        Event::Member { member, joined, .. } => match Member::subject(ctx, member).await {
            Ok(_) if joined => Some(MembersChange::Joined(MemberJoined(member))),
            Ok(_) => Some(MembersChange::Changed(MemberChanged(member))),
            // Already gone, or a pupil whom the viewer cannot see (M-20).
            Err(Error::NotFound(_)) => None,
            Err(error) => return Err(error),
        },
        Event::MemberGone { pupil: true, .. } if !access.sees_pupils() => None,
        Event::MemberGone { member: member_id, project, .. } => {
            Some(MembersChange::Gone(MemberGone { member_id, project }))
        }
        // Those who manage partners' invitations are not the same as those who manage invitations
        // to the TwinSpace.
        Event::Invitation { invitation, .. } => {
            let managed = Invitation::is_managed(ctx, invitation).await?;
            managed.then_some(MembersChange::Invitation(InvitationChanged(invitation)))
        }
        Event::Gap => {
            let twin_space_id = access.twin_space_id();
            Some(MembersChange::Missed(ChangesMissed { twin_space_id }))
        }
        _ => None,
    })
}
