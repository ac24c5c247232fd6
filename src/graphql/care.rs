//! Reports, moderation, the audit log, and the work of administrators.

pub mod administration;
pub mod audit;
pub mod moderation;
pub mod report;
