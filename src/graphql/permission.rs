//! The permission tables, which are public.

use async_graphql::Object;
use policy::PermissionMatrix;

use crate::graphql::guard::Public;

/// The query of the permission tables.
#[derive(Default)]
pub struct PermissionQuery;

#[Object(guard = "super::guard::Unguarded")]
impl PermissionQuery {
    /// The permission tables, on which all access checks and `permissions` fields are based.
    #[graphql(guard = "Public")]
    async fn permission_matrix(&self) -> PermissionMatrix {
        policy::matrix()
    }
}
