//! Projects, their partners, and the support services.

pub mod approval;
pub mod diary;
pub mod follow_up;
pub mod label;
pub mod list;
pub mod office;
pub mod partner;
pub mod project;
pub mod region;
pub mod subscription;
pub mod succession;
