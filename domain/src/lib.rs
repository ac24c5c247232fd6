//! What can happen: the rules that hold for everyone, and all SQL.
//!
//! Nothing here knows of GraphQL requests or viewers. A function that writes takes the open
//! transaction `&Tx`, which its caller commits, or is itself the whole transaction and takes the
//! [`Actor`] or `&Db`.

pub mod access;
pub mod accounts;
pub mod care;
pub mod clock;
pub mod db;
pub mod desktop;
pub mod download;
pub mod error;
pub mod events;
pub mod inside;
pub mod list;
pub mod mail;
pub mod markup;
pub mod members;
pub mod outcome;
pub mod permit;
pub mod private;
pub mod projects;
pub mod rate_limit;
pub mod seats;
pub mod secret;
pub mod seed;
mod sql;
pub mod text;
pub mod token;

pub use error::{Error, Result};
pub use permit::{Actor, Permit};
pub use policy::Reason;
