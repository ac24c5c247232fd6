//! The API: one file per type, holding its fields, its queries and its mutations.

pub mod account;
pub mod api;
pub mod approval;
pub mod audit;
pub mod connection;
pub mod contact;
pub mod context;
pub mod custody;
pub mod document;
pub mod error;
pub mod guard;
pub mod invitation;
pub mod loader;
pub mod media;
pub mod member;
pub mod node;
pub mod nullable;
pub mod partner;
pub mod password;
mod payload;
pub mod permission;
pub mod person;
pub mod project;
pub mod pupil;
pub mod school;
pub mod session;
pub mod subscription;
pub mod teacher;
pub mod twin_space;
pub mod viewer;

use async_graphql::MergedObject;
pub use subscription::Subscription;

use crate::config::server::Config;

/// What can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    viewer::ViewerQuery,
    project::ProjectQuery,
    twin_space::TwinSpaceQuery,
    invitation::InvitationQuery,
    teacher::TeacherQuery,
    permission::PermissionQuery,
);

/// What can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    account::AccountMutation,
    session::SessionMutation,
    password::PasswordMutation,
    contact::ContactMutation,
    project::ProjectMutation,
    approval::ApprovalMutation,
    partner::PartnerMutation,
    member::MemberMutation,
    invitation::InvitationMutation,
    pupil::PupilMutation,
    custody::CustodyMutation,
    media::MediaMutation,
);

/// The whole API.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Builds the schema.
pub fn schema(config: &Config) -> Schema {
    let builder = Schema::build(Query::default(), Mutation::default(), Subscription);
    api::equip(builder, config).finish()
}
