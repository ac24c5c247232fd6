//! Accounts: registration and admission, passwords and sessions, profiles, schools, erasure.

pub mod account;
pub mod admission;
pub mod email_change;
pub mod erasure;
pub mod own_data;
pub mod password;
pub mod person;
pub mod picture;
pub mod school;
pub mod server;
pub mod session;
