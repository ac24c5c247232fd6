//! The API: one file per type, holding its fields, its queries and its mutations.

pub mod account;
pub mod context;
pub mod error;
pub mod guard;
pub mod password;
pub mod school;
pub mod session;
pub mod viewer;

use async_graphql::{EmptySubscription, MergedObject, Object};

use crate::config::server::Config;

/// What can be asked of the server itself.
#[derive(Default)]
pub struct ServerQuery;

#[Object(guard = "guard::Unguarded")]
impl ServerQuery {
    /// Whether it runs.
    #[graphql(guard = "guard::Public")]
    async fn running(&self) -> bool {
        true
    }
}

/// What can be asked.
#[derive(MergedObject, Default)]
pub struct Query(ServerQuery, viewer::ViewerQuery);

/// What can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(account::AccountMutation, session::SessionMutation, password::PasswordMutation);

/// The whole API.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// Builds the schema.
pub fn schema(_config: &Config) -> Schema {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription).finish()
}
