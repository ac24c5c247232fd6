//! The API: one file per type, holding its fields, its queries and its mutations.

pub mod account;
pub mod administration;
pub mod admission;
pub mod api;
pub mod approval;
pub mod audit;
pub mod chat;
pub mod complexity;
pub mod connection;
pub mod consent;
pub mod contact;
pub mod context;
pub mod custody;
pub mod custody_transfer;
pub mod diary;
pub mod document;
mod eager;
pub mod email_change;
pub mod erasure;
pub mod error;
pub mod follow_up;
pub mod guard;
pub mod guidance;
pub mod invitation;
pub mod label;
pub mod loader;
mod markup;
pub mod media;
pub mod member;
pub mod message;
pub mod moderation;
pub mod node;
pub mod notification;
pub mod nullable;
pub mod office;
pub mod own_data;
pub mod page;
pub mod partner;
pub mod password;
mod payload;
pub mod permission;
pub mod person;
pub mod picture;
pub mod project;
pub mod pupil;
pub mod pupil_news;
pub mod pupil_request;
pub mod report;
mod scalar;
pub mod school;
pub mod search;
pub mod session;
pub mod settings;
pub mod subscription;
pub mod succession;
pub mod teacher;
pub mod trusted;
pub mod twin_space;
mod upload;
pub mod viewer;

use std::sync::OnceLock;

use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, SchemaBuilder};

use crate::config::server::Config;
use document::Definitions;

/// The root of all queries.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    viewer::ViewerQuery,
    project::ProjectQuery,
    twin_space::TwinSpaceQuery,
    invitation::InvitationQuery,
    teacher::TeacherQuery,
    school::RegionQuery,
    page::PageQuery,
    permission::PermissionQuery,
    guidance::GuidanceQuery,
    picture::PictureQuery,
    moderation::ModerationQuery,
    office::OfficeQuery,
    administration::AdministrationQuery,
);

/// The root of all mutations.
#[derive(MergedObject, Default)]
pub struct Mutation(
    account::AccountMutation,
    picture::PictureMutation,
    session::SessionMutation,
    password::PasswordMutation,
    email_change::EmailChangeMutation,
    erasure::ErasureMutation,
    contact::ContactMutation,
    project::ProjectMutation,
    follow_up::FollowUpMutation,
    approval::ApprovalMutation,
    partner::PartnerMutation,
    diary::DiaryMutation,
    label::LabelMutation,
    succession::SuccessionMutation,
    member::MemberMutation,
    invitation::InvitationMutation,
    pupil::PupilMutation,
    custody::CustodyMutation,
    custody_transfer::CustodyTransferMutation,
    pupil_request::PupilRequestMutation,
    pupil_news::PupilNewsMutation,
    own_data::OwnDataMutation,
    settings::SettingsMutation,
    chat::ChatMutation,
    message::MessageMutation,
    report::ReportMutation,
    moderation::ModerationMutation,
    office::OfficeMutation,
    administration::AdministrationMutation,
    admission::AdmissionMutation,
    page::PageMutation,
    media::MediaMutation,
);

/// The root of all subscriptions.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    subscription::MemberSubscription,
    page::PageSubscription,
    chat::ChatSubscription,
    message::MessageSubscription,
    notification::NotificationSubscription,
    media::MediaSubscription,
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
    schema.sdl_with_options(SDLExportOptions::new().include_specified_by())
}

/// The schema as documents are validated against it: the same for every server of a process.
pub fn definitions(schema: &Schema) -> Definitions {
    static DEFINITIONS: OnceLock<Definitions> = OnceLock::new();
    *DEFINITIONS.get_or_init(|| Definitions::read(sdl(schema)))
}

/// Builds the schema for queries that had no errors before.
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
