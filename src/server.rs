//! The way in: HTTP and WebSocket.
