//! One binary, so that the tests link once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod audit;
mod db;
mod entity_row;
mod letter;
mod mail;
mod password;
mod session;
mod support;
