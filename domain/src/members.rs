//! Members of TwinSpaces: roles, invitations, pupils, their custodians and consents.

pub mod consent;
pub mod custody;
pub mod custody_transfer;
pub mod export;
pub mod invitation;
pub mod member;
pub mod pupil;
pub mod pupil_news;
pub mod pupil_request;
pub mod sheet;
