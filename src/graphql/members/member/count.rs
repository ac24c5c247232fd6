//! The number of members.

use async_graphql::{Context, SimpleObject};
use domain::{Result, access::Access};
use entity::TwinSpaceRole;

use crate::graphql::{context::ContextExt, eager::EagerList, loader::Counts};

/// The number of members of a TwinSpace.
#[derive(SimpleObject)]
pub struct MemberCounts {
    /// Teachers and teacher administrators, without pupils who have such a role.
    teachers: u64,
    /// Pupils and pupil administrators, and pupils who have another role.
    pupils: u64,
    /// Visitors, without pupils who have this role.
    visitors: u64,
    /// The number of all members.
    total: u64,
    /// The number of members who are online.
    online: u64,
    /// How many have each role, whatever they count as.
    by_role: EagerList<RoleCount>,
}

/// The number of members with one role.
#[derive(SimpleObject)]
pub struct RoleCount {
    /// The role.
    role: TwinSpaceRole,
    /// The number of members.
    count: u64,
}

impl MemberCounts {
    /// The counts of a TwinSpace.
    pub async fn load(ctx: &Context<'_>, access: &Access) -> Result<Self> {
        let online = ctx.look_ahead().field("online").exists();
        let counts = ctx.load::<Counts>((access.project_id.0, online)).await?;
        let counts = counts.as_deref().cloned().unwrap_or_default();
        let by_role = <TwinSpaceRole as async_graphql::resolver_utils::EnumType>::items();
        let of = |role| RoleCount { role, count: counts.of(|r| r == role) };
        Ok(Self {
            teachers: counts.adults(TwinSpaceRole::is_teacher),
            pupils: counts.pupils(),
            visitors: counts.adults(|role| role == TwinSpaceRole::Visitor),
            total: counts.of(|_| true),
            online: counts.online,
            by_role: EagerList(by_role.iter().map(|item| of(item.value)).collect()),
        })
    }
}
