//! The API: one file per type, holding its fields, its queries and its mutations.

pub mod about;
pub mod accounts;
pub mod api;
pub mod care;
pub mod complexity;
pub mod connection;
pub mod context;
pub mod desktop;
pub mod document;
mod eager;
pub mod error;
mod filter;
pub mod guard;
pub mod inside;
pub mod json;
pub mod loader;
mod markup;
pub mod members;
pub mod node;
pub mod nullable;
mod payload;
pub mod permission;
pub mod projects;
mod round;
mod scalar;
pub mod subscription;
pub mod trusted;
mod upload;

use std::sync::OnceLock;

use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, SchemaBuilder};

use crate::config::server::Config;
use document::Definitions;

/// The root of all queries.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    desktop::viewer::ViewerQuery,
    projects::project::ProjectQuery,
    inside::twin_space::TwinSpaceQuery,
    members::invitation::InvitationQuery,
    desktop::teacher::TeacherQuery,
    accounts::school::SchoolQuery,
    accounts::server::ServerQuery,
    inside::page::PageQuery,
    markup::MarkupQuery,
    permission::PermissionQuery,
    inside::guidance::GuidanceQuery,
    accounts::picture::PictureQuery,
    care::moderation::ModerationQuery,
    projects::office::OfficeQuery,
    care::administration::AdministrationQuery,
);

/// The root of all mutations.
#[derive(MergedObject, Default)]
pub struct Mutation(
    accounts::account::AccountMutation,
    accounts::picture::PictureMutation,
    accounts::session::SessionMutation,
    accounts::password::PasswordMutation,
    accounts::email_change::EmailChangeMutation,
    accounts::erasure::ErasureMutation,
    desktop::contact::ContactMutation,
    projects::project::ProjectMutation,
    projects::follow_up::FollowUpMutation,
    projects::approval::ApprovalMutation,
    projects::partner::PartnerMutation,
    projects::diary::DiaryMutation,
    projects::label::LabelMutation,
    projects::succession::SuccessionMutation,
    members::member::act::MemberMutation,
    members::invitation::InvitationMutation,
    members::pupil::PupilMutation,
    members::custody::CustodyMutation,
    members::consent::act::ConsentMutation,
    members::custody_transfer::CustodyTransferMutation,
    members::pupil_request::PupilRequestMutation,
    members::pupil_news::PupilNewsMutation,
    accounts::own_data::OwnDataMutation,
    inside::twin_space::TwinSpaceMutation,
    inside::settings::SettingsMutation,
    inside::chat::ChatMutation,
    inside::message::MessageMutation,
    inside::thread::ThreadMutation,
    care::report::ReportMutation,
    care::moderation::ModerationMutation,
    projects::office::OfficeMutation,
    care::administration::AdministrationMutation,
    accounts::admission::AdmissionMutation,
    accounts::school::confirmation::SchoolConfirmationMutation,
    accounts::school::SchoolMutation,
    inside::page::PageMutation,
    inside::media::MediaMutation,
);

/// The root of all subscriptions.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    subscription::MemberSubscription,
    projects::subscription::ProjectSubscription,
    inside::page::PageSubscription,
    inside::chat::ChatSubscription,
    inside::message::MessageSubscription,
    desktop::notification::NotificationSubscription,
    inside::media::MediaSubscription,
);

/// The whole API.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Builds the schema.
pub fn schema(config: &Config) -> Schema {
    let builder = Schema::build(Query::default(), Mutation::default(), Subscription::default());
    described(api::equip(builder, config)).finish()
}

/// A schema as text.
pub fn sdl(schema: &Schema) -> String {
    about::describe(&schema.sdl_with_options(SDLExportOptions::new().include_specified_by()))
}

/// The schema as documents are validated against it: the same for every server of a process.
pub fn definitions(schema: &Schema) -> Definitions {
    static DEFINITIONS: OnceLock<Definitions> = OnceLock::new();
    *DEFINITIONS.get_or_init(|| Definitions::read(sdl(schema)))
}

/// Builds the schema for queries that had no errors the last time.
pub fn quick_schema(config: &Config) -> Schema {
    let builder = Schema::build(Query::default(), Mutation::default(), Subscription::default());
    described(api::equip_quick(builder, config)).finish()
}

/// Describes what the macros do not.
fn described(
    builder: SchemaBuilder<Query, Mutation, Subscription>,
) -> SchemaBuilder<Query, Mutation, Subscription> {
    scalar::describe(connection::describe(builder))
}
