//! The TwinSpace server.
//!
//! Read from the outside in: `server` takes the request, `auth` knows who asks, `graphql` is the
//! API, `policy` says who may do what, `domain` does it. Dependencies point the same way.

// The schema's futures hold one another deeper than the compiler follows by default.
#![recursion_limit = "256"]

pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod demo;
pub mod domain;
pub mod error;
pub mod events;
pub mod graphql;
pub mod mail;
pub mod media;
pub mod policy;
pub mod private;
pub mod server;
pub mod storage;

pub use error::{Error, Reason, Result};
