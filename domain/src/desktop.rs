//! What teachers do outside TwinSpaces: finding each other, contacts, what waits for them.

pub mod contact;
pub mod notification;
pub mod teacher;
