//! What can happen: the rules that hold whoever asks, and all the SQL.
//!
//! Nothing here knows of GraphQL, requests or viewers. A function that writes takes the open
//! transaction `&Tx`, which its caller commits, or is itself the whole transaction and takes `&Db`.

pub mod account;
pub mod audit;
pub mod email;
pub mod mail;
pub mod password;
pub mod school;
pub mod service;
pub mod session;
pub mod text;
pub mod token;
