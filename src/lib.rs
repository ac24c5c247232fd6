//! The TwinSpace server.
//!
//! Read from the outside in: `server` receives the request, `auth` identifies the viewer, `graphql`
//! is the API, `policy` decides who may do what, and `domain` does it. Dependencies point in the
//! same direction.

// The schema's futures are nested more deeply than the compiler allows by default.
#![recursion_limit = "256"]
// They panic if nobody reads: `cli::output` prints.
#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod app;
pub mod archive;
pub mod auth;
pub mod backup;
pub mod cli;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod graphql;
pub mod mail;
pub mod media;
pub mod proof;
pub mod server;
pub mod storage;
pub mod traces;
