//! The tables of permissions, for anyone to read.

use async_graphql::Object;

use super::guard::Public;
use crate::policy::{self, Matrix};

/// The query of the tables.
#[derive(Default)]
pub struct PermissionQuery;

#[Object(guard = "super::guard::Unguarded")]
impl PermissionQuery {
    /// Who may do what: the two tables from which all guards and `permissions` follow.
    #[graphql(guard = "Public")]
    async fn permission_matrix(&self) -> Matrix {
        policy::matrix()
    }
}
