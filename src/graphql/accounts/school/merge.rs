//! Merging schools that were entered more than once.

use async_graphql::{Context, InputObject, Object};
use domain::{Result, accounts::school};
use entity::SchoolId;
use policy::ServerPermission;

use super::School;
use crate::graphql::{context::ContextExt, guard::OnServer, payload::payload};

/// Input for `mergeSchools`.
#[derive(InputObject)]
pub struct MergeSchoolsInput {
    /// The school that is a duplicate. It no longer exists afterwards; whoever enters it gets the other
    /// one.
    school_id: SchoolId,
    /// The school that remains.
    into_school_id: SchoolId,
}

payload! {
    /// Result of `mergeSchools`.
    MergeSchoolsPayload(SchoolId) {
        /// The school that remains.
        school: School, viewer, office
    }
}

/// The mutation that merges schools.
#[derive(Default)]
pub struct SchoolMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl SchoolMutation {
    /// Merges a school into another one of the same country: all its teachers and pupils belong to the
    /// other one from then on, and confirmations remain. It cannot be undone. Requires an officer in
    /// whose country or region both are, or an administrator.
    #[graphql(guard = "OnServer(ServerPermission::MergeSchools)")]
    async fn merge_schools(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The two schools.")] input: MergeSchoolsInput,
    ) -> Result<Option<MergeSchoolsPayload>> {
        let MergeSchoolsInput { school_id, into_school_id } = input;
        Box::pin(school::merge(ctx.actor(), school_id, into_school_id)).await?;
        Ok(ctx.changed(MergeSchoolsPayload(into_school_id)))
    }
}
