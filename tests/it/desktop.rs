//! What teachers do outside TwinSpaces.

pub mod contact;
pub mod membership;
pub mod notification;
pub mod teacher;
