//! What is in a TwinSpace: pages, media, chat, messages.

pub mod chat;
pub mod media;
pub mod message;
pub mod page;
pub mod search;
pub mod settings;
pub mod twin_space;
