//! Accounts: registration, passwords, sessions, erasure.

pub mod account;
pub mod address;
pub mod email_change;
pub mod erasure;
pub mod gone;
pub mod guess;
pub mod language;
pub mod own_data;
pub mod password;
pub mod person;
pub mod picture;
pub mod registration;
pub mod school;
pub mod server;
pub mod session;
