//! The tables, one file each: their columns, and queries on a single table.

pub mod account;
pub mod account_tag;
pub mod admission;
pub mod approval;
pub mod audit;
pub mod brought_in;
pub mod chat_message;
pub mod consent;
pub mod contact;
pub mod custody_transfer;
pub mod diary;
pub mod email_change;
pub mod follow_up;
pub mod former_teacher;
pub mod guest_registration;
pub mod id;
pub mod invitation;
pub mod label;
pub mod mail;
pub mod media;
pub mod media_pictured;
pub mod member;
pub mod member_count;
pub mod message;
pub mod nomination;
pub mod notification;
pub mod office;
pub mod outcome;
pub mod page;
pub mod page_grant;
pub mod page_version;
pub mod partner;
pub mod profile_picture;
pub mod project;
pub mod pupil_news;
pub mod pupil_request;
pub mod rate_limit;
pub mod region_spelling;
pub mod report;
mod role;
pub mod school;
pub mod school_confirmation;
pub mod search_entry;
pub mod secret;
pub mod service;
pub mod session;
pub mod succession;
pub mod table;
pub mod token;

pub use account_tag::TagKind;
pub use admission::AdmissionState;
pub use approval::Decision;
pub use audit::Act;
pub use consent::{ConsentGiver, ConsentScope};
pub use contact::ContactState;
pub use custody_transfer::{CustodyTransferKind, CustodyTransferState};
pub use diary::DiaryVisibility;
pub use id::{
    AccountId, ApprovalId, AuditId, ChatMessageId, ConsentId, ContactId, CustodyTransferId,
    DiaryEntryId, InvitationId, Kind, LabelApplicationId, MailId, MediaId, MemberId, MessageId,
    PageGrantId, PageId, PageVersionId, PartnerId, ProjectId, PupilId, PupilNewsId, PupilRequestId,
    ReportId, SchoolId, ServiceId, SessionId, SuccessionId, ThreadId, TwinSpaceId,
};
pub use invitation::{InvitationKind, InvitationState};
pub use label::LabelState;
pub use media::{MediaKind, MediaState};
pub use notification::NotificationKind;
pub use office::DecisionKind;
pub use page::PageVisibility;
pub use project::ProjectState;
pub use pupil_request::PupilRequestState;
pub use report::ReportKind;
pub use role::{AccountKind, ProjectRole, TwinSpaceRole};
pub use search_entry::SearchKind;
pub use succession::SuccessionState;
pub use token::Purpose;
