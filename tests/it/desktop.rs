//! What teachers do outside TwinSpaces.

pub mod contact;
pub mod notification;
pub mod teacher;
