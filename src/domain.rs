//! What can happen: the rules that hold whoever asks, and all the SQL.
//!
//! Nothing here knows of GraphQL, requests or viewers.
