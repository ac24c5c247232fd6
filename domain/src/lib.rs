//! What can happen: the rules that hold for everyone, and all SQL.
//!
//! Nothing here knows of GraphQL requests or viewers. A function that writes takes the open
//! transaction `&Tx`, which its caller commits, or is itself the whole transaction and takes `&Db`.

pub mod access;
pub mod account;
pub mod approval;
pub mod audit;
pub mod block;
pub mod chat;
pub mod clock;
pub mod consent;
pub mod contact;
pub mod custody;
pub mod custody_transfer;
pub mod db;
pub mod diary;
pub mod email;
pub mod email_change;
pub mod erasure;
pub mod error;
pub mod events;
pub mod export;
pub mod follow_up;
pub mod invitation;
pub mod label;
pub mod list;
pub mod mail;
pub mod markup;
pub mod media;
pub mod member;
pub mod message;
pub mod moderation;
pub mod notification;
pub mod office;
pub mod operator;
pub mod outcome;
pub mod own_data;
pub mod page;
pub mod partner;
pub mod password;
pub mod permit;
pub mod picture;
pub mod private;
pub mod project;
pub mod pupil;
pub mod pupil_news;
pub mod pupil_request;
pub mod rate_limit;
pub mod registration;
pub mod report;
pub mod school;
pub mod search;
pub mod secret;
pub mod service;
pub mod session;
pub mod settings;
pub mod sheet;
pub mod staff;
pub mod succession;
pub mod teacher;
pub mod text;
pub mod token;
pub mod username;

pub use error::{Error, Result};
pub use permit::{Actor, Permit};
pub use policy::Reason;
