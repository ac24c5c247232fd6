//! The API: one file per type, holding its fields, its queries and its mutations.

pub mod context;
pub mod error;
pub mod guard;
pub mod loader;

use async_graphql::{EmptyMutation, EmptySubscription, Object};

use crate::config::server::Config;

/// The roots.
pub struct Query;

#[Object]
impl Query {
    /// Whether it runs.
    async fn running(&self) -> bool {
        true
    }
}

/// The whole API.
pub type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

/// Builds the schema.
pub fn schema(_config: &Config) -> Schema {
    Schema::build(Query, EmptyMutation, EmptySubscription).finish()
}
