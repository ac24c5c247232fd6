//! What is done from the command line rather than over the API.

pub mod account;
pub mod admin;
pub mod officer;
pub mod service;
