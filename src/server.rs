//! The way in: HTTP and WebSocket.

pub mod playground;
