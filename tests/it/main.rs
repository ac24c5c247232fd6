//! One binary, so that the tests link once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod approval;
mod audit;
mod cli;
mod connection;
mod contact;
mod crash;
mod db;
mod docs;
mod document;
mod entity_row;
mod generated;
mod hidden;
mod http;
mod invitation;
mod letter;
mod mail;
mod media;
mod member;
mod nullable;
mod operations;
mod partner;
mod password;
mod playground;
mod policy;
mod project;
mod pupil;
mod race;
mod reads;
mod sdl;
mod session;
mod story;
mod subscription;
mod support;
mod teacher;
mod websocket;
mod wire;
