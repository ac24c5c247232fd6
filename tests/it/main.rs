//! One binary, so that the tests link once.

mod document;
mod http;
mod nullable;
mod operations;
mod websocket;
mod wire;
