//! What can happen: the rules that hold whoever asks, and all the SQL.
//!
//! Nothing here knows of GraphQL, requests or viewers. A function that writes takes the open
//! transaction `&Tx`, which its caller commits, or is itself the whole transaction and takes `&Db`.

pub mod access;
pub mod account;
pub mod approval;
pub mod audit;
pub mod consent;
pub mod contact;
pub mod custody;
pub mod email;
pub mod export;
pub mod invitation;
pub mod list;
pub mod mail;
pub mod media;
pub mod member;
pub mod partner;
pub mod password;
pub mod project;
pub mod pupil;
pub mod school;
pub mod secret;
pub mod service;
pub mod session;
pub mod teacher;
pub mod text;
pub mod token;
pub mod username;
