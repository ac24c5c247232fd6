//! The TwinSpace server.
//!
//! Read from the outside in: `server` takes the request, `auth` knows who asks, `graphql` is the
//! API, `policy` says who may do what, `domain` does it. Dependencies point the same way.

// The schema's futures hold one another deeper than the compiler follows by default.
#![recursion_limit = "256"]

pub mod app;
pub mod auth;
pub mod cli;
pub mod config;
pub mod demo;
pub mod graphql;
pub mod mail;
pub mod media;
pub mod server;
pub mod storage;

pub use domain::{self, Error, Reason, Result, clock, db, error, events, private};
pub use policy;
