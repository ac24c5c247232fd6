//! What is done to members: their role changes, they are removed, or they leave.

use async_graphql::{Context, InputObject, Object};
use domain::{
    Error, Result,
    access::Access,
    list::Columns,
    members::member::{self, MemberRow, found::BASIS},
};
use entity::{MemberId, TwinSpaceId, TwinSpaceRole};
use policy::MemberAct;

use super::Member;
use crate::graphql::{
    context::ContextExt,
    desktop::viewer::Viewer,
    guard::Decides,
    inside::twin_space::TwinSpace,
    loader::Rows,
    payload::{gone, payload},
    projects::project::Project,
};

/// Input for `changeMemberRole`.
#[derive(InputObject)]
pub struct ChangeMemberRoleInput {
    /// The member.
    member_id: MemberId,
    /// The new role.
    role: TwinSpaceRole,
    /// Confirms that the viewer intends to give a pupil's account a role that is not a pupil role
    /// (M-12).
    #[graphql(default)]
    acknowledge_pupil: bool,
}

payload! {
    /// Result of `changeMemberRole`.
    ChangeMemberRolePayload(MemberId) {
        /// The updated member.
        member: Member
    }
}

/// Input for `removeMember`.
#[derive(InputObject)]
pub struct RemoveMemberInput {
    /// The member.
    member_id: MemberId,
}

gone! {
    /// Result of `removeMember`.
    RemoveMemberPayload {
        /// The ID of the former membership.
        member_id: MemberId,
        /// The TwinSpace; null if the viewer is no longer a member.
        twin_space: TwinSpace
    }
}

/// Input for `leaveTwinSpace`.
#[derive(InputObject)]
pub struct LeaveTwinSpaceInput {
    /// The TwinSpace.
    twin_space_id: TwinSpaceId,
}

/// Result of `leaveTwinSpace`.
pub struct LeaveTwinSpacePayload {
    member_id: MemberId,
    twin_space_id: TwinSpaceId,
}

/// Result of `leaveTwinSpace`.
#[Object]
impl LeaveTwinSpacePayload {
    /// The ID of the former membership.
    async fn member_id(&self) -> MemberId {
        self.member_id
    }

    /// The ID of the TwinSpace, which the viewer can no longer see.
    async fn twin_space_id(&self) -> TwinSpaceId {
        self.twin_space_id
    }

    /// The project; null if the viewer can no longer see it.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        Project::mentioned(ctx, self.twin_space_id.into()).await
    }

    /// The viewer, whose memberships have changed with it.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        Viewer::of(ctx)
    }
}

/// Completes a change to a member by somebody who stood to the TwinSpace like this.
async fn changed<T: Send>(ctx: &Context<'_>, by: Access, member: MemberId, value: T) -> Option<T> {
    match by.member {
        // Whoever changes their own membership stands to it in another way from now on.
        Some((own, _)) if own == member => ctx.changed(value),
        _ => ctx.changed_by(by, value).await,
    }
}

/// The mutations of members.
#[derive(Default)]
pub struct MemberMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl MemberMutation {
    /// Changes a member's role (M-12). Founders and the last teacher administrator keep theirs. Whoever
    /// gets a pupil role counts as a pupil, also an adult (M-20).
    #[graphql(
        guard = "Decides(MemberAct::ChangeRole { to: input.role, acknowledged: input.acknowledge_pupil })"
    )]
    async fn change_member_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The member and their new role.")] input: ChangeMemberRoleInput,
    ) -> Result<Option<ChangeMemberRolePayload>> {
        let ChangeMemberRoleInput { member_id, role, acknowledge_pupil } = input;
        let acknowledged = acknowledge_pupil;
        let (by, row) = member::change_role(ctx.actor(), member_id, role, acknowledged).await?;
        let payload = changed(ctx, by, member_id, ChangeMemberRolePayload(member_id)).await;
        // If that is all that is asked for, it is at hand.
        let columns = Columns::default().and::<MemberRow>(BASIS);
        ctx.at_hand::<Rows<MemberRow>>((member_id.0, columns), row).await;
        Ok(payload)
    }

    /// Removes a member from the TwinSpace. What they wrote is kept under their name (M-19).
    #[graphql(guard = "Decides(MemberAct::Remove)")]
    async fn remove_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The member to remove.")] input: RemoveMemberInput,
    ) -> Result<Option<RemoveMemberPayload>> {
        let RemoveMemberInput { member_id } = input;
        let by = member::remove(ctx.actor(), member_id).await?;
        let project = by.project_id;
        Ok(changed(ctx, by, member_id, RemoveMemberPayload { member_id, project }).await)
    }

    /// Leaves a TwinSpace. Pupils cannot leave by themselves but are removed by their teachers, and
    /// the last teacher administrator must stay (P-14).
    #[graphql(guard = "Decides(MemberAct::Leave)")]
    async fn leave_twin_space(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The TwinSpace to leave.")] input: LeaveTwinSpaceInput,
    ) -> Result<Option<LeaveTwinSpacePayload>> {
        let LeaveTwinSpaceInput { twin_space_id } = input;
        let access = ctx.twin_space_from_outside(twin_space_id.into()).await?;
        let (member, _) = access.member.ok_or(Error::NotFound("TwinSpace"))?;
        member::leave(ctx.actor(), member).await?;
        Ok(ctx.changed(LeaveTwinSpacePayload { member_id: member, twin_space_id }))
    }
}
