//! What is in a TwinSpace: pages, media, chat, messages.

pub mod chat;
pub mod file;
pub mod media;
pub mod message;
pub mod page;
pub mod search;
pub mod thread;
pub mod twin_space;
