//! One binary, so that the tests link once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod audit;
mod db;
mod entity_row;
mod letter;
mod mail;
mod support;
