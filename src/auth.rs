//! The viewer: who makes a request.

pub mod limit;
pub mod timing;

use std::sync::Arc;

use domain::{
    Error, Result,
    access::Person,
    accounts::session::{Live, Opened},
};
use entity::{AccountId, AccountKind, ServiceId, SessionId};

use crate::mail::Language;

/// The viewer.
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
    /// The owner.
    pub account_id: AccountId,
    /// What kind of account it is.
    pub kind: AccountKind,
    /// Whether the address is verified.
    pub verified: bool,
    /// The support service to which an officer belongs.
    pub service_id: Option<ServiceId>,
}

impl From<&Live> for SignedIn {
    fn from(live: &Live) -> Self {
        Self {
            session_id: live.id,
            account_id: live.account_id,
            kind: live.kind,
            verified: live.verified_at.is_some(),
            service_id: live.service_id,
        }
    }
}

impl From<&Opened> for SignedIn {
    fn from(opened: &Opened) -> Self {
        Self {
            session_id: opened.session.id,
            account_id: opened.session.account_id,
            kind: opened.holder.kind,
            verified: opened.holder.verified,
            service_id: opened.holder.service_id,
        }
    }
}

impl Viewer {
    /// The session, or an error if the viewer is anonymous.
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

    /// The properties of the viewer that matter for permissions.
    pub fn person(&self) -> Person {
        match self {
            Self::SignedIn(session) => {
                let SignedIn { account_id, kind, verified, service_id, .. } = **session;
                Person::signed_in(account_id, kind, verified, service_id)
            }
            Self::Anonymous => Person::default(),
        }
    }
}

/// Where a request comes from, as far as the server knows.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The network address, for rate limits.
    pub address: String,
    /// The user agent, for the list of sessions.
    pub user_agent: String,
    /// The language that it prefers among those in which the server writes.
    pub language: Option<Language>,
}
