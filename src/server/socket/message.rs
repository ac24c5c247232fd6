//! The messages between client and server.

use std::io;

use poem::web::websocket::{CloseCode, Message};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};

use crate::server::caller;

/// The maximum length of an ID, in bytes.
const MAX_ID: usize = 256;

/// What a message carries; `null` is the same as nothing.
type Object = Map<String, Value>;

/// A message from the client.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Incoming {
    /// Introduces the client.
    ConnectionInit {
        /// With a token, or without.
        payload: Option<Object>,
    },
    /// Asks whether the server is alive.
    Ping {
        /// Returned in the response.
        payload: Option<Object>,
    },
    /// Confirms that the client is alive.
    Pong {
        #[serde(rename = "payload")]
        _payload: Option<Object>,
    },
    /// Starts an operation.
    Subscribe {
        /// The client's ID for it.
        #[serde(deserialize_with = "id")]
        id: String,
        /// The operation and its variables.
        payload: Object,
    },
    /// Ends an operation.
    Complete {
        /// The client's ID for it.
        #[serde(deserialize_with = "id")]
        id: String,
    },
}

impl Incoming {
    /// Reads a message; `None` if it is none of the protocol.
    pub fn read(text: &str) -> Option<Self> {
        // A list of the same values would be taken for a message otherwise.
        let message: Object = serde_json::from_str(text).ok()?;
        Self::deserialize(Value::Object(message)).ok()
    }
}

/// An ID that is neither empty nor long.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    match id.len() {
        1..=MAX_ID => Ok(id),
        _ => Err(D::Error::custom("an ID is empty or long")),
    }
}

/// The token of an introduction: `{ "Authorization": "Bearer …" }` or `{ "token": "…" }`. As over HTTP,
/// an `Authorization` without its scheme stands for nobody, so that who forgets it is told, and so
/// does what is no text.
pub fn token(payload: &Object) -> Option<String> {
    const NOBODY: &str = "";
    let text = |name: &str| {
        let value = payload.get(name).filter(|value| !value.is_null())?;
        Some(value.as_str().unwrap_or(NOBODY))
    };
    let named = text("Authorization").or_else(|| text("authorization"));
    let token = named.and_then(caller::bearer).or_else(|| text("token"));
    token.or(named.map(|_| NOBODY)).map(str::to_owned)
}

/// Whether reading failed because of what was sent, and not because the client has gone.
pub fn is_wrong(error: &io::Error) -> bool {
    // Of the errors of tungstenite, poem leaves only the text.
    error.kind() == io::ErrorKind::Other && !error.to_string().ends_with("closing handshake")
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
    /// The server is shutting down; another may be available soon.
    pub fn going_away() -> Self {
        Self::new(1001, "The server is shutting down.")
    }

    /// A message that is too large, or not a message at all.
    pub fn unreadable() -> Self {
        Self::new(1009, "The message is too large or cannot be read.")
    }

    /// A temporary internal error.
    pub fn come_back() -> Self {
        Self::new(1013, "An internal error occurred. Reconnect after a moment.")
    }

    /// Sent messages are not being read.
    pub fn too_slow() -> Self {
        Self::new(1013, "Messages are not being read in time. Reconnect.")
    }

    /// A message that does not conform to the protocol.
    pub fn invalid(reason: &str) -> Self {
        Self::new(4400, reason)
    }

    /// An operation before `connection_init`.
    pub fn unknown() -> Self {
        Self::new(4401, "Unauthorized")
    }

    /// A token that is invalid, or no longer valid.
    pub fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    /// No `connection_init` in time.
    pub fn too_late() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    /// Two simultaneous operations with the same ID.
    pub fn taken(id: &str) -> Self {
        let id: String = id.chars().take(20).collect();
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    /// One WebSocket more than an account may have.
    pub fn too_many() -> Self {
        Self::new(1013, "You have too many open WebSockets. Close one, or try again later.")
    }

    /// A second `connection_init`.
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
