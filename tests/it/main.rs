//! One binary, so that the tests link once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod audit;
mod cli;
mod crash;
mod db;
mod document;
mod entity_row;
mod http;
mod letter;
mod mail;
mod nullable;
mod operations;
mod password;
mod pupil;
mod session;
mod support;
mod websocket;
mod wire;
