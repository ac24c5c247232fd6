//! The API: one file per type, holding its fields, its queries and its mutations.

pub mod api;
pub mod context;
pub mod document;
pub mod error;
pub mod guard;
pub mod nullable;

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
pub fn schema(config: &Config) -> Schema {
    api::equip(Schema::build(Query, EmptyMutation, EmptySubscription), config).finish()
}
