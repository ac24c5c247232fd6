//! One binary, so that the tests link once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod document;
mod http;
mod nullable;
mod operations;
mod websocket;
mod wire;
