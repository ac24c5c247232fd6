//! The tables, one file each: columns, and the questions asked of one table.

pub mod account;
pub mod account_tag;
pub mod approval;
pub mod audit;
pub mod consent;
pub mod contact;
pub mod id;
pub mod invitation;
pub mod mail;
pub mod media;
pub mod media_pictured;
pub mod member;
pub mod outcome;
pub mod partner;
pub mod project;
mod role;
pub mod school;
pub mod secret;
pub mod service;
pub mod session;
pub mod token;

pub use account_tag::TagKind;
pub use approval::Decision;
pub use audit::Act;
pub use consent::{ConsentGiver, ConsentScope};
pub use contact::ContactState;
pub use id::{
    AccountId, ApprovalId, AuditId, ConsentId, ContactId, InvitationId, Kind, MailId, MediaId,
    MemberId, PartnerId, ProjectId, SchoolId, ServiceId, SessionId, TwinSpaceId,
};
pub use invitation::{InvitationKind, InvitationState};
pub use media::{MediaKind, MediaState};
pub use project::ProjectState;
pub use role::{AccountKind, ProjectRole, TwinSpaceRole};
pub use token::Purpose;
