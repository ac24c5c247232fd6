//! A single binary, so that the tests are linked only once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod api;
mod care;
mod desktop;
mod fuzz;
mod house;
mod inside;
mod members;
mod overtaken;
mod policy;
mod projects;
mod race;
mod server;
mod story;
mod support;
