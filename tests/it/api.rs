//! The API as a whole: its language, its schema, its limits, and how many statements requests take.

pub mod audience;
pub mod connection;
pub mod document;
pub mod generated;
pub mod growth;
pub mod hidden;
pub mod idempotency;
pub mod json;
pub mod limit;
pub mod node;
pub mod nullable;
pub mod payload;
pub mod plan;
pub mod proven;
pub mod reads;
pub mod refresh;
pub mod sdl;
pub mod shape;
pub mod statements;
pub mod text;
pub mod trusted;
