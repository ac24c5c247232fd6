//! Who asks.

use std::sync::Arc;

use entity::{AccountId, AccountKind, ServiceId, SessionId};

use crate::{Error, Result};

/// Who asks.
#[derive(Clone, Debug, Default)]
pub enum Viewer {
    /// Nobody who has signed in.
    #[default]
    Anonymous,
    /// The owner of a session.
    SignedIn(Arc<SignedIn>),
}

/// A session and its owner, as they were when the request began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The session.
    pub session_id: SessionId,
    /// Its owner.
    pub account_id: AccountId,
    /// What kind of account it is.
    pub kind: AccountKind,
    /// Whether the address is verified.
    pub verified: bool,
    /// The service that an officer works for.
    pub service_id: Option<ServiceId>,
}

impl Viewer {
    /// The session, or the error for those who have none.
    pub fn signed_in(&self) -> Result<&Arc<SignedIn>> {
        match self {
            Self::SignedIn(session) => Ok(session),
            Self::Anonymous => Err(Error::Unauthenticated),
        }
    }

    /// The account, if there is one.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::SignedIn(session) => Some(session.account_id),
            Self::Anonymous => None,
        }
    }
}

/// Where a request comes from, as far as the server can tell.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The network address, for rate limits.
    pub address: String,
    /// What the client calls itself, for the list of sessions.
    pub user_agent: String,
}
