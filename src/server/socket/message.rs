//! What client and server say to each other.

use poem::web::websocket::{CloseCode, Message};
use serde::Deserialize;
use serde_json::Value;

use crate::server::{caller, parameters::Parameters};

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Incoming {
    /// Introduces itself.
    ConnectionInit {
        /// With a token, or without.
        payload: Option<Value>,
    },
    /// Asks whether the server is there.
    Ping {
        /// Comes back in the answer.
        payload: Option<Value>,
    },
    /// Is there.
    Pong {},
    /// Starts an operation.
    Subscribe {
        /// What the client calls it.
        id: String,
        /// What it is.
        payload: Parameters,
    },
    /// Ends an operation.
    Complete {
        /// What the client calls it.
        id: String,
    },
}

/// The token of an introduction: `{ "Authorization": "Bearer …" }` or `{ "token": "…" }`. As over HTTP,
/// an `Authorization` without its scheme stands for nobody, so that who forgets it is told.
pub fn token(payload: &Value) -> Option<String> {
    const NOBODY: &str = "";
    let text = |name: &str| payload.get(name)?.as_str();
    let named = text("Authorization").or_else(|| text("authorization"));
    let token = named.and_then(caller::bearer).or_else(|| text("token"));
    token.or(named.map(|_| NOBODY)).map(str::to_owned)
}

/// Why the server ends a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The protocol's code.
    pub code: u16,
    /// The reason, for people.
    pub reason: String,
}

impl Close {
    /// The server stops; another may be there soon.
    pub fn going_away() -> Self {
        Self::new(1001, "The server stops.")
    }

    /// A message that is too big, or no message at all.
    pub fn unreadable() -> Self {
        Self::new(1009, "The message is too big or cannot be read.")
    }

    /// The fault is ours, and passes.
    pub fn come_back() -> Self {
        Self::new(1013, "Something went wrong on our side. Connect again after a moment.")
    }

    /// What is sent is not read.
    pub fn too_slow() -> Self {
        Self::new(1013, "What is sent here is not read in time. Connect again.")
    }

    /// A message that is not the protocol's.
    pub fn invalid(reason: &str) -> Self {
        Self::new(4400, reason)
    }

    /// An operation before the introduction.
    pub fn unknown() -> Self {
        Self::new(4401, "Unauthorized")
    }

    /// A token that stands for nobody, or for nobody any more.
    pub fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    /// No introduction in time.
    pub fn too_late() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    /// Two operations of one name at the same time.
    pub fn taken(id: &str) -> Self {
        let id: String = id.chars().take(20).collect();
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    /// One WebSocket more than one account may have.
    pub fn too_many() -> Self {
        Self::new(1013, "You have too many WebSockets open. Close one, or try again later.")
    }

    /// A second introduction.
    pub fn introduced_twice() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }

    fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}

impl From<Close> for Message {
    fn from(close: Close) -> Self {
        Self::close_with(CloseCode::from(close.code), close.reason)
    }
}
