//! Members of TwinSpaces: roles, invitations, pupils, their custodians and consents.

pub mod authority;
pub mod consent;
pub mod custody;
pub mod invitation;
pub mod member;
pub mod offer;
pub mod presence;
pub mod pupil;
pub mod raised;
pub mod subscription;
