//! Reports, moderation, the audit log, and the work of administrators and operators.

pub mod administration;
pub mod audit;
pub mod moderation;
pub mod operator;
pub mod staff;
